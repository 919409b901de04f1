package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"text/tabwriter"

	"approxtrain/experiment"
	"approxtrain/nn"
)

// movedLayer says how far the output of a layer is from that with fp32: the norm of
// the difference over all examples, divided by that of the output with fp32; null if
// that is no finite number.
type movedLayer struct {
	Layer      string   `json:"layer"`
	Difference *float64 `json:"relative_l2"`
}

// refer keeps the outputs of the network with fp32.
func (e *evalFlags) refer(ctx context.Context, n *nn.Network) error {
	e.reference = map[string][]float32{}
	return nn.Outputs(ctx, n, e.inspect, func(layer string, y []float32) {
		if e.reference[layer] == nil {
			e.referenceOrder = append(e.referenceOrder, layer)
		}
		e.reference[layer] = append(e.reference[layer], y...)
	})
}

// moved compares the outputs of a network with those kept, the largest difference
// first.
func (e *evalFlags) moved(ctx context.Context, n *nn.Network) ([]movedLayer, error) {
	type sums struct {
		at         int
		diff, norm float64
	}
	all := map[string]*sums{}
	err := nn.Outputs(ctx, n, e.inspect, func(layer string, y []float32) {
		s := all[layer]
		if s == nil {
			s = &sums{}
			all[layer] = s
		}
		for i, v := range e.reference[layer][s.at : s.at+len(y)] {
			d := float64(y[i]) - float64(v)
			s.diff += d * d
			s.norm += float64(v) * float64(v)
		}
		s.at += len(y)
	})
	if err != nil {
		return nil, err
	}
	var list []movedLayer
	for _, layer := range e.referenceOrder {
		l, s := movedLayer{Layer: layer}, all[layer]
		if r := relative(s.diff, s.norm); !math.IsNaN(r) && !math.IsInf(r, 0) {
			l.Difference = &r
		}
		list = append(list, l)
	}
	slices.SortStableFunc(list, func(a, b movedLayer) int { return cmp.Compare(b.size(), a.size()) })
	return list, nil
}

// relative returns √(diff / norm), 0 where nothing differs.
func relative(diff, norm float64) float64 {
	if diff == 0 {
		return 0
	}
	return math.Sqrt(diff / norm)
}

// size is the difference, infinite if it is no number.
func (l movedLayer) size() float64 {
	if l.Difference == nil {
		return math.Inf(1)
	}
	return *l.Difference
}

// mostLayers is how many layers are printed.
const mostLayers = 12

// print prints a line a multiplier, then the layers by the largest difference of any.
func (e *evalFlags) print(results []evaluated) error {
	base, hasBase := 0.0, false
	for _, r := range results {
		if r.Multiplier == experiment.Native {
			base, hasBase = r.Accuracy, true
		}
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "multiplier\ttest accuracy\tto fp32\t")
	head, width := "layer\t", 0
	largest, by := map[string]float64{}, map[string][]string{}
	for _, r := range results {
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
			largest[l.Layer] = max(largest[l.Layer], l.size())
			by[l.Layer] = append(by[l.Layer], text)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if !hasBase {
		fmt.Fprintln(stdout, missingNative(false))
	}
	if width == 0 {
		return nil
	}
	fmt.Fprintf(stdout, "\noutputs of layers that moved most against fp32 (%s images, relative L2 difference):\n", count(e.inspect.Len()))
	order := slices.Clone(e.referenceOrder)
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
		fmt.Fprintf(stdout, "and %d more layers, which --json shows\n", rest)
	}
	return nil
}
