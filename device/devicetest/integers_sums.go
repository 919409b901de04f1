package devicetest

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

func testAccumulators(t *testing.T, b *integerBattery) {
	overflowed := map[device.Overflow]int{}
	for _, k := range []int{1, 2, 3, 5, 40} {
		testAccumulator(t, b, device.Gemm{M: 9, N: 11, K: k}, overflowed)
	}
	for rule, n := range overflowed {
		assert.NotZero(t, n, "no sum overflowed with %v", rule)
	}
}

func testAccumulator(t *testing.T, b *integerBattery, shape device.Gemm, overflowed map[device.Overflow]int) {
	s := newSource(56)
	for _, c := range b.integerCases(t, s, shape.N) {
		for _, bits := range []int{16, 17, 18, 24, 32, 63, 64} {
			for _, rule := range []device.Overflow{device.Wrap, device.Saturate, device.Refuse} {
				c.product.Accumulator = device.Accumulator{Bits: bits, Overflow: rule}
				if c.product.Accumulator.Check(c.largest) != nil {
					continue
				}
				x, y := s.codes(c.product.A, shape.M*shape.K), s.codes(c.product.B, shape.K*shape.N)
				var want []int64
				count, first, exact := 0, -1, int64(0)
				for i := range shape.M {
					for j := range shape.N {
						var q []int16
						for k := range shape.K {
							q = append(q, y[k*shape.N+j])
						}
						v, over := c.sum(x[i*shape.K:][:shape.K], q, j)
						if over && count == 0 {
							first = len(want)
							for k, b := range q {
								exact += c.one(x[i*shape.K+k], b)
							}
						}
						if over {
							count++
						}
						want = append(want, v)
					}
				}
				overflowed[rule] += count
				out := b.AllocSums(len(want))
				b.IntegerGemm(c.product, shape, b.putCodes(x), b.putCodes(y), out)
				n, at, err := out.Overflows()
				require.NoError(t, err)
				require.Equal(t, []int{count, first}, []int{n, at}, "%v, %v", c.table.Format, c.product.Accumulator)
				if err := b.Sync(); rule == device.Refuse && count > 0 {
					var over *device.OverflowError
					require.True(t, errors.As(err, &over), "%v", err)
					require.Equal(t, []int{first, count, bits}, []int{over.Index, over.Count, over.Accumulator.Bits})
					require.Equal(t, exact, over.Sum)
					continue
				}
				b.equalSums(t, want, out)
			}
		}
	}
}

func testRescale(t *testing.T, b *integerBattery) {
	const channels, n = 6, 6 * 200
	s := newSource(57)
	for _, c := range b.integerCases(t, s, channels)[:1] {
		c.product.Accumulator.Bits = 64
		x, y := s.codes(c.product.A, n/channels*300), s.codes(c.product.B, 300*channels)
		sums := b.AllocSums(n)
		b.IntegerGemm(c.product, device.Gemm{M: n / channels, N: channels, K: 300}, b.putCodes(x), b.putCodes(y), sums)
		values := make([]int64, n)
		require.NoError(t, sums.Read(values))
		for _, scales := range [][]float32{{0.37}, s.positive(channels)} {
			for _, bias := range [][]float32{nil, s.plain(channels)} {
				if bias == nil && len(scales) > 1 {
					bias = make([]float32, channels)
				}
				want := make([]float32, n)
				var on device.Buffer
				for i, v := range values {
					want[i] = float32(float64(float32(v)) * float64(scales[i%len(scales)]))
					if bias != nil {
						want[i] += bias[i%channels]
					}
				}
				if bias != nil {
					on = b.put(bias)
				}
				out := b.dirty(n)
				b.Rescale(scales, on, sums, out)
				b.equal(t, want, out, "rescaled by %v", scales)
			}
		}
	}
}

// positive returns n numbers above 0.
func (s source) positive(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Exp(s.NormFloat64() - 8))
	}
	return x
}

func testRequantize(t *testing.T, b *integerBattery) {
	const channels, n = 6, 6 * 200
	s := newSource(58)
	c := b.integerCases(t, s, channels)[6] // with negative sums
	require.Equal(t, lut.Signed, c.table.Format.Kind)
	x, y := s.codes(c.product.A, n/channels*30), s.codes(c.product.B, 30*channels)
	sums := b.AllocSums(n)
	b.IntegerGemm(c.product, device.Gemm{M: n / channels, N: channels, K: 30}, b.putCodes(x), b.putCodes(y), sums)
	values := make([]int64, n)
	require.NoError(t, sums.Read(values))
	scales := make([]float32, channels)
	for i := range scales {
		scales[i] = float32(math.Exp(s.NormFloat64())) / 4096
	}
	scales[0], scales[1] = 1.0/16, 1.0/64 // with ties
	bias := make([]int32, channels)
	for i := range bias {
		bias[i] = s.Int32N(100_000) - 50_000
	}
	want := make([]int16, n)
	clamp := func(v float64, r device.Requantizer) int16 {
		return int16(math.Min(math.Max(v+float64(r.Zero), float64(r.Lo)), float64(r.Hi)))
	}
	for _, r := range []device.Requantizer{{Lo: 0, Hi: 255, Zero: 20, Scale: scales}, {Lo: -128, Hi: 127, Scale: scales[:1]}, {Lo: -128, Hi: 127, Zero: -128, Scale: scales},
		{Lo: -128, Hi: 127, Zero: 3, Scale: scales, Bias: bias}, {Lo: -128, Hi: 127, Scale: scales[:1], Bias: bias}, {Hi: 255, Scale: scales, Bias: bias[1:2]}} {
		at := func(i int) int64 { // the sum with its bias
			if r.Bias == nil {
				return values[i]
			}
			return values[i] + int64(r.Bias[i%len(r.Bias)])
		}
		for i := range values {
			want[i] = clamp(nearest(float64(float32(float64(float32(at(i)))*float64(r.Scale[i%len(r.Scale)])))), r)
		}
		out := b.AllocCodes(n)
		b.Requantize(r, sums, out)
		b.equalCodes(t, want, out)
		r.Multiplier, r.Shift = make([]int32, len(r.Scale)), make([]int, len(r.Scale))
		for i, scale := range r.Scale {
			var err error
			r.Multiplier[i], r.Shift[i], err = device.FixedPoint(float64(scale))
			require.NoError(t, err)
		}
		for i := range values {
			want[i] = clamp(float64(gemmlowp(int32(at(i)), r.Multiplier[i%len(r.Multiplier)], r.Shift[i%len(r.Shift)])), r)
		}
		r.Scale = nil
		b.Requantize(r, sums, out)
		b.equalCodes(t, want, out)
	}
}

