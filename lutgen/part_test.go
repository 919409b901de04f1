package lutgen_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

func s8(x uint32) int32 { return int32(int8(x)) }

// A sample tells which bits of the product a port has, where one reading fits and the others do not.
func TestReadPart(t *testing.T) {
	unsigned := []cosim.Kind{cosim.Unsigned, cosim.Signed}
	signed := []cosim.Kind{cosim.Signed}
	for name, c := range map[string]struct {
		bits    int
		kinds   []cosim.Kind
		product func(a, b uint32) uint32
		want    string // the format, empty: none fits
	}{
		"low":                          {8, unsigned, func(a, b uint32) uint32 { return a * b }, "u8p8mod"},
		"low, coarse":                  {8, unsigned, func(a, b uint32) uint32 { return a * b &^ 7 }, "u8p8mod"},
		"low, signed":                  {8, signed, func(a, b uint32) uint32 { return uint32(s8(a) * s8(b)) }, "s8p8mod"},
		"high":                         {8, unsigned, func(a, b uint32) uint32 { return a * b >> 8 }, "u8p8lsb8"},
		"high, rounded":                {8, unsigned, func(a, b uint32) uint32 { return (a*b + 128) >> 8 }, "u8p8lsb8"},
		"high, truncated":              {8, unsigned, func(a, b uint32) uint32 { return (a &^ 7) * (b &^ 7) >> 8 }, "u8p8lsb8"},
		"high, signed":                 {8, unsigned, func(a, b uint32) uint32 { return uint32(s8(a) * s8(b) >> 8) }, "s8p8lsb8"},
		"Q1.7":                         {8, signed, func(a, b uint32) uint32 { return uint32(s8(a) * s8(b) >> 7) }, "s8p8lsb7"},
		"Q1.7 saturating":              {8, signed, func(a, b uint32) uint32 { return uint32(min(127, s8(a)*s8(b)>>7)) }, "s8p8lsb7"},
		"middle":                       {8, unsigned, func(a, b uint32) uint32 { return a * b >> 4 }, "u8p8lsb4mod"},
		"twelve low":                   {12, unsigned, func(a, b uint32) uint32 { return a * b }, "u8p12mod"},
		"twelve low, two's complement": {12, unsigned, func(a, b uint32) uint32 { return uint32(s8(a) * s8(b)) }, "s8p12mod"},
		"fifteen of signed":            {15, signed, func(a, b uint32) uint32 { return uint32(s8(a) * s8(b)) }, "s8p15"},
		"fifteen of unsigned":          {15, unsigned, func(a, b uint32) uint32 { return a * b }, "u8p15mod"},
		"fifteen, saturating":          {15, unsigned, func(a, b uint32) uint32 { return min(a*b, 1<<15-1) }, ""},
		"saturating":                   {8, unsigned, func(a, b uint32) uint32 { return min(a*b, 255) }, ""},
		"noise":                        {8, unsigned, func(a, b uint32) uint32 { return (a*2654435761 ^ b*40503) * 97 >> 3 }, ""},
		"nothing":                      {8, unsigned, func(a, b uint32) uint32 { return 0 }, ""},
		"three bits":                   {3, unsigned, func(a, b uint32) uint32 { return a * b >> 13 }, ""},
	} {
		f := pure(cosim.Shape{Kind: c.kinds[0], A: 8, B: 8, P: c.bits}, func(a, b uint32) uint32 { return c.product(a, b) & (1<<c.bits - 1) })
		r, ok, err := lutgen.ReadPart(t.Context(), f, c.kinds)
		require.NoError(t, err)
		assert.Equal(t, c.want != "", ok, "%s: %+v", name, r)
		if ok {
			k, _ := r.Kind.Integer()
			assert.Equal(t, c.want, lut.Format{Kind: k, A: 8, B: 8, P: c.bits, Part: r.Part}.String(), "%s: %+v", name, r)
		}
		assert.Equal(t, f.opened.Load(), f.closed.Load())
	}
	for p := 4; p < 8; p++ { // 4 × 4 bits of noise
		for seed := range uint32(50) {
			f := pure(cosim.Shape{Kind: cosim.Unsigned, A: 4, B: 4, P: p}, func(a, b uint32) uint32 {
				return (a*2654435761 ^ b*40503 ^ seed*97) * 2246822519 >> (32 - p)
			})
			r, ok, err := lutgen.ReadPart(t.Context(), f, []cosim.Kind{cosim.Unsigned, cosim.Signed, cosim.SignedByUnsigned})
			require.NoError(t, err)
			assert.False(t, ok, "%d bits, seed %d: %+v", p, seed, r)
		}
		low := pure(cosim.Shape{Kind: cosim.Unsigned, A: 4, B: 4, P: p}, func(a, b uint32) uint32 { return a * b & (1<<p - 1) })
		r, ok, err := lutgen.ReadPart(t.Context(), low, unsigned)
		require.NoError(t, err)
		assert.True(t, ok && r.Part == lut.Part{Modulo: true}, "%d bits: %+v", p, r)
	}
	_, _, err := lutgen.ReadPart(t.Context(), pure(cosim.Shape{Kind: cosim.Unsigned, A: 8, B: 8, P: 16}, nil), unsigned)
	assert.Equal(t, fault.Usage, fault.Status(err))
	broken := pure(cosim.Shape{Kind: cosim.Unsigned, A: 8, B: 8, P: 8}, nil)
	_, _, err = lutgen.ReadPart(t.Context(), failing{broken}, unsigned)
	require.EqualError(t, err, "no process")
}

