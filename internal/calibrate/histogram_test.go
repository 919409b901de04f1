package calibrate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHistogram(t *testing.T) {
	var h Histogram
	least, greatest := h.Range()
	assert.Zero(t, h.Count())
	assert.Zero(t, []float32{least, greatest}[0]+greatest)
	assert.Zero(t, h.Clipped(0, 0))
	assert.Empty(t, h.buckets())
	assert.Empty(t, h.magnitudes())

	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	h.Add([]float32{3, -1, nan, 3.01, inf, -inf, float32(math.Copysign(0, -1)), 0, most, 1e-45})
	least, greatest = h.Range()
	assert.Equal(t, []float32{-1, most}, []float32{least, greatest})
	assert.Equal(t, uint64(7), h.Count())
	n, i := h.NotFinite()
	assert.Equal(t, []uint64{1, 2}, []uint64{n, i})
	end := float64(math.Float32frombits(0xffff))
	three := float64(math.Float32frombits(0x4040ffff))
	assert.Equal(t, []bucket{{-1, -1, 1}, {0, end, 3}, {3, three, 2}, {math.Ldexp(255, 120), most, 1}}, h.buckets())
	assert.Equal(t, bucket{1, float64(math.Float32frombits(0x3f80ffff)), 1}, h.magnitudes()[1])
	zero := Histogram{}
	zero.Add([]float32{float32(math.Copysign(0, -1))})
	least, _ = zero.Range()
	assert.False(t, math.Signbit(float64(least)))

	var again Histogram
	again.Merge(&h)
	assert.Equal(t, h, again)
	again.reset()
	again.Add([]float32{-5})
	again.Merge(&h)
	least, greatest = again.Range()
	assert.Equal(t, []float32{-5, most}, []float32{least, greatest})
	assert.Equal(t, uint64(8), again.Count())
	var special Histogram
	special.Add([]float32{nan})
	again = Histogram{}
	again.Merge(&special)
	n, _ = again.NotFinite()
	assert.Equal(t, uint64(1), n)
}

// TestBuckets: each number is in one bucket, which is at most 2^-7 of the number wide, and buckets are in order.
func TestBuckets(t *testing.T) {
	for name, x := range tensors(3000) {
		var h Histogram
		h.Add(x)
		for _, magnitudes := range []bool{false, true} {
			all := h.buckets()
			if magnitudes {
				all = h.magnitudes()
			}
			y := sorted(x, magnitudes)
			for i, b := range all {
				require.LessOrEqual(t, b.from, b.to, name)
				if i > 0 {
					require.Greater(t, b.from, all[i-1].to, name)
				}
				if b.from != 0 {
					require.LessOrEqual(t, b.to-b.from, 0x1p-7*min(math.Abs(b.from), math.Abs(b.to)), name)
				}
				n := 0
				for len(y) > 0 && y[0] <= b.to {
					require.GreaterOrEqual(t, y[0], b.from, name)
					y, n = y[1:], n+1
				}
				require.EqualValues(t, b.count, n, name)
			}
			require.Empty(t, y, name)
		}
	}
}

// TestClipped: the share is that of a count of the numbers, but for those in the buckets of the ends.
func TestClipped(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for name, x := range tensors(2000) {
		var h Histogram
		h.Add(x)
		least, greatest := slices.Min(x), slices.Max(x)
		assert.Zero(t, h.Clipped(least, greatest), name)
		assert.Zero(t, h.Clipped(float32(math.Inf(-1)), float32(math.Inf(1))), name)
		assert.Equal(t, 1.0, h.Clipped(greatest, least), name)
		assert.Equal(t, 1.0, h.Clipped(float32(math.NaN()), greatest), name)
		for range 100 {
			lo, hi := x[r.IntN(len(x))], x[r.IntN(len(x))]
			if lo > hi {
				lo, hi = hi, lo
			}
			out, ends := 0, 0
			for _, v := range x {
				if v < lo || v > hi {
					out++
				}
				for _, end := range []float32{lo, hi} {
					if math.Float32bits(v+0)>>16 == math.Float32bits(end+0)>>16 {
						ends++
					}
				}
			}
			require.InDelta(t, float64(out)/2000, h.Clipped(lo, hi), float64(ends)/2000+1e-12, name)
		}
	}
	var h Histogram
	h.Add([]float32{1, 2, 2, 4, -8})
	assert.InDelta(t, 0.4, h.Clipped(1, 2.5), 1e-12)
	assert.InDelta(t, 0.2, h.Clipped(-7.99, 4), 1e-12)
	h = Histogram{}
	for i := range 1024 { // one bucket
		h.Add([]float32{1 + float32(i)/1023*(0x1p-7-0x1p-23), -1})
	}
	assert.Equal(t, 2, len(h.buckets()))
	assert.InDelta(t, 0.5*0.25, h.Clipped(-1, 1+0x3p-9), 1e-3)
	assert.InDelta(t, 0.5+0.5*0.75, h.Clipped(1, 1+0x1p-9), 1e-3)
}
