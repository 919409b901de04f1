package nn

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/golden"
)

// Threads and what buffers held before change no bit of any gradient.
func TestLayersRepeat(t *testing.T) {
	compared := 0
	for name, c := range trials {
		t.Run(name, func(t *testing.T) {
			grads := func(n *Network) (all [][]float32) {
				for _, p := range n.Params() {
					all = append(all, read(t, p.Grad))
				}
				return all
			}
			n, x, classes, loss := c.run(t, 1)
			want := grads(n)
			for _, threads := range []int{2, 3} {
				n, _, _, l := c.run(t, threads)
				assert.Equal(t, loss, l, "%d threads", threads)
				for i, g := range grads(n) {
					assert.Equal(t, digest(want[i]), digest(g), "%s, %d threads", n.Params()[i].Name, threads)
					compared += len(g)
				}
			}
			labels := make([]float32, len(classes))
			for i, c := range classes {
				labels[i] = float32(c)
			}
			for _, free := range n.dev.spare { // gradients of the first pass
				for _, b := range free {
					b.Write(filled(b.Len(), -1e9))
				}
			}
			again, _, err := n.Gradients(x, labels, trialStep)
			require.NoError(t, err)
			assert.Equal(t, loss, again)
			for i, g := range grads(n) {
				assert.Equal(t, digest(want[i]), digest(g), "%s, second pass", n.Params()[i].Name)
			}
		})
	}
	assert.Greater(t, compared, 600_000)
	t.Logf("%d elements of gradients compared", compared)
}

func filled(n int, v float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// Logits are those of evaluation: nothing is left out, and moving averages take
// the place of a batch's moments.
func TestEvaluation(t *testing.T) {
	compared := 0
	for name, c := range trials {
		t.Run(name, func(t *testing.T) {
			n, x, _, _ := c.run(t, 2)
			r := newReference(t, n)
			r.state = map[string][]float64{}
			for _, p := range n.State() {
				require.NotContains(t, r.params, p.Name)
				r.state[p.Name] = wide(read(t, p.Value))
			}
			for range 2 {
				logits, err := n.Logits(x)
				require.NoError(t, err)
				_, want := r.chain(c.specs, "", c.in, wide(x))
				require.Len(t, logits, len(want))
				for i, w := range want {
					assert.InDelta(t, w, logits[i], 2e-5, "logit %d", i)
					compared++
				}
			}
		})
	}
	assert.Equal(t, 2*trialBatch*(4*(len(trials)-2)+2*10), compared)
}

// The moving averages after three steps are those of the definition.
func TestMovingAverages(t *testing.T) {
	c := trials["first norm"]
	n, x, _, _ := c.run(t, 2)
	mean, variance := []float64{0, 0}, []float64{1, 1}
	compared := 0
	for step := range 3 {
		if step > 0 {
			for i := range x {
				x[i] = 2*x[i] + float32(i%2)
			}
			_, _, err := n.Gradients(x, make([]float32, trialBatch), step+1)
			require.NoError(t, err)
		}
		state := n.State()
		require.Len(t, state, 2)
		for ch := range 2 {
			k := len(x) / 2
			m, v := moments(wide(x), ch, 2, k)
			mean[ch] = 0.9*mean[ch] + 0.1*m
			variance[ch] = 0.9*variance[ch] + 0.1*v*float64(k)/float64(k-1)
			assert.InEpsilon(t, mean[ch], read(t, state[0].Value)[ch], 1e-5, "mean after step %d", step+1)
			assert.InEpsilon(t, variance[ch], read(t, state[1].Value)[ch], 1e-5, "variance after step %d", step+1)
			compared += 2
		}
	}
	assert.Equal(t, 12, compared)
}

// Residual networks and transformers learn with an approximate multiplier.
func TestBlocksLearn(t *testing.T) {
	for name, specs := range map[string][]Spec{
		"residual": {conv(8, 3, noBias), batched, activate, block(nil, conv(8, 3, noBias), batched, activate, conv(8, 3, noBias), batched), activate,
			{Dense: barSize}},
		"transformer": {{Conv: &ConvSpec{Out: 16, Kernel: 2, Stride: 2}}, {Tokens: &TokensSpec{Class: true}},
			block(nil, layered, Spec{Attention: 2}), block(nil, layered, Spec{Linear: 32}, Spec{GELU: true}, Spec{Linear: 16}),
			layered, {FirstToken: true}, {Dense: barSize}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := cpu.New(2)
			require.NoError(t, err)
			g, err := golden.Lookup("mbm_e8m7")
			require.NoError(t, err)
			m, err := d.Multiplier(g.Table())
			require.NoError(t, err)
			n, err := New(d, specs, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: m, Backward: m}, 1)
			require.NoError(t, err)
			o, err := NewOptimizer("adam", 0.005, 0)
			require.NoError(t, err)
			epochs, err := Train(t.Context(), n, o, newBars(700, 1), newBars(203, 2), Loop{Epochs: 8, Seed: 1})
			require.NoError(t, err)
			t.Logf("%+v", epochs[len(epochs)-1])
			assert.Greater(t, epochs[len(epochs)-1].TestAccuracy, 0.9)
		})
	}
}
