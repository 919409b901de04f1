package gpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/gpu/emulation"
)

// The kernel that others are measured against gives their bits, special cases
// included.
func TestFetchGemm(t *testing.T) {
	c, err := cpu.New(0)
	require.NoError(t, err)
	d := emulated(t, emulation.Options{})
	rng := rand.New(rand.NewPCG(8, 9))
	compared := 0
	for _, name := range []string{"mitchell_e8m7", "exact_e8m5"} {
		g, err := golden.Lookup(name)
		require.NoError(t, err)
		for at, s := range []device.Gemm{{M: 1, N: 1, K: 1}, {M: 16, N: 32, K: 16}, {M: 17, N: 31, K: 1025}, {M: 33, N: 5, K: 2100}, {M: 3, N: 70, K: 0}} {
			x, y := numbers(rng, s.M*s.K, at != 2), numbers(rng, s.K*s.N, at != 2)
			var results [2][]float32
			for i, dev := range []device.Device{c, d} {
				m, err := dev.Multiplier(g.Table())
				require.NoError(t, err)
				a, b, out := dev.Alloc(len(x)), dev.Alloc(len(y)), dev.Alloc(s.M*s.N)
				a.Write(x)
				b.Write(y)
				if dev == d {
					d.FetchGemm(m, s, a, b, out)
				} else {
					dev.Gemm(m, s, a, b, out)
				}
				require.NoError(t, dev.Sync())
				results[i] = make([]float32, s.M*s.N)
				require.NoError(t, out.Read(results[i]))
			}
			for i, want := range results[0] {
				if got := results[1][i]; want == want || got == got { // NaN is any NaN
					require.Equal(t, math.Float32bits(want), math.Float32bits(got), "%s, %+v: element %d", name, s, i)
				}
				compared++
			}
		}
	}
	require.Equal(t, 2*(1+16*32+17*31+33*5+3*70), compared)
	native, err := d.Multiplier(nil)
	require.NoError(t, err)
	x := d.Alloc(1)
	d.FetchGemm(native, device.Gemm{M: 1, N: 1, K: 1}, x, x, d.Alloc(1))
	require.ErrorContains(t, d.Sync(), "expected a table of bytes")
}
