// Package gputest holds the tests that every driver of a GPU passes, in addition to devicetest.
package gputest

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/nn"
)

const (
	batch = 8
	steps = 3
)

// Multiplier returns a built-in multiplier on a device: fp32, a table, or a functional
// model, by its name.
func Multiplier(t *testing.T, d device.Device, name string) (m device.Multiplier) {
	var err error
	switch {
	case name == "fp32":
		m, err = d.Multiplier(nil)
	case golden.IsWide(name):
		m, err = d.Functional(Model(t, name))
	default:
		g, missing := golden.Lookup(name)
		require.NoError(t, missing)
		m, err = d.Multiplier(g.Table())
	}
	require.NoError(t, err)
	return m
}

// Model returns the functional model of a built-in design.
func Model(t *testing.T, name string) device.Model {
	w, err := golden.LookupWide(name)
	require.NoError(t, err)
	m, err := cmodel.Builtin(w.Name, w.Design, w.Mantissa)
	require.NoError(t, err)
	return m
}

// TrainsAsCPU trains LeNet-5 for a few steps by built-in multipliers, one forward and one
// backward, on a device and on the processor: losses and weights are the same bits.
func TrainsAsCPU(t *testing.T, d device.Device, forward, backward string) {
	c, err := cpu.New(0)
	require.NoError(t, err)
	losses, weights := train(t, c, forward, backward)
	gotLosses, gotWeights := train(t, d, forward, backward)
	assert.Equal(t, losses, gotLosses, forward+" and "+backward)
	assert.Equal(t, weights, gotWeights, forward+" and "+backward)
	assert.Len(t, gotLosses, steps, forward+" and "+backward)
	assert.Len(t, gotWeights, 61706)
}

func train(t *testing.T, d device.Device, forward, backward string) (losses []float64, weights []float32) {
	in := nn.Shape{H: 28, W: 28, C: 1}
	pair := nn.Multipliers{Forward: Multiplier(t, d, forward), Backward: Multiplier(t, d, backward)}
	specs, err := nn.Model("lenet-5", in, 10)
	require.NoError(t, err)
	n, err := nn.New(d, specs, in, batch, pair, 7)
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
