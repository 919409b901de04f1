package eval

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/approxtrain/approxtrain/nn"
)

// MovedLayer says how far the output of a layer is from that with binary32 multiplication.
type MovedLayer struct {
	Layer string `json:"layer"`
	// Difference is the norm of the difference over all images, divided by the norm of the output with binary32
	// multiplication. It is nil if that is no finite number.
	Difference *float64 `json:"relative_l2"`
}

// Size returns the difference, infinite if it is no finite number.
func (l MovedLayer) Size() float64 {
	if l.Difference == nil {
		return math.Inf(1)
	}
	return *l.Difference
}

// outputs are those of a network's layers with binary32 multiplication.
type outputs struct {
	layers []string // in the order of the network
	of     map[string][]float32
}

// outputsOf returns the outputs of a network for some images.
func outputsOf(ctx context.Context, n *nn.Network, images nn.Examples) (*outputs, error) {
	o := &outputs{of: map[string][]float32{}}
	return o, nn.Outputs(ctx, n, images, func(layer string, y []float32) {
		if o.of[layer] == nil {
			o.layers = append(o.layers, layer)
		}
		o.of[layer] = append(o.of[layer], y...)
	})
}

// moved compares the outputs of a network for the same images with these, the largest
// difference first.
func (o *outputs) moved(ctx context.Context, n *nn.Network, images nn.Examples) ([]MovedLayer, error) {
	type sums struct {
		at         int
		diff, norm float64
	}
	all := map[string]*sums{}
	err := nn.Outputs(ctx, n, images, func(layer string, y []float32) {
		s := all[layer]
		if s == nil {
			s = &sums{}
			all[layer] = s
		}
		for i, v := range o.of[layer][s.at : s.at+len(y)] {
			d := float64(y[i]) - float64(v)
			s.diff += d * d
			s.norm += float64(v) * float64(v)
		}
		s.at += len(y)
	})
	if err != nil {
		return nil, err
	}
	var list []MovedLayer
	for _, layer := range o.layers {
		l, s := MovedLayer{Layer: layer}, all[layer]
		if r := relative(s.diff, s.norm); !math.IsNaN(r) && !math.IsInf(r, 0) {
			l.Difference = &r
		}
		list = append(list, l)
	}
	slices.SortStableFunc(list, func(a, b MovedLayer) int { return cmp.Compare(b.Size(), a.Size()) })
	return list, nil
}

// relative returns √(diff / norm), 0 where nothing differs.
func relative(diff, norm float64) float64 {
	if diff == 0 {
		return 0
	}
	return math.Sqrt(diff / norm)
}
