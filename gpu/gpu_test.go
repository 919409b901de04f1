package gpu

import (
	"cmp"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/cpu"
	"approxtrain/device"
	"approxtrain/device/devicetest"
	"approxtrain/gpu/emulation"
	"approxtrain/nn"
)

// emulated returns a GPU on the host.
func emulated(t *testing.T, o emulation.Options) *Device {
	e, err := emulation.New(o)
	require.NoError(t, err)
	d, err := New(e)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return d.(*Device)
}

func TestBattery(t *testing.T) {
	t.Parallel()
	devicetest.Run(t, emulated(t, emulation.Options{}))
}

// A short run of LeNet-5 gives the same losses and weights as on the CPU.
func TestLeNet(t *testing.T) {
	const batch, steps = 8, 3
	in := nn.Shape{H: 28, W: 28, C: 1}
	train := func(d device.Device, multiplier string) (losses []float64, weights []float32) {
		forward, backward, _ := strings.Cut(multiplier, " and ")
		pair := nn.Multipliers{Forward: builtin(t, d, forward), Backward: builtin(t, d, cmp.Or(backward, forward))}
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
	c, err := cpu.New(0)
	require.NoError(t, err)
	for _, m := range []string{"mitchell_e8m7", "exact_s8", "mbm_e8m23", "mbm_e8m23 and mitchell_e8m7"} {
		losses, weights := train(c, m)
		gotLosses, gotWeights := train(emulated(t, emulation.Options{}), m)
		assert.Equal(t, losses, gotLosses, m)
		assert.Equal(t, weights, gotWeights, m)
		assert.Len(t, gotLosses, steps, m)
		assert.Len(t, gotWeights, 61706, m)
	}
}
