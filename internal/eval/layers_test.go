package eval

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/nn"
)

// TestMoved: a network does not move against itself, over several batches of which
// the last is not full; one whose dense layer has weights twice as large moves by
// the norm of its output.
func TestMoved(t *testing.T) {
	d, err := cpu.New(1)
	require.NoError(t, err)
	m, err := d.Multiplier(nil)
	require.NoError(t, err)
	split := &data.Split{H: 2, W: 2, C: 1, Pixels: make([]uint8, 4*11), Labels: make([]uint8, 11)}
	for i := range split.Pixels {
		split.Pixels[i] = uint8(37 * i)
	}
	build := func(scale float32) *nn.Network {
		specs, both := []nn.Spec{{ReLU: true}, {Dense: 3}}, nn.Multipliers{Forward: m, Backward: m}
		n, err := nn.New(d, specs, nn.Shape{H: 2, W: 2, C: 1}, 4, both, 1)
		require.NoError(t, err)
		w, err := n.Weights()
		require.NoError(t, err)
		for i := range w[0].Values {
			w[0].Values[i] *= scale
		}
		require.NoError(t, n.SetWeights(w))
		return n
	}
	ctx := context.Background()
	exact, err := outputsOf(ctx, build(1), split)
	require.NoError(t, err)
	assert.Equal(t, []string{"relu1", "dense1"}, exact.layers)
	assert.Len(t, exact.of["dense1"], 33)
	same, err := exact.moved(ctx, build(1), split)
	require.NoError(t, err)
	require.Len(t, same, 2)
	for _, l := range same {
		assert.Zero(t, *l.Difference, l.Layer)
	}
	twice, err := exact.moved(ctx, build(2), split)
	require.NoError(t, err)
	assert.Equal(t, []string{"dense1", "relu1"}, []string{twice[0].Layer, twice[1].Layer})
	assert.Equal(t, 1.0, *twice[0].Difference)
	assert.Zero(t, *twice[1].Difference)
	wild, err := exact.moved(ctx, build(float32(math.Inf(1))), split)
	require.NoError(t, err)
	assert.Nil(t, wild[0].Difference, "no finite number")
}
