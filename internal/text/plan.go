package text

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/experiment"
)

// Plan prints the layers of an experiment's network, their sizes and their multipliers.
func Plan(out io.Writer, e *experiment.Experiment) error {
	Experiment(out, e)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "layer\tin\tout\tparameters\tproducts\tbackward\tKiB\t")
	for _, m := range e.Multipliers {
		fmt.Fprintf(w, "%s\t", m.Name)
	}
	fmt.Fprintln(w)
	for _, l := range e.Plan.Layers {
		fmt.Fprintf(w, "%s\t%v\t%v\t%s\t%s\t%s\t%s\t", l.Name, l.In, l.Out,
			some(l.Params), some(l.Forward), some(l.Backward), some((l.Bytes+512)/1024))
		for _, m := range e.Multipliers {
			if p, ok := m.Layers[l.Name]; ok {
				fmt.Fprintf(w, "%v\t", p)
			} else {
				fmt.Fprint(w, "–\t")
			}
		}
		fmt.Fprintln(w)
	}
	p := e.Plan
	fmt.Fprintf(w, "all\t\t\t%s\t%s\t%s\t%s\t\n",
		some(p.Params), some(p.Forward), some(p.Backward), some((p.Bytes+512)/1024))
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "products are those of an image, KiB those of a batch of %d with gradients, "+
		"without what the optimizer keeps; a / b: forward, backward\n", e.Config.Batch)
	return nil
}

// some prints a count, and – for none.
func some(n int) string {
	if n == 0 {
		return "–"
	}
	return cli.Count(n)
}
