package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"approxtrain/cosim"
	"approxtrain/fpga/gateware"
	"approxtrain/internal/fault"
	"approxtrain/lut"
	"approxtrain/lutgen"
	"approxtrain/report"
)

func newSynth() *cobra.Command {
	var d designFlags
	var board, filter, plot string
	var all, asJSON bool
	c := &cobra.Command{
		Use:   "synth [NAME | --rtl FILE… | --all]",
		Short: "the area of multipliers: gates, logic cells, clock rate",
		Long: `synth measures multipliers alone, as they are at their ports. Gates are those
of yosys's synthesis to static CMOS, in two-input NANDs by their number of
transistors; they say nothing of wires. Logic cells, with the registers of the
product, and MHz, from register to register, are what nextpnr-ice40 says of an
FPGA.`,
		Example: `  approxtrain synth --rtl mul.v
  approxtrain synth --all --board hx8k --plot area.png`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			boards, err := chosenBoards(board)
			if err != nil {
				return err
			}
			var results []synthResult
			switch {
			case all && (len(args) > 0 || len(d.source.Files) > 0):
				return fault.Usagef("--all measures the built-in multipliers: without a name or --rtl")
			case all:
				rows, err := builtins(filter)
				if err != nil {
					return err
				}
				p := newProgress("synth", "multipliers")
				defer p.finish()
				for n, row := range rows {
					o, err := openBuiltin(ctx, row.Name, row.Variant, cosim.Options{})
					if err != nil {
						return err
					}
					area, err := gateware.Synthesize(ctx, o.Opener.(*cosim.RTL), boards)
					if err != nil {
						return err
					}
					results = append(results, synthResult{row.String(), o.golden.Format.String(), lut.Measure(o.golden.Table()).MRED, area})
					p.set(uint64(n+1), uint64(len(rows)))
				}
				p.finish()
			case filter != "":
				return fault.Usagef("--filter goes with --all")
			default:
				o, err := d.open(ctx, c, args)
				if err != nil {
					return err
				}
				r, ok := o.Opener.(*cosim.RTL)
				if !ok {
					return fault.Usagef("synth takes Verilog (--rtl), not a model in C")
				}
				if !asJSON {
					o.report()
				}
				area, err := gateware.Synthesize(ctx, r, boards)
				if err != nil {
					return err
				}
				t, err := makeTable(ctx, o, lutgen.Options{Jobs: d.jobs})
				if err != nil {
					return err
				}
				results = append(results, synthResult{o.name, t.Format.String(), lut.Measure(t).MRED, area})
			}
			if plot != "" {
				var points []report.AreaPoint
				for _, r := range results {
					points = append(points, report.AreaPoint{Name: r.Multiplier, Group: r.Format, Area: r.NAND2, Error: r.MRED})
				}
				if err := report.AreaPlot(points, plot); err != nil {
					return err
				}
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), results)
			}
			return printSynth(c.OutOrStdout(), boards, results)
		},
	}
	d.register(c)
	f := c.Flags()
	f.StringVar(&board, "board", "", "only this board's FPGA: `"+boardNames()+"`")
	f.BoolVar(&all, "all", false, "every built-in multiplier of 8 bits and of e8m7")
	f.StringVar(&filter, "filter", "", "with --all: only multipliers whose name matches the `regexp`")
	f.StringVar(&plot, "plot", "", "scatter plot of error against area to write: `file.png|file.svg`")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

// synthResult is what synth says of a multiplier.
type synthResult struct {
	Multiplier string  `json:"multiplier"`
	Format     string  `json:"format"`
	MRED       float64 `json:"mred"` // mean relative error distance
	*gateware.Area
}

func printSynth(w io.Writer, boards []gateware.Board, results []synthResult) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "multiplier\tMRED\tNAND2\tregisters")
	for _, b := range boards {
		fmt.Fprintf(t, "\t%s: cells\tMHz", b.Device)
	}
	fmt.Fprintln(t)
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%.4g %%\t%.0f\t%d", r.Multiplier, 100*r.MRED, r.NAND2, r.Registers)
		for _, b := range boards {
			p := r.Boards[b.Name]
			fmt.Fprintf(t, "\t%d\t%.1f", p.Cells.Used, p.Fmax)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
