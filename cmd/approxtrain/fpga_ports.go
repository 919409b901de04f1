package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"approxtrain/fpga"
)

func newFpgaPorts() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "ports",
		Short: "list the serial ports of this machine",
		Long: `ports lists what the kernel knows of serial ports, with the names that USB devices give
themselves. It opens none of them, so that it disturbs no program and waits for nothing.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := fpga.Ports()
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), all)
			}
			for _, p := range all {
				fmt.Fprintln(c.OutOrStdout(), p)
			}
			if len(all) == 0 {
				logf("there are no serial ports")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
