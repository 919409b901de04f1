package lut

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var inf = float32(math.Inf(1))

func TestMulSpecialCases(t *testing.T) {
	nan := float32(math.NaN())
	tiny := math.Float32frombits(0x00800000) // the smallest normal number, 2^-126
	sub := math.Float32frombits(0x007fffff)  // the largest subnormal
	max7 := math.Float32frombits(0x7f7f0000) // the largest bfloat16
	minusZero := float32(math.Copysign(0, -1))

	for _, c := range []struct {
		why        string
		a, b, want float32
	}{
		{"plain", 1.5, 2.5, 3.75},
		{"sign", -1.5, 2.5, -3.75},
		{"both signs", -1.5, -2.5, 3.75},
		{"carry", 1.5, 1.5, 2.25},
		{"NaN", nan, 1, nan},
		{"NaN × 0", nan, 0, nan},
		{"NaN × Inf", nan, inf, nan},
		{"Inf × 0", inf, 0, nan},
		{"-Inf × -0", -inf, minusZero, nan},
		{"Inf × subnormal", inf, sub, nan},
		{"Inf × -2", inf, -2, -inf},
		{"Inf × tiny", inf, tiny, inf},
		{"Inf × -Inf", inf, -inf, -inf},
		{"a peer returns 1.758", 0, 3e38, 0},
		{"a peer returns -0.77", 3e38, 3e38, inf},
		{"overflow keeps the sign", -3e38, 3e38, -inf},
		{"0 × 0", 0, 0, 0},
		{"no -0", minusZero, 1, 0},
		{"no -0", -1, 0, 0},
		{"no -0 by underflow", -1e-30, 1e-30, 0},
		{"subnormals are zero", sub, 3e38, 0},
		{"E = 254", 0x1p127, 1.5, 0x1.8p127},
		{"E = 255", 0x1p127, 2, inf},
		{"E = 255 by carry only", 0x1.8p127, 1.5, inf},
		{"E = 254 by carry", 0x1.8p126, 1.5, 0x1.2p127},
		{"max × 1", max7, 1, max7},
		{"E = 1", tiny, 1, tiny},
		{"E = 0", tiny, 0.5, 0},
		{"E = 0, carry makes it 1", tiny * 1.5, 0.75, 0x1.2p-126},
		{"E = 0 and no carry, though 2^-126 would be nearest", tiny * 1.98, 0.5, 0},
		{"E = -1 and a carry", tiny * 1.5, 0.375, 0},
	} {
		want := math.Float32bits(c.want)
		for name, tab := range map[string]*Table{"m=7": exactMantissa(t, 7, 7), "m=7 p=15": exactMantissa(t, 7, 15)} {
			assert.Equal(t, want, math.Float32bits(tab.MulFloat32(c.a, c.b)), "%s: %s: %g × %g", name, c.why, c.a, c.b)
			assert.Equal(t, want, math.Float32bits(tab.MulFloat32(c.b, c.a)), "%s: %s: %g × %g", name, c.why, c.b, c.a)
		}
	}
	assert.Panics(t, func() { exactInt(t, UintFormat(4, 4)).MulFloat32(1, 1) })
}

func TestOperandAIsTheRow(t *testing.T) {
	tab := fill(t, "first", FloatFormat(7, 7), func(a, b uint32) uint32 { return a })
	assert.Equal(t, float32(1.25), tab.MulFloat32(1.25, 1.75))
	assert.Equal(t, float32(1.75), tab.MulFloat32(1.75, 1.25))
}

