package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/internal/cli"
)

func newFpgaPorts() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "ports",
		Short: "list the serial ports of this machine",
		Long: `ports lists the serial ports that the kernel knows, with the names that USB devices report.
It opens none of them, so it disturbs no other program and never waits.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := fpga.Ports()
			if err != nil {
				return err
			}
			if asJSON {
				return cli.WriteJSON(c.OutOrStdout(), all)
			}
			for _, p := range all {
				fmt.Fprintln(c.OutOrStdout(), p)
			}
			if len(all) == 0 {
				cli.Logf("there are no serial ports")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
