// Package gradient is the command gradient.
package gradient

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/internal/text"
	"github.com/approxtrain/approxtrain/lut"
)

// options are the flags.
type options struct {
	kind, operand string
	half          int
	plot, out     string
	asJSON        bool
}

// New returns the command.
func New() *cobra.Command {
	o := options{kind: string(gradient.Difference), operand: string(gradient.A)}
	c := &cobra.Command{
		Use:   "gradient TABLE",
		Short: "derivatives of a table of integers by its operands, with a picture",
		Long: `gradient computes the slopes of a table's products by operand a and by operand b, which stand for derivatives when a
network of integers is trained, and compares them with those of the exact product: the other operand.

  difference     central difference of the table, smoothed over 2h + 1 codes; at the ends the slope of the whole row
  difference-1d  its mean over the operand: a function of the other operand
  regression     slope of the least-squares line: a function of the other operand
  FILE           slopes from a file (.npy, .csv), as --out writes them`,
		Example: `  approxtrain gradient drum6_u8 --half 8 --plot slopes.svg
  approxtrain gradient mul8s.lut --kind regression --out slopes.npy`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return o.run(c.OutOrStdout(), args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.kind, "kind", o.kind, "how slopes are found: `"+gradient.Usage(gradient.Difference, gradient.Difference1D, gradient.Regression)+"`")
	command.NumberVar(f, &o.half, "half", "", limits.Range[int]{Least: 1, Most: 1 << (lut.MaxInteger - 2), Zero: "the default"},
		fmt.Sprintf("half window `h`, at most a quarter of the operand's codes (default: %d, or more where the table's steps are wider)", gradient.LeastHalf))
	f.StringVar(&o.operand, "operand", o.operand, "the operand by which the picture has slopes: `a|b`")
	f.StringVar(&o.plot, "plot", "", "map of the slopes, and curves: `file.png or .svg`")
	f.StringVar(&o.out, "out", "", "write the slopes: `file.npy or .csv`")
	f.BoolVar(&o.asJSON, "json", false, "print as JSON")
	return c
}

// result is what --json prints.
type result struct {
	Name   string           `json:"name"`
	Format string           `json:"format"`
	Digest string           `json:"sha256"` // of the table
	Kind   string           `json:"kind"`   // or the file
	Half   int              `json:"half,omitempty"`
	OneD   bool             `json:"one_dimensional"` // slopes by a depend on b alone, those by b on a
	A      gradient.Figures `json:"by_a"`
	B      gradient.Figures `json:"by_b"`
}

func (o *options) run(out io.Writer, name string) error {
	choice, err := o.parse()
	if err != nil {
		return err
	}
	t, err := multiplier.ReadTable(name)
	if err != nil {
		return err
	}
	g, err := gradient.Of(t, choice)
	if err != nil {
		return err
	}
	var written []string
	if o.out != "" {
		if err := g.WriteFile(o.out); err != nil {
			return err
		}
		written = append(written, o.out)
	}
	if o.plot != "" {
		if err := report.SlopePlot(t, g, gradient.Operand(o.operand), o.plot); err != nil {
			return err
		}
		written = append(written, o.plot)
	}
	if o.asJSON {
		return cli.WriteJSON(out, result{t.Name, t.Format.String(), t.Digest(), choice.String(), g.Half, g.OneD,
			g.Figures(gradient.A), g.Figures(gradient.B)})
	}
	from := choice.String()
	if g.Kind == gradient.File {
		from = "from " + limits.Path(from)
	}
	if err := text.Slopes(out, t.Name, from, g); err != nil {
		return err
	}
	for _, path := range written {
		fmt.Fprintf(out, "wrote %s\n", path)
	}
	return nil
}

// parse checks the flags before the work.
func (o *options) parse() (gradient.Options, error) {
	choice, err := gradient.Parse(o.kind)
	if err != nil {
		return choice, fmt.Errorf("--kind: %w", err)
	}
	if choice.Half = o.half; o.half != 0 && !choice.Kind.Smooths() {
		return choice, fault.Usagef("--half has no meaning with --kind %v, which has no window", choice)
	}
	if op := gradient.Operand(o.operand); op != gradient.A && op != gradient.B {
		return choice, fault.Usagef("--operand %s: expected a or b", limits.Quote(o.operand))
	}
	if err := command.CanPlot(o.plot); err != nil || o.out == "" {
		return choice, err
	}
	if err := gradient.CheckPath(o.out); err != nil {
		return choice, fmt.Errorf("--out: %w", err)
	}
	return choice, cli.CanWrite("--out", o.out, false)
}
