package gpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/gpu/gputest"
)

// numbers returns n numbers, some of them zeros, some, if wild, at the limits of
// binary32.
func numbers(rng *rand.Rand, n int, wild bool) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch v := rng.IntN(200); {
		case v < 50:
		case v == 50 && wild:
			x[i] = []float32{float32(math.Inf(1)), float32(math.NaN()), 1e-40, math.MaxFloat32, 0x1p-126, float32(math.Copysign(0, -1))}[rng.IntN(6)]
		default:
			x[i] = float32(rng.NormFloat64())
		}
	}
	return x
}

// multiplierOn returns a built-in multiplier on a device, or strange.
func multiplierOn(t *testing.T, d device.Device, name string) device.Multiplier {
	if name != strange.Name {
		return gputest.Multiplier(t, d, name)
	}
	m, err := d.Functional(strange)
	require.NoError(t, err)
	return m
}

// products are matrix products and convolutions.
type products struct {
	gemms []device.Gemm
	convs []device.Conv
}

// results is how many numbers there are in all results.
func (p products) results() (n int) {
	for _, g := range p.gemms {
		n += g.M * g.N
	}
	for _, s := range p.convs {
		n += s.InLen() + s.WeightLen() + s.OutLen()
	}
	return n
}

// run returns the results of products by a built-in multiplier, or fp32.
func (p products) run(t *testing.T, d device.Device, multiplier string, wild bool) (out []float32) {
	m := multiplierOn(t, d, multiplier)
	rng := rand.New(rand.NewPCG(1, 2))
	put := func(n int) device.Buffer {
		b := d.Alloc(n)
		b.Write(numbers(rng, n, wild))
		return b
	}
	get := func(b device.Buffer) {
		require.NoError(t, d.Sync())
		x := make([]float32, b.Len())
		require.NoError(t, b.Read(x))
		out = append(out, x...)
	}
	for _, g := range p.gemms {
		a, b, c := put(g.M*g.K), put(g.K*g.N), put(g.M*g.N)
		d.Gemm(m, g, a, b, c)
		get(c)
	}
	for _, s := range p.convs {
		x, w, g := put(s.InLen()), put(s.WeightLen()), put(s.OutLen())
		y, dx, dw := put(s.OutLen()), put(s.InLen()), put(s.WeightLen())
		d.ConvForward(m, s, x, w, y)
		d.ConvInputGrad(m, s, g, w, dx)
		d.ConvWeightGrad(m, s, x, g, dw)
		get(y)
		get(dx)
		get(dw)
	}
	return out
}

// compare runs products on the CPU and on a GPU and returns how many numbers were
// equal.
func (p products) compare(t *testing.T, d *Device, multiplier string, wild bool) int {
	c, err := cpu.New(0)
	require.NoError(t, err)
	want, got := p.run(t, c, multiplier, wild), p.run(t, d, multiplier, wild)
	require.Len(t, got, len(want))
	finite := false
	for i, w := range want {
		require.True(t, math.Float32bits(w) == math.Float32bits(got[i]) || w != w && got[i] != got[i], "%s, number %d is %v, expected %v",
			multiplier, i, got[i], w)
		finite = finite || w-w == 0 && w != 0
	}
	require.True(t, finite || wild, "nothing but zeros and infinities")
	return len(want)
}

// odd are products that fill no tile, one side larger than the other, in several
// chunks.
var odd = products{
	[]device.Gemm{{M: 70, N: 150, K: 40}, {M: 150, N: 70, K: 33, TransA: true}, {M: 64, N: 128, K: 1030, TransB: true},
		{M: 5, N: 200, K: 2100}, {M: 200, N: 3, K: 17, TransA: true, TransB: true}},
	[]device.Conv{
		{N: 2, H: 9, W: 8, C: 6, OutC: 70, KH: 3, KW: 3, StrideH: 1, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1},
		{N: 3, H: 20, W: 19, C: 4, OutC: 6, KH: 2, KW: 2, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 2},
	},
}

// Tiles of all sizes, sums in one part or several, threads in any order: the same
// bits.
func TestTilesLong(t *testing.T) {
	compared := 0
	multipliers := []string{"fp32", "mitchell_e8m7", "mbm_e8m5", "drum6_u8"}
	for _, reverse := range []bool{false, true} {
		d := emulated(t, emulation.Options{Reverse: reverse})
		for _, d.tile = range []string{large.name, small.name} {
			for _, d.blocks = range []int{0, 1 << 20} {
				for _, m := range multipliers {
					compared += odd.compare(t, d, m, reverse)
				}
			}
		}
	}
	assert.Equal(t, 2*2*2*len(multipliers)*odd.results(), compared)
	t.Logf("%d elements compared", compared)
}

func TestChooseTile(t *testing.T) {
	d := &Device{blocks: 256}
	m := &multiplier{large: true}
	for _, c := range []struct {
		m, n, items int
		want        tileSize
		exchanged   bool
	}{
		{4096, 4096, 1, large, false},
		{64, 128, 1, small, false}, // too few for large ones
		{64, 128, 500, large, false},
		{100000, 6, 1, small, true}, // six output channels
		{100000, 64, 1, large, true},
		{1, 10, 1, small, false},
		{9, 9, 6144, small, false},
	} {
		tile, exchanged := d.chooseTile(m, product{m: c.m, n: c.n, k: 100, items: c.items})
		assert.Equal(t, c.want, tile, c)
		assert.Equal(t, c.exchanged, exchanged, c)
	}
	tile, _ := d.chooseTile(&multiplier{}, product{m: 4096, n: 4096, k: 100, items: 1})
	assert.Equal(t, small, tile)
}
