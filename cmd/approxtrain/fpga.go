package main

import "github.com/spf13/cobra"

func newFpga() *cobra.Command {
	c := &cobra.Command{
		Use:   "fpga",
		Short: "boards that hold a multiplier",
	}
	c.AddCommand(newFpgaBuild(), newFpgaProgram(), newFpgaCheck(), newFpgaSelftest(), newFpgaPorts(), newFpgaEmulate())
	return c
}
