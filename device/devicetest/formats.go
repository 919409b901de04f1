package devicetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// around returns n numbers near the limits of a format: at which a number, or a product of two, becomes an
// infinity, a subnormal or a zero; and special values.
func (s source) around(f lut.Format) func(int) []float32 {
	one := int(f.One())
	least, most := 1-one, 1<<f.ExponentBits()-1-one // exponents of numbers
	return func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			e := []int{least - f.A - 1, least, least / 2, 0, most / 2, most, most + 1}[s.IntN(7)] + s.IntN(4) - 2
			x[i] = float32(math.Ldexp(1+s.Float64(), max(-149, min(127, e))))
			switch s.IntN(16) {
			case 0, 1, 2, 3, 4, 5:
				x[i] = -x[i]
			case 6:
				x[i] = float32(math.Ldexp(2-math.Ldexp(float64(1+s.IntN(3)), -f.A-1), min(127, most)))
			case 7:
				x[i] = float32(math.Ldexp(float64(s.IntN(8)), max(-149, least-f.A-1)))
			case 8:
				x[i] = s.rough(1)[0]
			}
		}
		return x
	}
}

// formats are those whose numbers do not follow AMSim, and how binary32 operands become such numbers.
var formats = []struct {
	name     string
	rounding lut.Rounding
}{
	{"e5m10-ieee-rne", lut.NearestEven}, {"e4m3fn-ieee", lut.NearestEven}, {"e4m3fn-saturate", lut.Truncate}, {"e5m2-ieee", lut.Truncate},
	{"e5m2p5-saturate", lut.NearestEven}, {"e3m4-ieee-rne-saturate", lut.NearestEven}, {"e6m9", lut.Truncate}, {"e8m7-ieee-rne", lut.NearestEven},
	{"e4m3p7b11fn-ieee", lut.NearestEven}, {"e2m1fn-ieee-rne", lut.NearestEven}, {"e5m0-ieee", lut.NearestEven}, {"e8m5p23-ieee", lut.Truncate},
	{"e7m3b100-ieee-rne", lut.NearestEven},
}

// floats returns tables of random entries of formats that do not follow AMSim.
func (b *battery) floats(t *testing.T) (all []multiplier) {
	for i, c := range formats {
		f, err := lut.ParseFormat(c.name)
		require.NoError(t, err)
		table, err := lut.New("random", f)
		require.NoError(t, err)
		table.Rounding = c.rounding
		s := newSource(uint64(300 + i))
		for x := range uint32(f.Rows()) {
			for y := range uint32(f.Cols()) {
				table.Set(x, y, s.Uint32N(1<<(f.P+1)))
			}
		}
		m, err := b.Multiplier(table)
		require.NoError(t, err)
		require.Same(t, table, m.Table())
		all = append(all, multiplier{c.name + " " + c.rounding.String(), m, table.MulFloat32})
	}
	return all
}

// testFormats puts products of formats that do not follow AMSim to the test: every rule by some of the tables.
func testFormats(t *testing.T, b *battery) {
	conv := device.Conv{N: 1, H: 5, W: 6, C: 4, OutC: 6, KH: 3, KW: 2, PadH: 1, PadW: 1, StrideH: 2, StrideW: 1, DilationH: 1, DilationW: 2,
		Groups: 2}
	for i, m := range b.floats(t) {
		s := newSource(uint64(i))
		for _, fill := range []func(int) []float32{s.plain, s.rough, s.around(m.dev.Table().Format)} {
			b.gemm(t, m, device.Gemm{M: 5, N: 37, K: 21}, fill)
			b.gemm(t, m, device.Gemm{M: 33, N: 4, K: 9, TransB: true}, fill)
			if i < 2 {
				b.gemm(t, m, device.Gemm{M: 2, N: 3, K: 1030}, fill)
				b.conv(t, m, conv, fill)
			}
		}
	}
}
