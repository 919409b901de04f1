package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
)

const trialBatch, trialStep = 3, 5

// run builds a network, makes its small weights larger so that every layer
// matters, and computes gradients.
func (c trial) run(t *testing.T, threads int) (n *Network, x []float32, classes []int, loss float64) {
	d, err := cpu.New(threads)
	require.NoError(t, err)
	native, err := d.Multiplier(nil)
	require.NoError(t, err)
	n, err = New(d, c.specs, c.in, trialBatch, Multipliers{Forward: native, Backward: native}, 11)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(3, 4))
	for _, p := range n.Params() {
		v := read(t, p.Value)
		for i := range v {
			v[i] += 0.3 * (rng.Float32() - 0.5)
		}
		p.Value.Write(v)
	}
	x, labels := make([]float32, trialBatch*c.in.Len()), make([]float32, trialBatch)
	for i := range x {
		x[i] = rng.Float32() * max(c.scale, 1)
	}
	for i := range labels {
		classes = append(classes, rng.IntN(n.Classes()))
		labels[i] = float32(classes[i])
	}
	loss, _, err = n.Gradients(x, labels, trialStep)
	require.NoError(t, err)
	return n, x, classes, loss
}

// Gradients of every kind of layer agree with central differences of a float64
// implementation.
func TestGradients(t *testing.T) {
	checked := 0
	for name, c := range trials {
		t.Run(name, func(t *testing.T) {
			n, x, classes, loss := c.run(t, 2)
			r := newReference(t, n)
			evaluate := func() float64 { return r.loss(c.specs, c.in, wide(x), classes) }
			assert.InDelta(t, evaluate(), loss, 1e-5)
			rng := rand.New(rand.NewPCG(5, 6))
			for _, p := range n.Params() {
				grad, value := read(t, p.Grad), r.params[p.Name]
				for range min(12, len(value)) {
					i := rng.IntN(len(value))
					const h = 1e-6
					kept := value[i]
					value[i] = kept + h
					up := evaluate()
					value[i] = kept - h
					down := evaluate()
					value[i] = kept
					want := (up - down) / (2 * h)
					diff := math.Abs(want - float64(grad[i]))
					assert.False(t, !(diff <= 1e-5+1e-4*math.Abs(want)), "%s[%d]: gradient %g, difference quotient %g", p.Name, i, grad[i], want)
					checked++
				}
			}
		})
	}
	assert.Greater(t, checked, 1500)
	t.Logf("%d derivatives compared", checked)
}

// newReference takes over what a network has.
func newReference(t *testing.T, n *Network) *reference {
	r := &reference{batch: n.batch, params: map[string][]float64{}, masks: map[string][]float64{}}
	for _, p := range n.Params() {
		require.NotContains(t, r.params, p.Name)
		r.params[p.Name] = wide(read(t, p.Value))
	}
	for _, l := range dropouts(n.layers) {
		for i := range n.batch * l.out.Len() {
			m := 0.0
			if device.Keep(l.mask(), i, l.rate) {
				m = 1 / (1 - float64(l.rate))
			}
			r.masks[l.name] = append(r.masks[l.name], m)
		}
	}
	return r
}

// dropouts finds the dropouts in a layer.
func dropouts(l Layer) []*dropout {
	var inside []Layer
	switch l := l.(type) {
	case *dropout:
		return []*dropout{l}
	case *chain:
		inside = l.layers
	case *residual:
		inside = l.parts()
	}
	var all []*dropout
	for _, l := range inside {
		all = append(all, dropouts(l)...)
	}
	return all
}

func must[T any](s T, err error) T {
	if err != nil {
		panic(err)
	}
	return s
}

func read(t *testing.T, b device.Buffer) []float32 {
	t.Helper()
	x := make([]float32, b.Len())
	require.NoError(t, b.Read(x))
	return x
}

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
