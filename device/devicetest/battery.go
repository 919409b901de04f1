// Package devicetest is the battery of tests that every device passes.
//
// It compares each operation, bit by bit, with a reference that follows the definitions in
// package device element by element. NaNs count as equal to each other, whatever
// their bits.
//
// The references form products with lut.Table.MulFloat32 and sums by collecting
// terms; they share no code with any device.
package devicetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// Run puts a device through the battery.
func Run(t *testing.T, d device.Device) {
	b := &battery{Device: d}
	for _, test := range []struct {
		name string
		run  func(t *testing.T, b *battery)
	}{
		{"Gemm", testGemm},
		{"BatchGemm", testBatchGemm},
		{"Conv", testConv},
		{"Formats", testFormats},
		{"Codes", testCodes},
		{"Integers", testIntegers},
		{"Bias", testBias},
		{"Copy", testCopy},
		{"ReLU", testReLU},
		{"ReLU6", testReLU6},
		{"GELU", testGELU},
		{"MaxPool", testMaxPool},
		{"AvgPool", testAvgPool},
		{"Dropout", testDropout},
		{"Softmax", testSoftmax},
		{"SoftmaxCrossEntropy", testSoftmaxCrossEntropy},
		{"Moments", testMoments},
		{"BatchNorm", testBatchNorm},
		{"LayerNorm", testLayerNorm},
		{"Average", testAverage},
		{"Optimizers", testOptimizers},
		{"Errors", testErrors},
	} {
		b.part(t, test.name, func(t *testing.T) { test.run(t, b) })
	}
}

// RunModel puts a device's products by a functional model through the battery; mul
// is the model's reference.
func RunModel(t *testing.T, d device.Device, model device.Model, mul func(a, b float32) float32) {
	m, err := d.Functional(model)
	require.NoError(t, err)
	require.Nil(t, m.Table())
	b := &battery{Device: d, only: []multiplier{{model.Name, m, mul}}}
	for name, run := range map[string]func(t *testing.T, b *battery){"Gemm": testGemm, "BatchGemm": testBatchGemm, "Conv": testConv} {
		b.part(t, name, func(t *testing.T) { run(t, b) })
	}
}

type battery struct {
	device.Device
	compared int
	only     []multiplier // instead of all of them
}

// part runs a part of a battery. It fails if the part has compared nothing.
func (b *battery) part(t *testing.T, name string, run func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		b.compared = 0
		run(t)
		require.NoError(t, b.Sync())
		require.NotZero(t, b.compared, "nothing was compared")
		t.Logf("%d elements compared", b.compared)
	})
}

// put returns a buffer that holds x.
func (b *battery) put(x []float32) device.Buffer {
	buf := b.Alloc(len(x))
	buf.Write(x)
	return buf
}

// dirty returns a buffer of numbers that an operation must overwrite.
func (b *battery) dirty(n int) device.Buffer {
	x := make([]float32, n)
	for i := range x {
		x[i] = -1e9
	}
	return b.put(x)
}

// equal compares a buffer with its expected content.
func (b *battery) equal(t *testing.T, want []float32, got device.Buffer, what string, args ...any) {
	t.Helper()
	require.NoError(t, b.Sync())
	x := make([]float32, got.Len())
	require.NoError(t, got.Read(x))
	require.Equal(t, len(want), len(x))
	for i, w := range want {
		if math.Float32bits(w) != math.Float32bits(x[i]) && !(w != w && x[i] != x[i]) {
			require.Failf(t, "wrong", "%s: element %d is %v (%#08x), expected %v (%#08x)", fmt.Sprintf(what, args...),
				i, x[i], math.Float32bits(x[i]), w, math.Float32bits(w))
		}
	}
	b.compared += len(want)
}

// source makes numbers.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 0))} }

// plain returns n numbers of both signs, a few zeros among them, whose products
// and sums are far from every limit.
func (s source) plain(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		if s.IntN(8) > 0 {
			x[i] = float32(s.NormFloat64())
		}
	}
	return x
}

