package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// ownCoding has 16 codes, of which two are no numbers, two the same and none is zero.
func ownCoding() (lut.Coding, error) {
	return lut.NewCoding("own", []float32{1, -1, 0.5, 3, float32(math.NaN()), -0.1, 7, 7, -20, 0.001, float32(math.Inf(1)), 1e-9, -5, 2, 4, 6})
}

// codes returns tables of random products of codes: by number, of codings with and without a zero, all rules of
// rounding, and products that are no finite numbers.
func (b *battery) codes(t *testing.T, names ...string) (all []multiplier) {
	for i, name := range names {
		own, err := ownCoding()
		require.NoError(t, err)
		f, err := lut.ParseFormat(name)
		switch name {
		case "own":
			f, err = lut.CodedFormat(lut.Codings{A: own, B: own, P: own}), nil
		case "own-posit6es1-fp16":
			p, _ := lut.BuiltinCoding("posit6es1")
			half, _ := lut.BuiltinCoding("fp16")
			f, err = lut.CodedFormat(lut.Codings{A: own, B: p, P: half}), nil
		}
		require.NoError(t, err)
		table, err := lut.New("random", f)
		require.NoError(t, err)
		s := newSource(uint64(400 + i))
		c := f.Codes
		zero := c.P.Encoder().Encode(0)
		for x := range uint32(f.Rows()) {
			for y := range uint32(f.Cols()) {
				p := s.Uint32N(1 << f.P)
				if v := c.P.Value(p); math.IsNaN(float64(v)) && name != "fp8e5m2" || c.A.Value(x) == 0 || c.B.Value(y) == 0 {
					p = zero
				}
				table.Set(x, y, p)
			}
		}
		m, err := b.Multiplier(table)
		require.NoError(t, err)
		require.Same(t, table, m.Table())
		all = append(all, multiplier{fmt.Sprint("codes ", name), m, func(a, b float32) float32 { return table.Decoded(uint32(a), uint32(b)) }})
	}
	return all
}

// coded computes a product's sums of codes of a and b, and scales them.
func (m multiplier) coded(a, b []float32, sums func(a, b []float32) []float32) []float32 {
	encode := func(x []float32, c lut.Coding, target int) ([]float32, float32) {
		e := c.Encoder()
		largest := 0.0
		for _, v := range x {
			if v != v || math.Abs(float64(v)) > largest {
				largest = math.Abs(float64(v)) // a NaN stays: nothing is greater
			}
		}
		k := 0
		if largest > 0 {
			k = max(-60, min(60, math.Ilogb(largest)-target))
		}
		out := make([]float32, len(x))
		if math.IsNaN(largest) || math.IsInf(largest, 0) {
			return out, float32(math.NaN())
		}
		for i, v := range x {
			out[i] = float32(e.Encode(float32(math.Ldexp(float64(v), -k))))
		}
		return out, float32(math.Ldexp(1, k))
	}
	c := m.dev.Table().Format.Codes
	ta, tb := c.ScaleExponents()
	qa, sa := encode(a, c.A, ta)
	qb, sb := encode(b, c.B, tb)
	out := sums(qa, qb)
	for i := range out {
		out[i] *= sa * sb
	}
	return out
}

// testCodes puts products of codes to the test: every rule by some of the tables.
func testCodes(t *testing.T, b *battery) {
	conv := device.Conv{N: 1, H: 5, W: 6, C: 4, OutC: 6, KH: 3, KW: 2, PadH: 1, PadW: 1, StrideH: 2, StrideW: 1, DilationH: 1, DilationW: 2,
		Groups: 2}
	for i, m := range b.codes(t, "posit8es1", "own", "fp8e5m2", "fp8e4m3", "lns8", "posit8es2", "fp4e2m1-lns8-bf16", "own-posit6es1-fp16") {
		s := newSource(uint64(i))
		tiny := func(n int) []float32 {
			x := s.plain(n)
			for i := range x {
				x[i] *= 0x1p-130
			}
			return x
		}
		huge := func(n int) []float32 {
			x := s.plain(n)
			for i := range x {
				x[i] *= 0x1p120
			}
			return x
		}
		zeros := func(n int) []float32 { return make([]float32, n) }
		for _, fill := range []func(int) []float32{s.plain, s.rough, s.small, tiny, huge, zeros} {
			b.gemm(t, m, device.Gemm{M: 5, N: 37, K: 21}, fill)
			b.gemm(t, m, device.Gemm{M: 33, N: 4, K: 9, TransB: true}, fill)
			if i < 3 {
				b.gemm(t, m, device.Gemm{M: 2, N: 3, K: 1030}, fill)
				b.conv(t, m, conv, fill)
			}
		}
	}
}
