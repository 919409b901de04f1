package lut

import (
	"bytes"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parse(t testing.TB, name string) Format {
	t.Helper()
	f, err := ParseFormat(name)
	require.NoError(t, err)
	require.Equal(t, name, f.String())
	return f
}

func TestFloatNames(t *testing.T) {
	seen := map[Format]string{}
	for _, name := range []string{"e8m7", "e8m7p15", "e5m10", "e5m10p21", "e4m3", "e4m3fn", "e4m3fn-saturate", "e4m3b11",
		"e4m3b11fn", "e5m2-ieee", "e5m10-ieee-rne", "e5m10-ieee-rne-saturate", "e3m4-ieee", "e6m9", "e8m0", "e5m0", "e2m1",
		"e8m7-ieee", "e8m7-saturate", "e5m0p2", "e7m11p23b60-ieee-saturate"} {
		f := parse(t, name)
		assert.Empty(t, seen[f])
		seen[f] = name
		if f.A > 7 {
			continue // these tables are large
		}
		tab := scrambled(t, f)
		tab.Name = "x"
		var b strings.Builder
		require.NoError(t, WriteCHeader(&b, tab))
		again, err := ReadCHeader(strings.NewReader(b.String()), f, "x")
		require.NoError(t, err)
		assert.Equal(t, tab.Digest(), again.Digest())
		var file bytes.Buffer
		_, err = tab.WriteTo(&file)
		require.NoError(t, err)
		read, err := Read(&file)
		require.NoError(t, err)
		assert.Equal(t, tab, read)
	}
	usual, err := ParseFormat("e5m10b15")
	require.NoError(t, err)
	assert.Equal(t, parse(t, "e5m10"), usual, "the usual bias")
	assert.Equal(t, FloatFormat(7, 7), parse(t, "e8m7"))
	for name, text := range map[string]string{
		"e1m3": "no number format", "e9m3": "no number format", "e5m12": "0 to 11 mantissa bits", "e5m10p24": "1 to 23 fraction bits",
		"e5m10p0": "1 to 23 fraction bits", "e5m10b0": "no number format", "e5m10b30": "expected 1 to 29", "e8m7fn": "beyond 2^128",
		"e8m7b126": "beyond 2^128", "e8m7b128": "2^-127", "e5m0fn": "without fn", "e2m1b2": "expected 1 to 1",
		"e4m3-saturate-ieee": "no number format", "e4m3-rne": "no number format", "u8-ieee": "no number format",
	} {
		_, err := ParseFormat(name)
		assert.ErrorContains(t, err, text, name)
	}
	for _, f := range []Format{{Kind: Mantissa, A: 3, B: 3, P: 3, Float: Float{Exponent: 8}}, {Kind: Mantissa, A: 3, B: 3, P: 3,
		Float: Float{Exponent: 5, Bias: 15}}, {Kind: Unsigned, A: 3, B: 3, P: 6, Float: Float{Exponent: 5}},
		{Kind: Mantissa, A: 3, B: 3, P: 3, Float: Float{Subnormals: 3}}} {
		assert.Error(t, f.Validate(), "%#v", f)
	}
}

// numbers are all finite magnitudes of a format with n fraction bits, ascending, and their codes, by
// the definition of the coding: normal ones are 2^(E − bias) · (1 + frac / 2^n).
type numbers struct {
	values []float64
	codes  []uint32
	beyond float64 // where the next number would be
	f      Format
	n      int
}

func numbersOf(f Format, n int) numbers {
	x := f.Float.Exponent
	if x == 0 {
		x = 8
	}
	bias := f.Float.Bias
	if bias == 0 {
		bias = 1<<(x-1) - 1
	}
	ns := numbers{values: []float64{0}, codes: []uint32{0}, f: f, n: n}
	for e := range 1 << x {
		for frac := range 1 << n {
			value := math.Ldexp(1+float64(frac)/float64(int(1)<<n), e-bias)
			special := e == 1<<x-1 && !f.Float.Finite || e == 1<<x-1 && frac == 1<<n-1
			if e == 0 {
				value = math.Ldexp(float64(frac)/float64(int(1)<<n), 1-bias)
				special = frac == 0 || f.Float.Subnormals == Flush
			} else if special && ns.beyond == 0 {
				ns.beyond = value
			}
			if !special {
				ns.values, ns.codes = append(ns.values, value), append(ns.codes, uint32(e<<n|frac))
			}
		}
	}
	return ns
}

// round returns the code of magnitude of x ≥ 0 by searching the numbers. Subnormals that are flushed
// are flushed after rounding to the bits of a fraction.
func (ns numbers) round(x float64, nearest bool) uint32 {
	switch {
	case math.IsInf(x, 1) && ns.f.Float.Saturate:
		return ns.codes[len(ns.codes)-1]
	case math.IsInf(x, 1):
		return ns.f.infiniteCode(ns.n)
	}
	if least := ns.values[1]; x < least && ns.f.Float.Subnormals == Flush {
		if x = significant(x, ns.n, nearest); x < least {
			return 0
		}
	}
	i := sort.Search(len(ns.values), func(i int) bool { return ns.values[i] > x }) // the first above x
	above, overflow := ns.beyond, i == len(ns.values)
	if !overflow {
		above = ns.values[i]
	}
	below := ns.values[i-1]
	up := x >= above
	if nearest && x > below && !up {
		// With one digit of precision both neighbours are odd: IEEE 754 takes the larger one then, unless the other is 0.
		up = x-below > above-x || x-below == above-x && (ns.codes[i-1]&1 == 1 || ns.n == 0 && below > 0)
	}
	switch {
	case !up:
		return ns.codes[i-1]
	case !overflow:
		return ns.codes[i]
	case ns.f.Float.Saturate:
		return ns.codes[len(ns.codes)-1]
	}
	return ns.f.infiniteCode(ns.n)
}

// significant rounds x > 0 to so many fraction bits, with any exponent.
func significant(x float64, bits int, nearest bool) float64 {
	frac, exp := math.Frexp(x)
	scaled := math.Ldexp(frac, bits+1)
	if nearest {
		return math.Ldexp(math.RoundToEven(scaled), exp-bits-1)
	}
	return math.Ldexp(math.Trunc(scaled), exp-bits-1)
}

// value is what an operand's code stands for.
func value(f Format, code uint32) float64 {
	ns := numbersOf(f, f.A)
	top := uint32(1) << (f.Float.bits() + f.A)
	magnitude, sign := code&(top-1), 1.0
	if code >= top {
		sign = -1
	}
	for i, c := range ns.codes {
		if c == magnitude {
			return math.Copysign(ns.values[i], sign)
		}
	}
	x := f.Float.bits()
	switch exp, frac := magnitude>>f.A, magnitude&(1<<f.A-1); {
	case exp == 0: // flushed
		return math.Copysign(0, sign)
	case exp == 1<<x-1 && frac == 0 && f.A > 0 && !f.Float.Finite:
		return math.Inf(int(sign))
	}
	return math.NaN()
}

var smallFormats = []string{"e4m3", "e4m3fn", "e4m3fn-saturate", "e4m3fn-ieee", "e5m2", "e5m2-ieee-saturate", "e3m4-ieee",
	"e3m4-ieee-rne", "e2m5-ieee", "e2m1fn-ieee", "e2m2fn", "e4m3b11fn-ieee", "e4m3b3-ieee", "e4m3p6-ieee", "e4m3p2-ieee-rne", "e5m0",
	"e5m0-ieee", "e6m1p4-ieee-rne", "e2m3p1fn"}

// Every pair of codes of formats of up to 8 bits, against a search among all numbers.
func TestCodesEveryPair(t *testing.T) {
	for _, name := range smallFormats {
		f := parse(t, name)
		tab := truncated(t, f)
		n := f.FloatExtra() + f.A
		products := numbersOf(f, f.P)
		values := make([]float64, 1<<n)
		for c := range values {
			values[c] = value(f, uint32(c))
			bits := math.Float32bits(float32(values[c]))
			if values[c] != values[c] {
				bits = quietNaN
			}
			require.Equal(t, bits, f.DecodeOperand(uint32(c)), "%s %#x", name, c)
			if back := f.EncodeOperand(bits, NearestEven); values[c] == values[c] && (values[c] != 0 || c<<1>>n == 0) &&
				!(math.IsInf(values[c], 0) && f.Float.Saturate) {
				want := uint32(c)
				if values[c] == 0 {
					want = uint32(c) >> (n - 1) << (n - 1)
				}
				require.Equal(t, want, back, "%s %#x", name, c)
			}
		}
		row := make([]uint32, 1<<n)
		compared, subnormal, special := 0, 0, 0
		for a, x := range values {
			tab.PredictRow32(uint32(a), row)
			for b, y := range values {
				var want uint32
				switch q := x * y; {
				case q != q:
					want = f.nanCode(f.P)
				case math.IsInf(q, 0):
					want = f.infiniteCode(f.P)
				case q != 0:
					// The entry is truncated; a subnormal result is rounded once more.
					want = products.round(significant(math.Abs(q), f.P, false), f.Float.Subnormals == GradualNearest)
				}
				if want != 0 && want != f.nanCode(f.P) && math.Signbit(x) != math.Signbit(y) {
					want |= 1 << (f.Float.bits() + f.P)
				}
				if got := tab.MulNarrow(uint32(a), uint32(b)); got != want || row[b] != want {
					t.Fatalf("%s: %#x × %#x (%g × %g) = %#x, row %#x, expected %#x", name, a, b, x, y, got, row[b], want)
				}
				if exp := want >> f.P & (1<<f.Float.bits() - 1); exp == 0 && want != 0 {
					subnormal++
				} else if exp == 1<<f.Float.bits()-1 {
					special++
				}
				compared++
			}
		}
		assert.Equal(t, 1<<(2*n), compared)
		assert.Equal(t, f.Float.Subnormals != Flush && f.P > 0, subnormal > 0, name)
		assert.Positive(t, special, name)
	}
}

// truncated is the exact multiplier, truncated to P bits, of any format.
func truncated(t testing.TB, f Format) *Table {
	return fill(t, "exact", f, func(x, y uint32) uint32 {
		q := (1 + float64(x)/float64(f.Rows())) * (1 + float64(y)/float64(f.Cols()))
		carry := uint32(0)
		if q >= 2 {
			q, carry = q/2, 1
		}
		return carry<<f.P | uint32((q-1)*float64(int(1)<<f.P))
	})
}

// Operands: numbers around every boundary between two numbers of a format, and random ones.
func TestEncodeOperand(t *testing.T) {
	names := append([]string{"e5m10", "e5m10-ieee", "e5m10-saturate", "e8m7-ieee", "e8m11-ieee", "e8m0", "e7m3-ieee"}, smallFormats...)
	r := rand.New(rand.NewPCG(7, 8))
	for _, name := range names {
		f := parse(t, name)
		ns := numbersOf(f, f.A)
		var inputs []uint32
		add := func(v float64) {
			bits := math.Float32bits(float32(v))
			for d := range uint32(5) {
				inputs = append(inputs, bits+d-2, (bits+d-2)|signBit)
			}
		}
		for i, v := range ns.values[:min(len(ns.values), 3000)] {
			add(v)
			if i > 0 {
				add((v + ns.values[i-1]) / 2)
			}
		}
		for _, v := range ns.values[len(ns.values)-3:] {
			add(v)
			add((v + ns.beyond) / 2)
		}
		for _, v := range []float64{ns.beyond, ns.values[1], ns.values[1] * (1 - math.Pow(2, -float64(f.A)-2)), 1, 0x1p-149, math.MaxFloat32} {
			add(v)
		}
		for range 20000 {
			inputs = append(inputs, r.Uint32())
		}
		inputs = append(inputs, 0, signBit, infinity, infinity|signBit, quietNaN, infinity+1, 1, 1<<23-1)
		for _, rounding := range []Rounding{Truncate, NearestEven} {
			for _, bits := range inputs {
				x := float64(math.Float32frombits(bits))
				want := f.nanCode(f.A)
				if x == x {
					want = ns.round(math.Abs(x), rounding == NearestEven)
					if want != f.nanCode(f.A) {
						want |= bits >> 31 << (f.Float.bits() + f.A)
					}
				}
				if got := f.EncodeOperand(bits, rounding); got != want {
					t.Fatalf("%s %v: %g (%#x) = %#x, expected %#x", name, rounding, x, bits, got, want)
				}
			}
		}
	}
}

// The rules of e8mY are AMSim's, whatever way they are computed.
func TestCodesAreAMSim(t *testing.T) {
	for _, f := range []Format{FloatFormat(1, 1), FloatFormat(2, 2), FloatFormat(1, 3)} {
		tab := scrambled(t, f)
		for a := range uint32(1) << (9 + f.A) {
			for b := range uint32(1) << (9 + f.A) {
				if got, want := f.MultiplyCodes(a, b, tab.At), tab.MulNarrow(a, b); got != want {
					t.Fatalf("%v: %#x × %#x = %#x, expected %#x", f, a, b, got, want)
				}
			}
		}
	}
}

// The figures of OCP's E4M3 and E5M2 (OFP8, revision 1.0, table 1) and of IEEE's binary16.
func TestPublishedNumbers(t *testing.T) {
	for _, c := range []struct {
		name                   string
		largest, normal, least float64
	}{
		{"e4m3fn-ieee", 448, 0x1p-6, 0x1p-9}, {"e5m2-ieee", 57344, 0x1p-14, 0x1p-16}, {"e5m10-ieee", 65504, 0x1p-14, 0x1p-24},
		{"e2m1fn-ieee", 4, 1, 0.5}, {"e8m7-ieee", 0x1.fep127, 0x1p-126, 0x1p-133},
	} {
		f := parse(t, c.name)
		ns := numbersOf(f, f.A)
		assert.Equal(t, c.largest, ns.values[len(ns.values)-1], c.name)
		assert.Equal(t, c.least, ns.values[1], c.name)
		assert.Equal(t, c.normal, float64(math.Float32frombits(f.DecodeOperand(1<<f.A))), c.name)
		assert.Equal(t, float32(c.largest), math.Float32frombits(f.DecodeOperand(f.largestCode(f.A))), c.name)
	}
	e4m3 := parse(t, "e4m3fn")
	assert.EqualValues(t, 0x7f, e4m3.nanCode(3))
	assert.EqualValues(t, 0x7e, e4m3.EncodeOperand(math.Float32bits(464), NearestEven), "a tie, the even one")
	assert.EqualValues(t, 0x7f, e4m3.EncodeOperand(math.Float32bits(465), NearestEven))
}
