package main

import "github.com/spf13/cobra"

func newFpga() *cobra.Command {
	c := &cobra.Command{
		Use:   "fpga",
		Short: "build, program, check and emulate boards with a multiplier",
	}
	c.AddCommand(newFpgaBuild(), newFpgaProgram(), newFpgaCheck(), newFpgaSelftest(), newFpgaPorts(), newFpgaEmulate())
	return c
}
