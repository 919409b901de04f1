package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

// edges are numbers that a loop may treat in another way than the rest, in units of a scale.
var edges = []float32{0, float32(math.Copysign(0, -1)), 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, 127, 127.5, 128, -128, -128.5, 255.5, 300, -300,
	1e30, -1e30, math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, float32(math.Inf(1)), float32(math.Inf(-1)), 4194305, -4194303.5}

// Loops for vectors have the bits of portable Go, with any number of channels, any codes, and NaN anywhere.
func TestCodeLoops(t *testing.T) {
	s := rand.New(rand.NewPCG(31, 7))
	portable := newDevice(1, generic)
	compared, nans, wide := 0, 0, 0
	for _, l := range fastLevels() {
		fast := newDevice(1, l)
		for n := range 400 {
			channels := []int{1, 1, 2, 3, 8, 10, 16, 64, 100}[s.IntN(9)]
			q := device.Quantizer{Lo: [...]int32{0, -128, -127, -8, 0}[n%5], Hi: [...]int32{255, 127, 127, 7, 32767}[n%5]}
			scales := 1
			if s.IntN(2) == 0 {
				scales = channels
			}
			for range scales {
				q.Scale = append(q.Scale, float32(math.Exp2(float64(s.IntN(40)-20)))*(1+s.Float32()))
				q.Zero = append(q.Zero, q.Lo+s.Int32N(q.Hi-q.Lo+1))
			}
			size := channels * s.IntN(3000/channels+1)
			x, g := make([]float32, size), make([]float32, size)
			for i := range x {
				x[i], g[i] = float32(s.NormFloat64()*100), float32(s.NormFloat64())
				if s.IntN(4) == 0 {
					x[i] = edges[s.IntN(len(edges))]
				}
				if n%6 == 0 { // both extremes are zeros
					x[i] = edges[s.IntN(2)]
				}
				x[i] *= q.ScaleOf(i % q.Channels())
			}
			if size > 0 && s.IntN(4) == 0 {
				x[s.IntN(size)] = float32(math.NaN())
				nans++
			}
			name := fmt.Sprint(l, " ", size, " elements, ", channels, " channels, ", q)
			type result struct {
				nan                    int
				codes                  []int16
				numbers, through, rest []float32
				extremes               []float32
			}
			sums, bias := make([]int64, size), make([]float32, channels)
			for i := range sums {
				sums[i] = int64(int32(s.Uint32()))
			}
			if size > 0 && s.IntN(4) == 0 {
				sums[s.IntN(size)] = []int64{1 << 31, -1<<31 - 1, 1 << 32, math.MaxInt64, -1 << 40}[s.IntN(5)]
				wide++
			}
			for i := range bias {
				bias[i] = float32(s.NormFloat64())
			}
			if s.IntN(2) == 0 {
				bias = nil
			}
			factors := slices.Repeat([]float32{0.37}, channels)
			each := func(d *Device) (r result) {
				ranges := d.ranges(q, size)
				r.codes, r.numbers, r.through, r.rest = make([]int16, size), make([]float32, size), make([]float32, size), make([]float32, size)
				r.nan = ranges.quantize(x, r.codes)
				ranges.dequantize(r.codes, r.numbers)
				ranges.quantizeGrad(x, g, r.through)
				k := &rescaling{factors, bias, d.pattern(channels, size, 2, rescalingOf(factors, bias))}
				k.rescale(sums, r.rest)
				if size > 0 {
					r.extremes = d.extremesOf(channels, x)
				}
				return r
			}
			got, want := each(fast), each(portable)
			require.Equal(t, want.nan, got.nan, name)
			require.Equal(t, want.codes, got.codes, name)
			for what, pair := range map[string][2][]float32{"numbers": {got.numbers, want.numbers}, "gradients": {got.through, want.through},
				"rescaled": {got.rest, want.rest}, "extremes": {got.extremes, want.extremes}} {
				require.Equal(t, bitsOf(pair[1]), bitsOf(pair[0]), "%s: %s", name, what)
				compared += len(pair[0])
			}
		}
	}
	if len(fastLevels()) > 0 {
		assert.Greater(t, compared, 1_000_000)
		assert.Greater(t, nans, 50)
		assert.Greater(t, wide, 50)
	}
}

func bitsOf(x []float32) []uint32 {
	out := make([]uint32, len(x))
	for i, v := range x {
		out[i] = math.Float32bits(v)
		if v != v {
			out[i] = 0x7fc00000 // one NaN is as good as another
		}
	}
	return out
}