func TestRoundOperand(t *testing.T) {
	for _, c := range []struct {
		why            string
		in, trunc, rne uint32
	}{
		{"representable", 0x3fa00000, 0x3fa00000, 0x3fa00000},
		{"below half", 0x3f807fff, 0x3f800000, 0x3f800000},
		{"half, even below", 0x3f808000, 0x3f800000, 0x3f800000},
		{"half, odd below", 0x3f818000, 0x3f810000, 0x3f820000},
		{"above half", 0x3f808001, 0x3f800000, 0x3f810000},
		{"carry into the exponent", 0x3fffffff, 0x3fff0000, 0x40000000},
		{"negative", 0xbfffffff, 0xbfff0000, 0xc0000000},
		{"largest finite to infinity", 0x7f7fffff, 0x7f7f0000, 0x7f800000},
		{"just not to infinity", 0x7f7f7fff, 0x7f7f0000, 0x7f7f0000},
		{"infinity", 0xff800000, 0xff800000, 0xff800000},
		{"NaN with low bits only", 0x7f800001, quietNaN, quietNaN},
		{"negative NaN", 0xffffffff, quietNaN, quietNaN},
		{"largest subnormal to the smallest normal", 0x007fffff, 0x007f0000, 0x00800000},
		{"minus zero", 0x80000000, 0x80000000, 0x80000000},
	} {
		assert.Equal(t, c.trunc, RoundOperand(c.in, 7, Truncate), c.why)
		assert.Equal(t, c.rne, RoundOperand(c.in, 7, NearestEven), c.why)
	}
	assert.EqualValues(t, 0x3f812345, RoundOperand(0x3f812345, 23, NearestEven))

	tab := exactMantissa(t, 7, 7)
	tab.Rounding = NearestEven
	assert.Equal(t, inf, tab.MulFloat32(math.MaxFloat32, 0.5), "the operand itself rounds to infinity")
	assert.EqualValues(t, quietNaN, math.Float32bits(tab.MulFloat32(math.MaxFloat32, 0)))
}

// Rounding against arithmetic: scale so that the wanted bits are an integer,
// and let math round it.
func TestRoundOperandAgainstMath(t *testing.T) {
	r, n := rand.New(rand.NewPCG(2, 3)), 0
	for range 20000 {
		x := math.Float32frombits(r.Uint32()&^(0xff<<23) | (1+r.Uint32N(253))<<23) // rounds to a finite number
		for _, m := range []int{1, 4, 7, 11, 22} {
			frac, exp := math.Frexp(float64(x))
			scaled := math.Ldexp(frac, m+1)
			require.Equal(t, float32(math.Ldexp(math.Trunc(scaled), exp-m-1)), round(x, m, Truncate))
			require.Equal(t, float32(math.Ldexp(math.RoundToEven(scaled), exp-m-1)), round(x, m, NearestEven))
			n++
		}
	}
	assert.Equal(t, 100000, n)
}

func round(x float32, m int, r Rounding) float32 {
	return math.Float32frombits(RoundOperand(math.Float32bits(x), m, r))
}

// oracle is steps 2 to 6 for an exact multiplier, by float64 arithmetic: the
// product of two narrow numbers is exact there, and truncating it to p bits
// clears low bits.
func oracle(a, b float32, p int) uint32 {
	flush := func(x float32) float64 {
		if math.Abs(float64(x)) < 0x1p-126 {
			return 0
		}
		return float64(x)
	}
	q := flush(a) * flush(b)
	bits := math.Float64bits(q) >> (52 - p) << (52 - p)
	switch v := math.Float64frombits(bits); {
	case math.IsNaN(q):
		return quietNaN
	case math.Abs(v) >= 0x1p128:
		return math.Float32bits(float32(math.Copysign(math.Inf(1), v)))
	case math.Abs(v) < 0x1p-126:
		return 0
	default:
		return math.Float32bits(float32(v))
	}
}

// All pairs of small formats, every sign, exponent and special value included.
func TestMulNarrowEveryPair(t *testing.T) {
	for _, f := range []Format{FloatFormat(1, 1), FloatFormat(2, 2), FloatFormat(1, 3)} {
		t.Run(f.String(), func(t *testing.T) {
			m, p := f.A, f.P
			tab, n := exactMantissa(t, m, p), 0
			for a := range uint32(1) << (9 + m) {
				x := math.Float32frombits(a << (23 - m))
				for b := range uint32(1) << (9 + m) {
					want := oracle(x, math.Float32frombits(b<<(23-m)), p) >> (23 - p)
					if got := tab.MulNarrow(a, b); got != want {
						t.Fatalf("%#x × %#x = %#x, expected %#x", a, b, got, want)
					}
					n++
				}
			}
			assert.Equal(t, 1<<(2*(9+m)), n)
		})
	}
	assert.Panics(t, func() { exactMantissa(t, 2, 2).MulNarrow(1<<11, 0) })
}

