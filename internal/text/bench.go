package text

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/approxtrain/approxtrain/internal/bench"
	"github.com/approxtrain/approxtrain/internal/cli"
)

// Bench prints the figures and, if verbose, their parts.
func Bench(out io.Writer, r *bench.Result, verbose bool) error {
	if r.Device != "" {
		fmt.Fprintln(out, r.Device)
	}
	if err := figures(out, r.Machine, r.Figures); err != nil || !verbose {
		return err
	}
	return parts(out, r.Figures)
}

// figures prints figures with their targets and references.
func figures(out io.Writer, m bench.Machine, all []bench.Figure) error {
	verdict := func(sign string, target float64, of string, met bool) string {
		word := "missed"
		if met {
			word = "met"
		}
		return fmt.Sprintf("%s %.4g%s: %s", sign, target, of, word)
	}
	fmt.Fprintf(out, "%s, %d cores\n", m.CPU, m.Cores)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "benchmark\tfigure\t\ttarget\tagainst\t\t")
	for _, f := range all {
		head := fmt.Sprintf("%s\t%.4g\t%s", f.Name, f.Value, f.Unit)
		if f.Target != 0 || len(f.Against) == 0 {
			target := ""
			if f.Target != 0 {
				sign := "≥"
				if f.Less {
					sign = "≤"
				}
				target = verdict(sign, f.Target, "", f.Met())
			}
			fmt.Fprintf(t, "%s\t%s\t\t\t\n", head, target)
			head = "\t\t"
		}
		for _, c := range f.Against {
			target := ""
			if c.Target != 0 {
				target = verdict("≥", c.Target, " ×", c.Met())
			}
			fmt.Fprintf(t, "%s\t%s\t%.3g × %s\t%.4g\t\n", head, target, c.Ratio, c.Name, c.Value)
			head = "\t\t"
		}
	}
	return t.Flush()
}

// parts prints what figures are made of.
func parts(out io.Writer, all []bench.Figure) error {
	for _, f := range all {
		if len(f.Parts) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s\n", f.Name)
		t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(t, "layer\ttimes\tnot padding\t%s\t× %s\t\n", f.Unit, f.Against[0].Name)
		for _, p := range f.Parts {
			fmt.Fprintf(t, "%s\t%d\t%.1f %%\t%.4g\t%.2f\t\n", p.Name, p.Count, 100*p.Terms, p.Value, p.Ratio)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// Steps prints the parts of a training step, then its figures.
func Steps(out io.Writer, r *bench.ModelResult) error {
	fmt.Fprintf(out, "%s, images of %d×%d×%d, %d classes, batch %d, %s, %s\n", r.Model, r.Image[0], r.Image[1],
		r.Image[2], r.Classes, r.Batch, r.Multiplier, r.Device)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "layer\tforward ms\tGMAC/s\tinput gradient ms\tGMAC/s\tweight gradient ms\tGMAC/s\tof the step\t")
	for _, l := range r.Layers {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1f %%\t\n", l.Name, passColumns(&l.Forward), passColumns(l.InputGrad),
			passColumns(l.WeightGrad), 100*l.Share)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	fmt.Fprintln(w, "the rest\tcalls\tms\tof the step\t")
	for _, o := range r.Rest {
		calls := ""
		if o.Calls > 0 {
			calls = cli.Count(o.Calls)
		}
		fmt.Fprintf(w, "%s\t%s\t%.1f\t%.1f %%\t\n", o.Name, calls, o.Milliseconds, 100*o.Share)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return figures(out, r.Machine, r.Figures)
}

// passColumns returns the two columns of a pass, nil for none: milliseconds and rate.
func passColumns(p *bench.PassTime) string {
	if p == nil {
		return "–\t–"
	}
	return fmt.Sprintf("%.1f\t%.2f", p.Milliseconds, p.Rate)
}
