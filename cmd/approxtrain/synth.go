package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"approxtrain/cosim"
	"approxtrain/fpga/gateware"
	"approxtrain/internal/fault"
	"approxtrain/lut"
	"approxtrain/report"
	"approxtrain/witness"
)

func newSynth() *cobra.Command {
	var d designFlags
	var board, filter, plot string
	var all, asJSON, markdown bool
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
			if err := canPlot(plot); err != nil { // before the work
				return err
			}
			boards, err := chosenBoards(board)
			if err != nil {
				return err
			}
			var results []synthResult
			if all {
				if err := d.isAll(c, args); err != nil {
					return err
				}
				results, err = synthAll(ctx, boards, filter, d.jobs)
			} else {
				if filter != "" {
					return fault.Usagef("--filter goes with --all")
				}
				var o *opened
				if o, err = d.open(ctx, c, args); err != nil {
					return err
				}
				if !asJSON && !markdown {
					o.report()
				}
				results = make([]synthResult, 1)
				results[0], err = synthOne(ctx, o, o.name, boards, d.jobs)
			}
			if err == nil && plot != "" {
				err = plotSynth(results, plot)
			}
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), results)
			}
			return printSynth(c.OutOrStdout(), markdown, boards, results)
		},
	}
	d.register(c)
	f := c.Flags()
	f.StringVar(&board, "board", "", "only this board's FPGA: `"+boardNames()+"`")
	f.BoolVar(&all, "all", false, "every built-in multiplier of 8 bits and of e8m7")
	f.StringVar(&filter, "filter", "", "with --all: only multipliers whose name matches the `regexp`")
	f.StringVar(&plot, "plot", "", "scatter plot of error against area to write: `file.png|file.svg`")
	f.BoolVar(&markdown, "markdown", false, "print the table in Markdown")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

// synthResult is what synth says of a multiplier.
type synthResult struct {
	Multiplier string  `json:"multiplier"`
	Format     string  `json:"format"`
	MRED       float64 `json:"mred"` // mean relative error distance
	*gateware.Area
	group string // multipliers whose operands are of the same format
}

// synthAll measures the built-in multipliers.
func synthAll(ctx context.Context, boards []gateware.Board, filter string, jobs int) ([]synthResult, error) {
	rows, err := builtins(filter)
	if err != nil {
		return nil, err
	}
	results := make([]synthResult, len(rows))
	err = side(ctx, jobs, len(rows), "synth", "multipliers", func(ctx context.Context, i int) error {
		o, err := openBuiltin(ctx, rows[i].Name, rows[i].Variant, cosim.Options{}, witness.Options{Simulators: witness.Verilator})
		if err == nil {
			results[i], err = synthOne(ctx, o, rows[i].String(), boards, 1)
		}
		return err
	})
	return results, err
}

// synthOne measures a design, and how wrong its table is.
func synthOne(ctx context.Context, o *opened, name string, boards []gateware.Board, jobs int) (synthResult, error) {
	r, ok := o.rtl, o.rtl != nil
	if !ok {
		return synthResult{}, fault.Usagef("synth takes Verilog (--rtl), not a model in C")
	}
	area, err := gateware.Synthesize(ctx, r, boards)
	if err != nil {
		return synthResult{}, err
	}
	var t *lut.Table
	if o.golden != nil {
		t = o.golden.Table()
	} else if t, err = makeTable(ctx, o, o.sweep(jobs)); err != nil {
		return synthResult{}, err
	}
	return synthResult{name, t.Format.String(), lut.Measure(t).MRED, area, baseFormat(t.Format)}, nil
}

func plotSynth(results []synthResult, path string) error {
	var points []report.AreaPoint
	for _, r := range results {
		points = append(points, report.AreaPoint{Name: strings.Replace(r.Multiplier, "_"+r.group, "", 1), Group: r.group, Area: r.NAND2, Error: r.MRED, Clocked: r.Registers > 0})
	}
	return report.AreaPlot(points, path)
}

func printSynth(w io.Writer, markdown bool, boards []gateware.Board, results []synthResult) error {
	head := []string{"multiplier", "MRED", "NAND2", "registers"}
	for _, b := range boards {
		head = append(head, b.Device+": cells", "MHz")
	}
	var rows [][]string
	for _, r := range results {
		row := []string{r.Multiplier, fmt.Sprintf("%.4g %%", 100*r.MRED), count(int(math.Round(r.NAND2))), count(r.Registers)}
		for _, b := range boards {
			if p, fits := r.Boards[b.Name]; fits {
				row = append(row, count(p.Cells.Used), fmt.Sprintf("%.1f", p.Fmax))
			} else {
				row = append(row, "–", "–")
			}
		}
		rows = append(rows, row)
	}
	return writeTable(w, markdown, head, rows)
}