// With all 2m + 1 product bits kept, the product of narrow operands is the
// native one wherever that is neither subnormal nor a zero by underflow.
func TestFullProductIsNative(t *testing.T) {
	for _, m := range []int{3, 7, 11} {
		tab := exactMantissa(t, m, 2*m+1)
		for _, rounding := range []Rounding{Truncate, NearestEven} {
			tab.Rounding = rounding
			r, n, normal := rand.New(rand.NewPCG(4, uint64(m))), 0, 0
			for range 200000 {
				a, b := math.Float32frombits(r.Uint32()), math.Float32frombits(r.Uint32())
				x, y := round(a, m, rounding), round(b, m, rounding)
				got := math.Float32bits(tab.MulFloat32(a, b))
				require.Equal(t, oracle(x, y, 23), got, "%g × %g", a, b)
				if q := x * y; isNormal(x) && isNormal(y) && isNormal(q) {
					require.Equal(t, math.Float32bits(q), got)
					normal++
				}
				n++
			}
			assert.Equal(t, 200000, n)
			assert.Greater(t, normal, 100000)
		}
	}
}

func isNormal(x float32) bool {
	return math.Abs(float64(x)) >= 0x1p-126 && math.Abs(float64(x)) < 0x1p128
}

func TestPredictRowEveryPair(t *testing.T) {
	for _, f := range []Format{FloatFormat(1, 1), FloatFormat(2, 2), FloatFormat(1, 9)} {
		tab, n := scrambled(t, f), 0
		for a := range uint32(1) << (9 + f.A) {
			n += checkRow(t, tab, a)
		}
		assert.Equal(t, 1<<(2*(9+f.A)), n)
	}
}

func TestPredictRowManyRows(t *testing.T) {
	for _, f := range []Format{FloatFormat(7, 7), FloatFormat(5, 7), FloatFormat(7, 15), FloatFormat(11, 23)} {
		tab, rows, n := scrambled(t, f), 0, 0
		for ea := range uint32(256) {
			if ea > 2 && ea < 250 && ea%16 != 1 {
				continue
			}
			frac := ea * 37 & (1<<f.A - 1)
			n += checkRow(t, tab, ea<<f.A|frac)
			n += checkRow(t, tab, 1<<(8+f.A)|ea<<f.A)
			rows += 2
		}
		assert.Equal(t, rows<<(9+f.A), n)
		assert.Greater(t, rows, 40)
	}
	tab := scrambled(t, FloatFormat(7, 7))
	assert.Panics(t, func() { tab.PredictRow16(0, make([]uint16, 100)) })
	assert.Panics(t, func() { tab.PredictRow16(1<<16, make([]uint16, 1<<16)) })
	assert.Panics(t, func() { scrambled(t, FloatFormat(7, 8)).PredictRow16(0, make([]uint16, 1<<16)) })
}

// checkRow compares one predicted row with MulNarrow and returns its length.
func checkRow(t *testing.T, tab *Table, a uint32) int {
	n := 1 << (9 + tab.Format.A)
	wide := make([]uint32, n)
	tab.PredictRow32(a, wide)
	for b, got := range wide {
		if want := tab.MulNarrow(a, uint32(b)); got != want {
			t.Fatalf("%v: %#x × %#x = %#x, expected %#x", tab.Format, a, b, got, want)
		}
	}
	if tab.Format.P <= 7 {
		narrow := make([]uint16, n)
		tab.PredictRow16(a, narrow)
		for b, got := range narrow {
			if uint32(got) != wide[b] {
				t.Fatalf("%v: %#x × %#x = %#x, expected %#x", tab.Format, a, b, got, wide[b])
			}
		}
	}
	return n
}

func BenchmarkPredictRow16(b *testing.B) {
	for _, a := range []uint32{127 << 7, 64 << 7, 200<<7 | 3} {
		b.Run(fmt.Sprintf("e8m7/a=%#x", a), func(b *testing.B) {
			tab, dst := mitchellMantissa(b, 7), make([]uint16, 1<<16)
			for b.Loop() {
				tab.PredictRow16(a, dst)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1<<16), "ns/product")
		})
	}
}

// A sweep of every operand a: the mean over the 2^32 pairs of a format.
func BenchmarkPredictAllRows(b *testing.B) {
	tab, dst := mitchellMantissa(b, 7), make([]uint16, 1<<16)
	a := uint32(0)
	for b.Loop() {
		tab.PredictRow16(a&0xffff, dst)
		a += 0x9e37
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1<<16), "ns/product")
}

func BenchmarkMulBits(b *testing.B) {
	tab := mitchellMantissa(b, 7)
	x := uint32(0x3f812345)
	for b.Loop() {
		x = tab.MulBits(x, 0x3f7e0000) | 0x3f800000
	}
}
