package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/golden"
)

// digest is the beginning of the SHA-256 of numbers.
func digest(all ...[]float32) string {
	h := sha256.New()
	for _, x := range all {
		for _, v := range x {
			h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// The initial weights of a model, and what three steps make of them, are part of
// what a seed means: a published curve must be repeatable with a later version.
func TestPinned(t *testing.T) {
	for _, c := range []struct{ model, first, trained string }{
		{"lenet-300-100", "b8c7ff85c89f0fa8", "1018aa634c4c27fb"},
		{"lenet-5", "47ba4bd82541c929", "3f17a1481c059f70"},
	} {
		t.Run(c.model, func(t *testing.T) {
			const batch = 8
			in := Shape{28, 28, 1}
			d, err := cpu.New(2)
			require.NoError(t, err)
			g, err := golden.Lookup("mitchell_e8m7")
			require.NoError(t, err)
			m, err := d.Multiplier(g.Table())
			require.NoError(t, err)
			n, err := New(d, must(Model(c.model, in, 10)), in, batch, Multipliers{Forward: m, Backward: m}, 7)
			require.NoError(t, err)
			weights := func() (all [][]float32) {
				for _, p := range n.Params() {
					all = append(all, read(t, p.Value))
				}
				return all
			}
			assert.Equal(t, c.first, digest(weights()...), "initial weights")
			o, err := NewOptimizer("sgd", 0.05, 1e-4)
			require.NoError(t, err)
			rng := rand.New(rand.NewPCG(1, 1))
			x, labels := make([]float32, batch*in.Len()), make([]float32, batch)
			for step := range 3 {
				for i := range x {
					x[i] = rng.Float32()
				}
				for i := range labels {
					labels[i] = float32(rng.IntN(10))
				}
				_, _, err := n.Gradients(x, labels, step+1)
				require.NoError(t, err)
				o.Update(d, n.Params(), step+1, 1, 1)
			}
			assert.Equal(t, c.trained, digest(weights()...), "weights after three steps")
		})
	}
}
