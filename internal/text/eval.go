package text

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/eval"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/nn"
)

// mostLayers is how many layers are printed.
const mostLayers = 12

// Evaluation prints a line a multiplier, then the layers by the largest difference of any. more says how to
// see all layers.
func Evaluation(out io.Writer, e *eval.Evaluation, more string) error {
	fmt.Fprintf(out, "%s of %s, trained on %s with %s; %s test images of %s\n", e.Model, filepath.Clean(e.Weights),
		experiment.Shown(e.Network.Data), e.Network.Multiplier, cli.Count(e.Images), experiment.Shown(e.Data))
	if s := e.Scheme; s != nil {
		fmt.Fprintf(out, "it computes in integers with tables of format %s: codes of %s, sums in %d bits (%s)\n", s.Format, s.Multiplier, s.Sums.Bits, s.Sums.Overflow)
	}
	base, hasBase := 0.0, false
	for _, r := range e.Results {
		if r.Multiplier == experiment.Native {
			base, hasBase = r.Accuracy, true
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "multiplier\ttest accuracy\tto fp32\t")
	head, width := "layer\t", 0
	largest, by := map[string]float64{}, map[string][]string{}
	for _, r := range e.Results {
		diff := "–"
		if hasBase && r.Multiplier != experiment.Native {
			diff = fmt.Sprintf("%+.2f points", 100*(r.Accuracy-base))
		}
		fmt.Fprintf(w, "%s\t%.2f %%\t%s\t\n", r.Multiplier, 100*r.Accuracy, diff)
		if r.Layers == nil {
			continue
		}
		head += r.Multiplier + "\t"
		width++
		for _, l := range r.Layers {
			text := "not finite"
			if l.Difference != nil {
				text = fmt.Sprintf("%.3g %%", 100**l.Difference)
			}
			largest[l.Layer] = max(largest[l.Layer], l.Size())
			by[l.Layer] = append(by[l.Layer], text)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if !hasBase {
		fmt.Fprintln(out, NativeAbsent)
	}
	for _, r := range e.Results {
		for _, o := range r.Overflowed {
			fmt.Fprintln(out, overflowed(r.Multiplier, nn.OverflowedSums(o)))
		}
	}
	if width == 0 {
		return nil
	}
	fmt.Fprintf(out, "\noutputs of layers that moved most against fp32 (%s images, relative L2 difference):\n",
		cli.Count(e.LayerImages))
	order := slices.Clone(e.Layers)
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(largest[b], largest[a]) })
	fmt.Fprintln(w, head)
	for _, layer := range order[:min(mostLayers, len(order))] {
		fmt.Fprint(w, layer, "\t")
		for _, text := range by[layer] {
			fmt.Fprint(w, text, "\t")
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if rest := len(order) - mostLayers; rest > 0 {
		fmt.Fprintf(out, "and %d more layers%s\n", rest, more)
	}
	return nil
}

// overflowed says how many sums of a layer were too large.
func overflowed(multiplier string, o nn.OverflowedSums) string {
	return fmt.Sprintf("%s: layer %s has %s sums of %s that its accumulator cannot hold", multiplier, o.Layer, cli.Count(o.Over), cli.Count(o.Sums))
}
