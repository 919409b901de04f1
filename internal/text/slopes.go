package text

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/approxtrain/approxtrain/internal/gradient"
)

// Slopes prints the figures of a table's derivatives. from says how they were found.
func Slopes(out io.Writer, name, from string, g *gradient.Gradient) error {
	fmt.Fprintf(out, "%s (%v): slopes of the product by each operand: %s\n\n", name, g.Format, from)
	a, b := g.Figures(gradient.A), g.Figures(gradient.B)
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "\tby a\tby b")
	number := func(name string, a, b float64) { fmt.Fprintf(w, "%s\t%.5g\t%.5g\n", name, a, b) }
	share := func(name string, a, b float64) { fmt.Fprintf(w, "%s\t%.3g %%\t%.3g %%\n", name, 100*a, 100*b) }
	number("least", a.Least, b.Least)
	number("mean", a.Mean, b.Mean)
	number("greatest", a.Most, b.Most)
	fmt.Fprintln(w, "slope of the exact product\tb\ta")
	number("distance from it, mean", a.MeanDistance, b.MeanDistance)
	number("distance from it, root mean square", a.RMSDistance, b.RMSDistance)
	number("distance from it, greatest", a.MostDistance, b.MostDistance)
	share("zero, of pairs where it is not", a.Zero, b.Zero)
	share("of the opposite sign", a.Opposed, b.Opposed)
	if g.Kind.Smooths() {
		fmt.Fprintf(w, "half window\t%d\t%d\n", g.HalfOf(gradient.A), g.HalfOf(gradient.B))
		fmt.Fprintf(w, "values at the ends, with the slope of the whole row\t%d of %d\t%d of %d\n",
			g.WholeRow(gradient.A), g.Format.Rows(), g.WholeRow(gradient.B), g.Format.Cols())
	}
	return w.Flush()
}
