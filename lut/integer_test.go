package lut

import (
	"bytes"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// partFormats have operands of mixed signs, or a part of the product.
var partFormats = []Format{
	{Kind: SignedByUnsigned, A: 4, B: 4, P: 8}, {Kind: UnsignedBySigned, A: 3, B: 5, P: 8}, {Kind: SignedByUnsigned, A: 5, B: 2, P: 12},
	{Kind: Unsigned, A: 4, B: 4, P: 4, Part: Part{Modulo: true}}, {Kind: Unsigned, A: 4, B: 4, P: 4, Part: Part{LSB: 4}},
	{Kind: Signed, A: 4, B: 4, P: 4, Part: Part{LSB: 3}}, {Kind: Signed, A: 4, B: 4, P: 4, Part: Part{LSB: 3, Modulo: true}},
	{Kind: Signed, A: 4, B: 3, P: 3, Part: Part{LSB: 2, Modulo: true}}, {Kind: Unsigned, A: 4, B: 3, P: 3, Part: Part{LSB: 2, Modulo: true}},
	{Kind: UnsignedBySigned, A: 4, B: 4, P: 5, Part: Part{LSB: 2, Modulo: true}},
}

func TestIntegerNames(t *testing.T) {
	for name, f := range map[string]Format{
		"u8": UintFormat(8, 8), "s8": SintFormat(8, 8), "u8x6": UintFormat(8, 6), "s4x8p9": {Kind: Signed, A: 4, B: 8, P: 9},
		"s8xu8":       {Kind: SignedByUnsigned, A: 8, B: 8, P: 16},
		"u4xs8":       {Kind: UnsignedBySigned, A: 4, B: 8, P: 12},
		"u8p8mod":     {Kind: Unsigned, A: 8, B: 8, P: 8, Part: Part{Modulo: true}},
		"u8p8lsb8":    {Kind: Unsigned, A: 8, B: 8, P: 8, Part: Part{LSB: 8}},
		"s8p8lsb7mod": {Kind: Signed, A: 8, B: 8, P: 8, Part: Part{LSB: 7, Modulo: true}},
		"s8xu8p8lsb8": {Kind: SignedByUnsigned, A: 8, B: 8, P: 8, Part: Part{LSB: 8}},
		"u8x6p4lsb10": {Kind: Unsigned, A: 8, B: 6, P: 4, Part: Part{LSB: 10}},
	} {
		assert.Equal(t, name, f.String())
		g, err := ParseFormat(name)
		require.NoError(t, err, name)
		assert.Equal(t, f, g, name)
		assert.Equal(t, f.Kind == SignedByUnsigned || f.Kind == UnsignedBySigned, f.Kind.Mixed())
		k, ok := f.Kind.Ports().Integer()
		assert.True(t, ok)
		assert.Equal(t, f.Kind, k)
	}
	for _, bad := range []string{"s8xt8", "u8mod", "u8p16mod", "u8p8lsb8mod", "u8p8lsb16", "u12p24lsb1", "u8lsb", "s8xu13", "e8m7lsb1", "u8p0lsb8"} {
		_, err := ParseFormat(bad)
		assert.Error(t, err, bad)
	}
	_, ok := FloatPorts.Integer()
	assert.False(t, ok)
	assert.Error(t, Format{Kind: Mantissa, A: 7, B: 7, P: 7, Part: Part{LSB: 1}}.Validate())
}

// The part of a port: bits that are missing at the top are dropped, but for the one that both signs leave.
func TestPartOf(t *testing.T) {
	for _, c := range []struct {
		kind   Kind
		p, lsb int
		want   string
	}{
		{Unsigned, 8, 0, "u8p8mod"}, {Unsigned, 8, 8, "u8p8lsb8"}, {Unsigned, 8, 7, "u8p8lsb7mod"}, {Unsigned, 16, 0, "u8"},
		{Signed, 8, 7, "s8p8lsb7"}, {Signed, 8, 6, "s8p8lsb6mod"}, {Signed, 15, 0, "s8p15"}, {Signed, 8, 8, "s8p8lsb8"},
		{SignedByUnsigned, 8, 7, "s8xu8p8lsb7mod"}, {Signed, 16, 4, "s8lsb4"},
	} {
		f := Format{Kind: c.kind, A: 8, B: 8, P: c.p}
		f.Part = f.PartOf(c.lsb)
		assert.Equal(t, c.want, f.String())
		assert.NoError(t, f.Validate())
	}
}

// number is the value of bits by the definition of two's complement.
func number(v uint32, bits int, signed bool) int64 {
	n := int64(v)
	if signed && v>>(bits-1) == 1 {
		n -= 1 << bits
	}
	return n
}

// Figures of products of every sort, once more from their definitions, with rational numbers and without shifts.
func TestMeasureParts(t *testing.T) {
	for _, f := range partFormats {
		tab := scrambled(t, f)
		sa := f.Kind == Signed || f.Kind == SignedByUnsigned
		sb := f.Kind == Signed || f.Kind == UnsignedBySigned
		unit := big.NewRat(1<<f.Part.LSB, 1)
		var mae, mred, bias, worst, largest big.Rat
		rel, wrong := 0, 0
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				exact := number(a, f.A, sa) * number(b, f.B, sb)
				got := number(tab.At(a, b), f.P, sa || sb) * (1 << f.Part.LSB)
				d := got - exact
				if f.Part.Modulo {
					n := int64(1) << (f.P + f.Part.LSB)
					for k := int64(-1 << 12); k < 1<<12; k++ { // the number of the class nearest to 0, the negative one of two
						if x := got - exact + k*n; x >= -n/2 && x < n/2 {
							d = x
						}
						if x := exact + k*n; (sa || sb) && x >= -n/2 && x < n/2 || !(sa || sb) && x >= 0 && x < n {
							exact, got = x, got+k*n
							k = 1 << 12
						}
					}
					d = got - exact
					for d >= n/2 {
						d -= n
					}
					for d < -n/2 {
						d += n
					}
				}
				ed := new(big.Rat).Quo(big.NewRat(max(d, -d), 1), unit)
				mae.Add(&mae, ed)
				if ed.Cmp(&worst) > 0 {
					worst.Set(ed)
				}
				if d != 0 {
					wrong++
				}
				if l := new(big.Rat).Quo(big.NewRat(max(exact, -exact), 1), unit); l.Cmp(&largest) > 0 {
					largest.Set(l)
				}
				if exact != 0 {
					rel++
					mred.Add(&mred, big.NewRat(max(d, -d), max(exact, -exact)))
					bias.Add(&bias, big.NewRat(d, exact))
				}
			}
		}
		m := Measure(tab)
		float := func(r *big.Rat, n int) float64 {
			v, _ := new(big.Rat).Quo(r, big.NewRat(int64(n), 1)).Float64()
			return v
		}
		name := f.String() + " "
		assert.Equal(t, wrong, m.Wrong, name)
		assert.Equal(t, rel, m.RelPairs, name)
		within(t, float(&mae, f.Pairs()), m.MAE, 0, name+"MAE")
		within(t, float(&worst, 1), m.WCE, 0, name+"WCE")
		within(t, float(&mred, rel), m.MRED, 1e-14*m.MRED, name+"MRED")
		within(t, float(&bias, rel), m.Bias, 1e-13*m.MRED, name+"bias")
		if !f.Part.Modulo { // the largest number of a part need not be that of any pair
			l, _ := largest.Float64()
			within(t, m.MAE/l, m.NMED, 1e-15, name+"NMED")
		}
		if f.Kind.Mixed() {
			assert.False(t, m.Commutes, name)
			assert.Nil(t, m.CounterExample, name)
		}
	}
}