// rough returns n numbers from the whole range of binary32, special values
// included.
func (s source) rough(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch s.IntN(12) {
		case 0:
			x[i] = []float32{0, float32(math.Copysign(0, -1)), 1e-40, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
				math.MaxFloat32, 0x1p-126}[s.IntN(8)]
		case 1, 2, 3:
			x[i] = math.Float32frombits(s.Uint32() &^ (1 << 30) & (0xff800000 | s.Uint32())) // smaller than 2
		default:
			x[i] = math.Float32frombits(s.Uint32()&0x807fffff | (64+s.Uint32N(128))<<23)
		}
	}
	return x
}

// small returns n numbers that quantization takes for zeros, mostly.
func (s source) small(n int) []float32 {
	x := s.plain(n)
	for i := range x {
		x[i] *= 0x1p-101
	}
	return x
}

// edges returns n numbers whose exponents, two added up, are often next to where
// a product underflows or overflows.
func (s source) edges(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		e := []uint32{1, 62, 126, 190, 252}[s.IntN(5)] + s.Uint32N(4)
		x[i] = math.Float32frombits(s.Uint32()&0x807fffff | min(e, 254)<<23)
	}
	return x
}

// multiplier is a multiplier under test and its reference.
type multiplier struct {
	name string
	dev  device.Multiplier
	mul  func(a, b float32) float32
}

// multipliers returns the native one and tables of random entries, which do not
// commute, of every entry width and both roundings.
func (b *battery) multipliers(t *testing.T) []multiplier {
	if b.only != nil {
		return b.only
	}
	m, err := b.Multiplier(nil)
	require.NoError(t, err)
	require.Nil(t, m.Table())
	all := []multiplier{{"fp32", m, func(a, b float32) float32 { return float32(a * b) }}}
	for i, f := range []lut.Format{lut.FloatFormat(7, 7), lut.FloatFormat(1, 1), lut.FloatFormat(3, 9), lut.FloatFormat(7, 15),
		lut.FloatFormat(5, 23), lut.FloatFormat(9, 9), lut.FloatFormat(7, 7)} {
		table, err := lut.New(fmt.Sprintf("random%d", i), f)
		require.NoError(t, err)
		s := newSource(uint64(100 + i))
		for x := range uint32(f.Rows()) {
			for y := range uint32(f.Cols()) {
				table.Set(x, y, s.Uint32N(1<<(f.P+1)))
			}
		}
		name := f.String()
		if i == 6 {
			table.Rounding = lut.NearestEven
			name += " nearest-even"
		}
		m, err := b.Multiplier(table)
		require.NoError(t, err)
		require.Same(t, table, m.Table())
		all = append(all, multiplier{name, m, table.MulFloat32})
	}
	for i, f := range []lut.Format{lut.UintFormat(8, 8), lut.SintFormat(8, 8), lut.UintFormat(6, 4), lut.SintFormat(5, 7), lut.UintFormat(4, 4)} {
		table, err := lut.New(fmt.Sprintf("integers%d", i), f)
		require.NoError(t, err)
		s := newSource(uint64(200 + i))
		for x := range uint32(f.Rows()) {
			for y := range uint32(f.Cols()) {
				if x > 0 && y > 0 || i == 4 { // in the last one, zeros have products
					table.Set(x, y, s.Uint32N(1<<f.P))
				}
			}
		}
		m, err := b.Multiplier(table)
		require.NoError(t, err)
		all = append(all, multiplier{f.String(), m, integerProduct(table)})
	}
	return append(all, b.codes(t, "fp4e2m1", "own")...)
}

// signedSides says which operands of a table are in two's complement.
func signedSides(f lut.Format) (a, b bool) {
	switch f.Kind {
	case lut.Signed:
		return true, true
	case lut.SignedByUnsigned:
		return true, false
	case lut.UnsignedBySigned:
		return false, true
	}
	return false, false
}