// Bits above the product are its sign, or zeros, in every product: else they are part of it, or there is no table.
func TestExtension(t *testing.T) {
	acc := cosim.Shape{Kind: cosim.Signed, A: 8, B: 8, P: 32}
	exact := func(a, b uint32) uint32 { return uint32(s8(a) * s8(b)) }
	tab, err := lutgen.Make(t.Context(), pure(acc, exact), lutgen.Options{Jobs: 1})
	require.NoError(t, err)
	assert.Equal(t, lut.SintFormat(8, 8), tab.Format)
	assert.Zero(t, lut.Measure(tab).Wrong)
	assert.Equal(t, "bits 31 to 16 of the product's port are the sign, bit 15, in all 65,536 products",
		lutgen.Extension(acc, tab.Format))

	for _, wrong := range []uint32{1 << 16, 1 << 31, 0xffff0000} { // one bit, of one product
		_, err = lutgen.Make(t.Context(), pure(acc, func(a, b uint32) uint32 {
			if a == 0xff && b == 3 {
				return exact(a, b) ^ wrong
			}
			return exact(a, b)
		}), lutgen.Options{Jobs: 1})
		require.ErrorContains(t, err, "the product of 0xff and 0x3 is 0x")
		require.ErrorContains(t, err, "bits 31 to 16 are not the extension of bits 15 to 0")
	}
	acc.Kind, acc.P = cosim.Unsigned, 18
	tab, err = lutgen.Make(t.Context(), pure(acc, func(a, b uint32) uint32 { return a * b }), lutgen.Options{Jobs: 1})
	require.NoError(t, err)
	assert.Equal(t, lut.UintFormat(8, 8), tab.Format)
	assert.Contains(t, lutgen.Extension(acc, tab.Format), "bits 17 to 16 of the product's port are 0 in all")

	// A product that is too large stays what it is, and is compared as a number.
	tab, err = lutgen.Make(t.Context(), pure(acc, func(a, b uint32) uint32 { return a*b + a>>7<<15 }), lutgen.Options{Jobs: 1})
	require.NoError(t, err)
	assert.Equal(t, "u8p18", tab.Format.String())
	assert.Empty(t, lutgen.Extension(acc, tab.Format))
	want, err := lut.New("exact", lut.UintFormat(8, 8))
	require.NoError(t, err)
	for a := range uint32(256) {
		for b := range uint32(256) {
			want.Set(a, b, a*b)
		}
	}
	c, err := lutgen.CompareTables(tab, want)
	require.NoError(t, err)
	assert.EqualValues(t, 128*256, c.Mismatched)
	assert.Equal(t, lutgen.Spread{16: 128 * 256}, c.Spread)
	_, err = lutgen.CompareTables(want, tab)
	assert.Error(t, err)
}

// Error figures without a table are those of the table, for operands of mixed signs and parts of products too.
func TestExhaustiveParts(t *testing.T) {
	for _, name := range []string{"s8xu8", "u6xs9", "s8xu8p17", "u8p8mod", "u8p8lsb8", "s8p8lsb7mod", "s7xu9p10lsb4mod", "u9x6p12", "s5"} {
		f, err := lut.ParseFormat(name)
		require.NoError(t, err)
		d := pure(cosim.TableShape(f), func(a, b uint32) uint32 {
			p := f.NumberA(a) * f.NumberB(b)
			if (a*7+b*13)%5 == 0 {
				p += int64(a&3) << f.Part.LSB
			}
			return f.ExactBits(p)
		})
		tab, err := lutgen.Make(t.Context(), d, lutgen.Options{Jobs: 1})
		require.NoError(t, err)
		row := func(a uint32, products []uint32) {
			for b := range products {
				products[b] = f.ExactBits(f.NumberA(a) * f.NumberB(uint32(b)))
			}
		}
		r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: d}, lutgen.Reference{Row: row}, lutgen.ExhaustiveOptions{Jobs: 2})
		require.NoError(t, err)
		want := lut.Measure(tab)
		assert.Equal(t, want, *r.Metrics, name)
		assert.NotZero(t, r.Pairs.Mismatched)
		assert.LessOrEqual(t, r.Pairs.Mismatched, uint64(f.Pairs()))
		wrong := uint64(0)
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				if tab.At(a, b) != tab.Format.ExactBits(tab.ExactInt(a, b)) {
					wrong++
				}
			}
		}
		assert.Equal(t, wrong, r.Pairs.Mismatched, name)
		_, err = lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: d}, lutgen.Reference{}, lutgen.ExhaustiveOptions{})
		assert.Equal(t, f.Part != lut.Part{} || f.P < f.A+f.B, err != nil, "%s: %v", name, err)
	}
}
