// Package gputest is what the tests of a GPU on each of its drivers have in common,
// beside the battery of package devicetest.
package gputest

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/cpu"
	"approxtrain/device"
	"approxtrain/golden"
	"approxtrain/nn"
)

const (
	batch = 8
	steps = 3
)

// TrainsAsCPU trains LeNet-5 for a few steps through the table of a built-in multiplier,
// on a device and on the processor: losses and weights are the same bits.
func TrainsAsCPU(t *testing.T, d device.Device, multiplier string) {
	c, err := cpu.New(0)
	require.NoError(t, err)
	losses, weights := train(t, c, multiplier)
	gotLosses, gotWeights := train(t, d, multiplier)
	assert.Equal(t, losses, gotLosses, multiplier)
	assert.Equal(t, weights, gotWeights, multiplier)
	assert.Len(t, gotLosses, steps, multiplier)
	assert.Len(t, gotWeights, 61706, multiplier)
}

func train(t *testing.T, d device.Device, multiplier string) (losses []float64, weights []float32) {
	in := nn.Shape{H: 28, W: 28, C: 1}
	g, err := golden.Lookup(multiplier)
	require.NoError(t, err)
	m, err := d.Multiplier(g.Table())
	require.NoError(t, err)
	specs, err := nn.Model("lenet-5", in, 10)
	require.NoError(t, err)
	n, err := nn.New(d, specs, in, batch, nn.Multipliers{Forward: m, Backward: m}, 7)
	require.NoError(t, err)
	o, err := nn.NewOptimizer("sgd", 0.05, 1e-4)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 1))
	x, labels := make([]float32, batch*in.Len()), make([]float32, batch)
	for step := range steps {
		for i := range x {
			x[i] = rng.Float32()
		}
		for i := range labels {
			labels[i] = float32(rng.IntN(10))
		}
		loss, _, err := n.Gradients(x, labels, step+1)
		require.NoError(t, err)
		losses = append(losses, loss)
		o.Update(d, n.Params(), step+1, 1, 1)
	}
	for _, p := range n.Params() {
		w := make([]float32, p.Value.Len())
		require.NoError(t, p.Value.Read(w))
		weights = append(weights, w...)
	}
	return losses, weights
}
