package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/fpga/emulator"
	"github.com/approxtrain/approxtrain/fpga/faults"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
)

func newFpgaEmulate() *cobra.Command {
	var d design.Flags
	var o emulator.Options
	var list, link string
	var fraction int
	c := &cobra.Command{
		Use:   "emulate [NAME | --rtl FILE…]",
		Short: "emulate a board: its Verilog, simulated behind a serial port",
		Long: `emulate simulates a board that holds a multiplier, with its UART and all of its Verilog,
under Verilator. It puts the board behind a pseudo-terminal, a serial port for every program.
It prints the port's path, which --link gives a second name, a line with the command that
checks the board once the port is ready, and serves until it is stopped.

The board runs in real time while the simulation keeps up. A host at another rate than
the board's reads garbage, as it would from a real board. One host at a time has the board; a
second one gets an error that names the first. --fault damages the bytes on the line, both
ways and repeatably:

  ` + strings.ReplaceAll(faults.Usage, "; ", "\n  "),
		Example: `  approxtrain fpga emulate --rtl mul.v
  approxtrain fpga emulate drum6_u8 --link board
  approxtrain fpga check --port board --golden drum6_u8    # in another terminal
  approxtrain fpga emulate mbm_e8m7 --fault drop=1e-4,flip=1e-4,stall=50ms,seed=7`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			f, err := faults.Parse(list)
			if err != nil {
				return fault.Usagef("--fault: %w", err)
			}
			opened, _, err := d.Open(ctx, c, args)
			if err != nil {
				return err
			}
			m, err := adapted(ctx, opened, d.Options(), fraction)
			if err != nil {
				return err
			}
			p, err := emulator.Open(ctx, m, o, f)
			if err != nil {
				return err
			}
			cli.Logf("%s: %s", opened.Name, opened.Describe())
			if link != "" {
				if err := emulator.Link(p.Path, link); err != nil {
					return errors.Join(fault.Usagef("--link: %w", err), p.Close())
				}
				forget := leftovers.Add(link)
				defer func() { forget(); os.Remove(link) }()
			}
			fmt.Fprintln(c.OutOrStdout(), p.Path)
			what := opened.Name
			if opened.Golden == nil {
				what += ".lut" // as lut names it
			}
			cli.Logf("ready: approxtrain fpga check --port %s --golden %s", cmp.Or(link, p.Path), what)
			err = p.Serve(ctx)
			if errors.Is(err, emulator.ErrCut) {
				cli.Logf("the line was cut after %s bytes to the host", cli.Count(f.CutAfter))
				return nil
			}
			return err
		},
	}
	d.Register(c)
	f := c.Flags()
	o.Baud = emulator.DefaultBaud
	command.NumberVar(f, &o.Baud, "baud", "", limits.Range[int]{Least: 1, Most: design.FastestLine},
		"`rate` that the board has after power-up")
	command.NumberVar(f, &o.ClockHz, "clock", "", limits.Range[int]{Least: 1, Most: 1_000_000_000, Zero: "the default"},
		fmt.Sprintf("clock in `Hz` (default: %d, or 4 times the rate)", emulator.DefaultClock))
	f.StringVar(&link, "link", "", "name of a symbolic `link` to the port; it is removed at the end")
	f.StringVar(&list, "fault", "", "faults of the line, `NAME=VALUE,…`")
	command.NumberVar(f, &fraction, "frac", "", fractionRange,
		"fraction `bits` to keep of a floating-point product, as for lut")
	return c
}