// integerProduct is the product of whole numbers: a signed operand is a pattern in two's complement, of an unsigned one
// the table sees the magnitude and the product gets the sign.
func integerProduct(t *lut.Table) func(a, b float32) float32 {
	signedA, signedB := signedSides(t.Format)
	weight := float32(math.Pow(2, float64(t.Format.Part.LSB)))
	return func(a, b float32) float32 {
		negative := false
		side := func(x float32, signed bool, bits int) uint32 {
			switch {
			case x >= 0:
				return uint32(x)
			case signed:
				return uint32(int32(x) + 1<<bits)
			}
			negative = !negative
			return uint32(-x)
		}
		p := float32(t.Int(side(a, signedA, t.Format.A), side(b, signedB, t.Format.B))) * weight
		if negative {
			p = -p
		}
		return p
	}
}

// integers says whether the multiplier is a table of integers.
func (m multiplier) integers() bool {
	t := m.dev.Table()
	return t != nil && t.Format.Kind != lut.Mantissa
}

// limits returns the source of numbers at which the multiplier's rules change.
func (m multiplier) limits(s source) func(int) []float32 {
	if m.integers() {
		return s.small
	}
	return s.edges
}

// quantized computes a product's sums from what the multiplier multiplies: for a
// table of integers, a and b in whole numbers, and the sums scaled.
func (m multiplier) quantized(a, b []float32, sums func(a, b []float32) []float32) []float32 {
	if !m.integers() {
		return sums(a, b)
	}
	t := m.dev.Table()
	if t.Format.Kind == lut.Coded {
		return m.coded(a, b, sums)
	}
	whole := func(x []float32, levels float64) ([]float32, float32) {
		largest := 0.0
		for _, v := range x {
			if v != v || math.Abs(float64(v)) > largest {
				largest = math.Abs(float64(v)) // a NaN stays: nothing is greater
			}
		}
		out := make([]float32, len(x))
		if math.IsNaN(largest) || math.IsInf(largest, 0) {
			return out, float32(math.NaN())
		}
		if largest < 0x1p-100 {
			return out, 0
		}
		inverse := float32(levels) / float32(largest)
		for i, v := range x {
			out[i] = float32(math.Min(levels, math.Max(-levels, math.RoundToEven(float64(v*inverse)))))
		}
		return out, float32(largest) / float32(levels)
	}
	levels := func(bits int, signed bool) float64 {
		if signed {
			bits--
		}
		return math.Pow(2, float64(bits)) - 1
	}
	signedA, signedB := signedSides(t.Format)
	qa, sa := whole(a, levels(t.Format.A, signedA))
	qb, sb := whole(b, levels(t.Format.B, signedB))
	out := sums(qa, qb)
	scale := sa * sb
	for i := range out {
		out[i] *= scale
	}
	return out
}

// terms are the terms of one sum, in the order of k. One that nobody has set is left out: it
// is no zero, which would turn a sum of -0 into 0.
type terms []struct {
	value float32
	set   bool
}

func (ts terms) set(k int, v float32) { ts[k].value, ts[k].set = v, true }

// sum adds terms as package device defines it.
func (ts terms) sum() float32 {
	var total float32
	for chunk := 0; chunk < len(ts); chunk += 1024 {
		var part float32
		for _, t := range ts[chunk:min(chunk+1024, len(ts))] {
			if t.set {
				part += t.value
			}
		}
		total += part
	}
	return total
}

func testErrors(t *testing.T, b *battery) {
	m, err := b.Multiplier(nil)
	require.NoError(t, err)
	x, y, z := b.put([]float32{1, 2, 3, 4}), b.put([]float32{1, 2}), b.dirty(2)
	b.Gemm(m, device.Gemm{M: 2, N: 1, K: 2}, x, y, z)
	b.equal(t, []float32{5, 11}, z, "a shape that fits")
	b.Gemm(m, device.Gemm{M: 2, N: 2, K: 2}, x, y, z)
	b.ReLU(x, x) // does nothing: an error came before
	require.ErrorContains(t, b.Sync(), "gemm 2 × 2 × 2")
	require.NoError(t, b.Sync(), "an error is reported once")
	b.equal(t, []float32{5, 11}, z, "after an error")
	require.Error(t, x.Read(make([]float32, 3)))
}
