package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/internal/cli"
)

func newFpgaSelftest() *cobra.Command {
	var p portFlags
	var o fpga.SelfTestOptions
	var asJSON bool
	c := &cobra.Command{
		Use:   "selftest [--port PORT]",
		Short: "measure the line to a board: latency, throughput, errors",
		Long: `selftest measures the line to a board, which sends back every byte: single bytes, one after the
other, for the latency, then long frames, three at once, for the throughput and the share of
lost frames. Then the board streams rows of its multiplier.

` + portHelp,
		Example: `  approxtrain fpga selftest
  approxtrain fpga selftest --port /dev/ttyUSB1 --baud 1000000`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := p.open(c.Context())
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
			t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			ms := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
			share := func(rate float64) string {
				return fmt.Sprintf("%s bytes/s\t%.0f %% of the line", cli.Count(int(rate)), 100*rate/r.Line)
			}
			fmt.Fprintf(t, "latency\t%s\tmedian of %s, least %s, 99 %% at most %s\n", ms(r.Median), cli.Count(r.Pings), ms(r.Minimum), ms(r.P99))
			fmt.Fprintf(t, "echoes, to the board\t%s\n", share(r.Up))
			fmt.Fprintf(t, "echoes, to the host\t%s\n", share(r.Down))
			fmt.Fprintf(t, "rows, to the host\t%s\n", share(r.Stream))
			fmt.Fprintf(t, "lost\t%.3g %%\t%s of %s echoes asked for again\n", 100*r.Lost, cli.Count(r.Retries), cli.Count(r.Echoes))
			t.Flush()
			printLink(c.OutOrStdout(), r.Link, r.Board)
			return nil
		},
	}
	f := c.Flags()
	p.register(f, auto)
	o.Pings, o.Echoes = 200, 500
	cli.NumberVar(f, &o.Pings, "pings", "", echoesRange, "`echoes` of one byte")
	cli.NumberVar(f, &o.Echoes, "echoes", "", echoesRange, "`echoes` of a long frame")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}