// By hand, for 8 × 8 bits.
func TestMeasurePartsByHand(t *testing.T) {
	low := fill(t, "low", Format{Kind: Unsigned, A: 8, B: 8, P: 8, Part: Part{Modulo: true}}, func(a, b uint32) uint32 { return a * b & 255 })
	assert.Zero(t, Measure(low).Wrong)
	low.Set(2, 128, 255) // 256 mod 256 is 0, of which 255 is one off
	m := Measure(low)
	assert.Equal(t, []float64{1, 1. / 65536, 1}, []float64{m.WCE, m.MAE, float64(m.WrongZero)})

	high := fill(t, "high", Format{Kind: Unsigned, A: 8, B: 8, P: 8, Part: Part{LSB: 8}}, func(a, b uint32) uint32 { return a * b >> 8 })
	m = Measure(high)
	assert.Equal(t, 255./256, m.WCE)
	assert.Less(t, m.MAE, 0.5)
	assert.Greater(t, m.MAE, 0.4)

	mixed := fill(t, "mixed", Format{Kind: SignedByUnsigned, A: 8, B: 8, P: 16}, func(a, b uint32) uint32 { return uint32(int32(int8(a))*int32(b)) & 0xffff })
	assert.Equal(t, uint32(0xff01), mixed.At(0xff, 0xff))
	assert.Equal(t, int64(-255), mixed.Int(0xff, 0xff))
	assert.Zero(t, Measure(mixed).Wrong)
	assert.NotZero(t, Measure(mixed.Transposed().Transposed()).Pairs)
	assert.Zero(t, Measure(mixed.Transposed()).Wrong)
	assert.Equal(t, "u8xs8", mixed.Transposed().Format.String())

	plain := fill(t, "plain", UintFormat(8, 8), mixed.At)
	k, figures, ok := Misread(plain, Measure(plain))
	assert.True(t, ok)
	assert.Equal(t, SignedByUnsigned, k)
	assert.Zero(t, figures.MRED)
}

// Files of the new formats have a version that older programs refuse; all others keep theirs.
func TestFileVersions(t *testing.T) {
	for _, f := range append(partFormats, UintFormat(4, 4), FloatFormat(3, 3)) {
		tab := scrambled(t, f)
		var buf bytes.Buffer
		_, err := tab.WriteTo(&buf)
		require.NoError(t, err)
		want := byte(2)
		if f.Kind.Mixed() || f.Part != (Part{}) {
			want = 3
		}
		assert.Equal(t, want, buf.Bytes()[8], "%v", f)
		again, err := Read(&buf)
		require.NoError(t, err)
		assert.Equal(t, tab.Digest(), again.Digest())
		assert.Equal(t, f, again.Format)
	}
}

// Numbers in CSV are those of each side.
func TestCSVOfMixedSigns(t *testing.T) {
	f := Format{Kind: SignedByUnsigned, A: 2, B: 2, P: 4}
	tab := fill(t, "mixed", f, func(a, b uint32) uint32 { return uint32(number(a, 2, true)*int64(b)) & 15 })
	var b strings.Builder
	require.NoError(t, WriteCSV(&b, tab))
	assert.Contains(t, b.String(), "\n-2,3,-6\n")
	_, err := ReadCSV(strings.NewReader(strings.Replace(b.String(), "-1,3,", "3,-1,", 1)), f, "mixed")
	assert.ErrorContains(t, err, "a = 3 is out of the range of 2 bits")
}

func TestNumberPanics(t *testing.T) {
	assert.Panics(t, func() { SignedByUnsigned.Number(1, 8) })
	assert.Equal(t, math.MaxUint32, int(Unsigned.Number(math.MaxUint32, 32)))
}
