package nn

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
)

// spoiled is a multiplier of which every sum of products is NaN, on a device that knows it.
type spoiled struct{ device.Multiplier }

type spoiling struct{ device.Device }

func (d spoiling) Gemm(m device.Multiplier, g device.Gemm, a, b, c device.Buffer) {
	if s, ok := m.(spoiled); ok {
		d.Device.Gemm(s.Multiplier, g, a, b, c)
		c.Write(slices.Repeat([]float32{float32(math.NaN())}, c.Len()))
		return
	}
	d.Device.Gemm(m, g, a, b, c)
}

// TestDivergedAdvice: the learning rate is blamed only where it can be the cause.
func TestDivergedAdvice(t *testing.T) {
	threads, err := cpu.New(1)
	require.NoError(t, err)
	fine, err := threads.Multiplier(nil)
	require.NoError(t, err)
	bad, d := spoiled{fine}, spoiling{threads}
	net := []Spec{{ReLU: true}, {Dense: barSize}, {Name: "double", Residual: &ResidualSpec{Body: []Spec{{ReLU: true}}}}}
	for _, c := range []struct {
		name     string
		mul      Multipliers
		rate     float64
		examples int
		spoil    float32 // an initial weight, if not 0
		want     []string
	}{
		{"forward", Multipliers{Forward: bad, Backward: fine}, 0.1, 32, 0, []string{"at step 1: layer dense1 gives NaN; ",
			"the learning rate is not the cause: its multiplier's products, or sums of them, are not finite, though all operands are"}},
		{"backward", Multipliers{Forward: fine, Backward: bad}, 0.1, 32, 0, []string{"at step 2: layer dense1 gives NaN; the gradient of dense1.weight held NaN before",
			"the learning rate is not the cause: products in the backward pass"}},
		{"backward, last step of an epoch", Multipliers{Forward: fine, Backward: bad}, 0.1, 16, 0, []string{"at step 1: dense1.weight holds NaN after it; ",
			"the learning rate is not the cause: products in the backward pass"}},
		{"rate", Multipliers{Forward: fine, Backward: fine}, 1e38, 320, 0, []string{"; try a smaller learning rate"}},
		{"initial weights", Multipliers{Forward: fine, Backward: fine}, 0.1, 32, float32(math.Inf(1)), []string{"at step 1: layer dense1 gives +Inf; ",
			"the initial weights are not finite: dense1.weight holds +Inf"}},
		{"too large", Multipliers{Forward: fine, Backward: fine}, 0.1, 32, 2e37, []string{"at step 1: layer double gives +Inf; ",
			"the learning rate is not the cause: numbers become too large in the network's forward pass"}},
	} {
		n, err := New(d, net, Shape{barSize, barSize, 1}, 16, c.mul, 1)
		require.NoError(t, err)
		if c.spoil != 0 {
			w, err := n.Weights()
			require.NoError(t, err)
			for i := range w[0].Values {
				if i%barSize == 2 {
					w[0].Values[i] = c.spoil
				}
			}
			require.NoError(t, n.SetWeights(w))
		}
		o, err := NewOptimizer("sgd", c.rate, 0)
		require.NoError(t, err)
		_, err = Train(context.Background(), n, o, newBars(c.examples, 1), newBars(16, 2), Loop{Epochs: 2})
		var diverged *DivergedError
		require.ErrorAs(t, err, &diverged, c.name)
		for _, want := range c.want {
			assert.ErrorContains(t, err, want, c.name)
		}
		assert.Equal(t, c.name == "rate", assert.ObjectsAreEqual("try a smaller learning rate", diverged.Advice), "%s: %v", c.name, err)
	}
}
