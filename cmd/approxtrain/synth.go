package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/internal/text"
)

func newSynth() *cobra.Command {
	var d design.Flags
	var board, filter, plot string
	var all, asJSON, markdown bool
	c := &cobra.Command{
		Use:   "synth [NAME | --rtl FILE… | --all]",
		Short: "measure the area of multipliers: gates, logic cells, clock rate",
		Long: `synth measures multipliers alone, at their ports. Gates come from yosys's synthesis to
static CMOS: it counts transistors, four to a two-input NAND, and no wires. Logic cells
(with the registers of the product) and MHz (from register to register) are those of
nextpnr-ice40 for an FPGA.`,
		Example: `  approxtrain synth --rtl mul.v
  approxtrain synth --all --board hx8k --plot area.png`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			if err := command.CanPlot(plot); err != nil { // before the work
				return err
			}
			boards, err := chosenBoards(board)
			if err != nil {
				return err
			}
			var results []gateware.Measured
			if all {
				if err := d.IsAll(c, args); err != nil {
					return err
				}
				rows, err := builtins(filter)
				if err != nil {
					return err
				}
				p := cli.NewProgress("synth", "multipliers")
				results, err = gateware.MeasureAll(ctx, rows, boards, gateware.Several{Jobs: d.Jobs, Progress: p.Set})
				if p.Finish(); err != nil {
					return err
				}
			} else {
				if filter != "" {
					return fault.Usagef("--filter goes with --all")
				}
				if err := d.OnlyVerilog(); err != nil {
					return err
				}
				o, _, err := d.Open(ctx, c, args)
				if err != nil {
					return err
				}
				if !asJSON && !markdown {
					design.Print(o)
				}
				if o.RTL == nil {
					return fault.Usagef("synth takes Verilog (--rtl), not a function in C")
				}
				m, err := gateware.Measure(ctx, o, d.Options(), boards)
				if err != nil {
					return err
				}
				results = append(results, m)
			}
			if plot != "" {
				if err := plotSynth(results, plot); err != nil {
					return err
				}
			}
			if asJSON {
				return cli.WriteJSON(c.OutOrStdout(), results)
			}
			return text.Areas(c.OutOrStdout(), markdown, boards, results)
		},
	}
	d.Register(c)
	f := c.Flags()
	f.StringVar(&board, "board", "", "only this board's FPGA: `"+boardNames()+"`")
	f.BoolVar(&all, "all", false, "every built-in multiplier of 8 bits and of e8m7")
	f.StringVar(&filter, "filter", "", "with --all: only multipliers whose name matches the `regexp`")
	f.StringVar(&plot, "plot", "", "scatter plot of error against area to write: `file.png|file.svg`")
	f.BoolVar(&markdown, "markdown", false, "print the table in Markdown")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

// plotSynth draws errors against areas.
func plotSynth(results []gateware.Measured, path string) error {
	var points []report.AreaPoint
	for _, r := range results {
		group := proof.FormatName(r.Numbers)
		name := strings.Replace(r.Multiplier, "_"+group, "", 1)
		points = append(points,
			report.AreaPoint{Name: name, Group: group, Area: r.NAND2, Error: r.MRED, Clocked: r.Registers > 0})
	}
	return report.AreaPlot(points, path)
}
