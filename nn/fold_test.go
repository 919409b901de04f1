package nn

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
)

// TestFold: a network without its batch normalizations computes nearly the same, its layers have the same names, and a second
// Fold changes nothing. What a normalization does not follow at once is left alone.
func TestFold(t *testing.T) {
	d := must(cpu.New(2))
	native := must(d.Multiplier(nil))
	both := Multipliers{Forward: native, Backward: native}
	own := []Spec{{BatchNorm: true}, {Conv: &ConvSpec{Out: 4, Kernel: 3}}, {BatchNorm: true}, {ReLU: true}, {BatchNorm: true}, {Dense: 6},
		{BatchNorm: true}, {Dense: 4}}
	for name, c := range map[string]struct {
		specs []Spec
		in    Shape
		norms int // that are left
	}{
		"resnet-20": {must(Model("resnet-20", Shape{16, 16, 3}, 4)), Shape{16, 16, 3}, 0},
		"resnet-50": {must(Model("resnet-50", Shape{32, 32, 3}, 4)), Shape{32, 32, 3}, 0},
		"own":       {own, Shape{5, 5, 2}, 2},
	} {
		n := must(New(d, c.specs, c.in, 2, both, 1))
		weights := must(n.Weights())
		for i := range weights {
			for j := range weights[i].Values {
				v := &weights[i].Values[j]
				*v += float32(math.Sin(float64(i+7*j))) * 0.05
			}
		}
		require.NoError(t, n.SetWeights(weights))
		specs, folded, err := Fold(c.specs, c.in, weights)
		require.NoError(t, err)
		assert.Equal(t, specs, FoldSpecs(c.specs))
		again, same, err := Fold(specs, c.in, folded)
		require.NoError(t, err)
		assert.Equal(t, []any{specs, folded}, []any{again, same})
		m := must(New(d, specs, c.in, 2, both, 1))
		require.NoError(t, m.SetWeights(folded))
		x := make([]float32, 2*c.in.Len())
		for i := range x {
			x[i] = float32(math.Cos(float64(i * i)))
		}
		want, got := must(n.Logits(x)), must(m.Logits(x))
		scale := 0.0
		for _, v := range want {
			scale = max(scale, math.Abs(float64(v)))
		}
		for i := range want {
			assert.InDelta(t, want[i], got[i], 1e-4*scale, name)
		}
		names := func(specs []Spec) (multiply []string, norms int) {
			for _, l := range must(NewPlan(specs, c.in, 2)).Layers {
				if l.Multiplies {
					multiply = append(multiply, l.Name)
				}
				if l.Kind == "norm" {
					norms++
				}
			}
			return multiply, norms
		}
		before, _ := names(c.specs)
		after, norms := names(specs)
		assert.Equal(t, before, after)
		assert.Equal(t, c.norms, norms, name)
	}
	n := must(New(d, own, Shape{5, 5, 2}, 2, both, 1))
	weights := must(n.Weights())
	for i := range weights {
		if weights[i].Name == "norm2.variance" {
			weights[i].Values[1] = -1
		}
	}
	_, _, err := Fold(own, Shape{5, 5, 2}, weights)
	require.ErrorContains(t, err, "norm2.variance holds -1 in channel 1")
	_, _, err = Fold(own, Shape{5, 5, 2}, weights[1:])
	require.ErrorContains(t, err, "is missing")
}