// gemmlowp computes x · m / 2^31 · 2^shift, shift at most 0, with halves of 2^31 up and then halves of 2^−shift away
// from 0, in numbers that hold both exactly.
func gemmlowp(x, m int32, shift int) int32 {
	product := new(big.Int).Mul(big.NewInt(int64(x)), big.NewInt(int64(m)))
	high := float64(product.Rsh(product.Add(product, big.NewInt(1<<30)), 31).Int64()) // Rsh rounds down
	v := high / math.Pow(2, float64(-shift))
	return int32(math.Copysign(math.Floor(math.Abs(v)+0.5), v))
}

func testIntegerErrors(t *testing.T, b *integerBattery) {
	s := newSource(59)
	c := b.integerCases(t, s, 2)[0]
	g := device.Gemm{M: 1, N: 2, K: 1}
	run := func(change func(p *device.IntegerProduct)) error {
		p := c.product
		change(&p)
		b.IntegerGemm(p, g, b.putCodes([]int16{1}), b.putCodes([]int16{1, 2}), b.AllocSums(2))
		return b.Sync()
	}
	require.NoError(t, run(func(*device.IntegerProduct) {}))
	native, err := b.Multiplier(nil)
	require.NoError(t, err)
	float, err := lut.New("float", lut.FloatFormat(3, 3))
	require.NoError(t, err)
	floats, err := b.Multiplier(float)
	require.NoError(t, err)
	for want, change := range map[string]func(p *device.IntegerProduct){
		"need a table of integers":              func(p *device.IntegerProduct) { p.Multiplier = native },
		"expected one of integers":              func(p *device.IntegerProduct) { p.Multiplier = floats },
		"scale of channel 0 is 0":               func(p *device.IntegerProduct) { p.A.Scale = []float32{0} },
		"scale of channel 0 is NaN":             func(p *device.IntegerProduct) { p.A.Scale = []float32{float32(math.NaN())} },
		"scale of channel 1 is -1":              func(p *device.IntegerProduct) { p.B.Scale = []float32{1, -1} },
		"scale of channel 1 is +Inf":            func(p *device.IntegerProduct) { p.B.Scale = []float32{1, float32(math.Inf(1))} },
		"3 scales and 1 zero points":            func(p *device.IntegerProduct) { p.B.Scale = []float32{1, 1, 1} },
		"zero point of channel 0 is 256":        func(p *device.IntegerProduct) { p.A.Zero = []int32{256} },
		"takes codes from 0 to 255":             func(p *device.IntegerProduct) { p.A.Hi = 511 },
		"an accumulator of 15 bits":             func(p *device.IntegerProduct) { p.Accumulator.Bits = 15 },
		"an accumulator of 65 bits":             func(p *device.IntegerProduct) { p.Accumulator.Bits = 65 },
		"holds sums up to 32767, and a single ": func(p *device.IntegerProduct) { p.Accumulator.Bits = 16 },
		"no overflow rule":                      func(p *device.IntegerProduct) { p.Accumulator.Overflow = 3 },
	} {
		require.ErrorContains(t, run(change), want)
	}
	b.IntegerGemm(c.product, g, b.putCodes([]int16{-1}), b.putCodes([]int16{1, 2}), b.AllocSums(2))
	require.ErrorContains(t, b.Sync(), "code 0 of operand A is -1, expected 0 to 255")
	b.IntegerGemm(c.product, g, b.putCodes([]int16{1}), b.putCodes([]int16{1, -2}), b.AllocSums(2))
	require.ErrorContains(t, b.Sync(), "code 1 of operand B is -2, expected 0 to 255")
	b.Quantize(c.product.A, b.put([]float32{1, float32(math.NaN())}), b.AllocCodes(2))
	require.ErrorContains(t, b.Sync(), "element 1 is no number")
	b.Rescale([]float32{1, 1, 1}, nil, b.AllocSums(4), b.dirty(4))
	require.ErrorContains(t, b.Sync(), "no whole number of rows of 3 channels")
	b.Requantize(device.Requantizer{Hi: 255, Multiplier: []int32{1}, Shift: []int{0}}, b.AllocSums(4), b.AllocCodes(4))
	require.ErrorContains(t, b.Sync(), "the multiplier of channel 0 is 1")
	b.Requantize(device.Requantizer{Hi: 255, Scale: []float32{1, 1, 1, 1}, Bias: []int32{1, 2}}, b.AllocSums(4), b.AllocCodes(4))
	require.ErrorContains(t, b.Sync(), "2 biases for 4 channels")
	b.compared++
}
