package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/text"
)

func newFpgaSelftest() *cobra.Command {
	var p design.Port
	var o fpga.SelfTestOptions
	var asJSON bool
	c := &cobra.Command{
		Use:   "selftest [--port PORT]",
		Short: "measure the line to a board: latency, throughput, errors",
		Long: `selftest measures the line to a board, which sends back every byte: single bytes, one after the
other, for the latency, then long frames, three at once, for the throughput and the share of
lost frames. Then the board streams rows of its multiplier.

` + design.PortHelp,
		Example: `  approxtrain fpga selftest
  approxtrain fpga selftest --port /dev/ttyUSB1 --baud 1000000`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := p.Open(c.Context())
			if err != nil {
				return err
			}
			defer b.Disconnect()
			if !asJSON {
				fmt.Fprintln(c.OutOrStdout(), b.Describe())
			}
			bar := cli.NewProgress("selftest", "echoes")
			defer bar.Finish()
			o.Progress = bar.Set
			r, err := b.SelfTest(c.Context(), o)
			bar.Finish()
			if err != nil {
				return err
			}
			if asJSON {
				return cli.WriteJSON(c.OutOrStdout(), r)
			}
			text.SelfTest(c.OutOrStdout(), r)
			return nil
		},
	}
	f := c.Flags()
	p.Register(f, design.Auto)
	o.Pings, o.Echoes = 200, 500
	command.NumberVar(f, &o.Pings, "pings", "", echoesRange, "`echoes` of one byte")
	command.NumberVar(f, &o.Echoes, "echoes", "", echoesRange, "`echoes` of a long frame")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}
