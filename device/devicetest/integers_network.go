package devicetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// RunIntegers puts the operations of networks of integers through a battery of their own.
//
// The references know codes as they are, form a sum from the list of its products, and divide in binary64.
func RunIntegers(t *testing.T, d device.IntegerDevice) {
	b := &battery{Device: d}
	n := &integerBattery{battery: b, Integers: d}
	for _, test := range []struct {
		name string
		run  func(t *testing.T, b *integerBattery)
	}{
		{"Quantize", testQuantize},
		{"QuantizeGrad", testQuantizeGrad},
		{"Gemm", testIntegerGemm},
		{"BatchGemm", testIntegerBatchGemm},
		{"Conv", testIntegerConv},
		{"Accumulators", testAccumulators},
		{"Rescale", testRescale},
		{"Requantize", testRequantize},
		{"Errors", testIntegerErrors},
	} {
		b.part(t, test.name, func(t *testing.T) { test.run(t, n) })
	}
}

type integerBattery struct {
	*battery
	device.Integers
	tables []device.Multiplier
}

func (b *integerBattery) putCodes(x []int16) device.Codes {
	c := b.AllocCodes(len(x))
	c.Write(x)
	return c
}

func (b *integerBattery) equalCodes(t *testing.T, want []int16, got device.Codes) {
	t.Helper()
	require.NoError(t, b.Sync())
	x := make([]int16, got.Len())
	require.NoError(t, got.Read(x))
	require.Equal(t, want, x)
	b.compared += len(want)
}

func (b *integerBattery) equalSums(t *testing.T, want []int64, got device.Sums) {
	t.Helper()
	require.NoError(t, b.Sync())
	x := make([]int64, got.Len())
	require.NoError(t, got.Read(x))
	require.Equal(t, want, x)
	b.compared += len(want)
}

// nearest rounds to the nearest whole number, and halves to the even one.
func nearest(x float64) float64 {
	below := math.Floor(x)
	switch d := x - below; {
	case d > 0.5, d == 0.5 && math.Mod(below, 2) != 0:
		return below + 1
	}
	return below
}

// quantizers are of every range, symmetry and granularity, for so many channels.
func quantizers(s source, channels int) []device.Quantizer {
	each := func(n int, of func() float32) (x []float32) {
		for range n {
			x = append(x, of())
		}
		return x
	}
	zeros := func(n int, lo, hi int32) (z []int32) {
		for range n {
			z = append(z, lo+s.Int32N(hi-lo+1))
		}
		return z
	}
	scale := func() float32 { return float32(math.Exp(s.NormFloat64() - 3)) }
	var all []device.Quantizer
	for _, r := range [][2]int32{{-128, 127}, {-127, 127}, {0, 255}, {-255, 255}, {-8, 7}, {0, 1}, {-2048, 2047}, {0, 4095}, {3, 200}} {
		middle := max(r[0], 0)
		all = append(all,
			device.PerTensor(r[0], r[1], scale(), middle),
			device.PerTensor(r[0], r[1], 0.125, zeros(1, r[0], r[1])[0]), // with ties
			device.Quantizer{Lo: r[0], Hi: r[1], Scale: each(channels, scale), Zero: []int32{middle}},
			device.Quantizer{Lo: r[0], Hi: r[1], Scale: each(channels, scale), Zero: zeros(channels, r[0], r[1])})
	}
	return append(all, device.PerTensor(-128, 127, 1e-45, 0), device.PerTensor(0, 255, math.MaxFloat32, 128))
}

// parameters returns the scale and the zero point of element i.
func parameters(q device.Quantizer, i int) (scale float32, zero int32) {
	scale, zero = q.Scale[0], q.Zero[0]
	if n := len(q.Scale); n > 1 {
		scale = q.Scale[i%n]
	}
	if n := len(q.Zero); n > 1 {
		zero = q.Zero[i%n]
	}
	return scale, zero
}

func testQuantize(t *testing.T, b *integerBattery) {
	const channels, n = 7, 7 * 900
	s := newSource(51)
	for _, q := range quantizers(s, channels) {
		x := s.plain(n)
		for i := range x {
			switch i % 50 {
			case 0:
				x[i] = []float32{float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32, -math.MaxFloat32, 1e-45, float32(math.Copysign(0, -1))}[i/50%6]
			case 1, 2, 3: // a tie, or next to one
				scale, _ := parameters(q, i)
				x[i] = (float32(s.IntN(64)-32) + 0.5) * scale
			}
		}
		want, numbers := make([]int16, n), make([]float32, n)
		for i, v := range x {
			scale, zero := parameters(q, i)
			r := nearest(float64(float32(float64(v)/float64(scale)))) + float64(zero)
			want[i] = int16(math.Min(math.Max(r, float64(q.Lo)), float64(q.Hi)))
			numbers[i] = float32(float64(scale) * float64(int32(want[i])-zero))
		}
		c, y := b.AllocCodes(n), b.dirty(n)
		b.Quantize(q, b.put(x), c)
		b.equalCodes(t, want, c)
		b.Dequantize(q, c, y)
		b.equal(t, numbers, y, "numbers of %v", q)
	}
}

func testQuantizeGrad(t *testing.T, b *integerBattery) {
	const channels, n = 5, 5 * 500
	s := newSource(52)
	for _, q := range quantizers(s, channels) {
		x, g := s.plain(n), s.plain(n)
		for i := range x {
			if scale, zero := parameters(q, i); i%9 == 0 { // at an end of the range, or next to it
				end := []int32{q.Lo, q.Hi}[i%2] - zero
				x[i] = float32(end) * scale
				if i%3 == 1 {
					x[i] = math.Nextafter32(x[i], float32(math.Inf(i%4-2)))
				}
			} else if i%50 == 1 {
				x[i] = float32(math.NaN())
			}
		}
		want := make([]float32, n)
		for i, v := range x {
			scale, zero := parameters(q, i)
			r := float64(float32(float64(v) / float64(scale)))
			if float64(q.Lo-zero) <= r && r <= float64(q.Hi-zero) {
				want[i] = g[i]
			}
		}
		in, up, out := b.put(x), b.put(g), b.dirty(n)
		b.QuantizeGrad(q, in, up, out)
		b.equal(t, want, out, "gradient of %v", q)
		b.QuantizeGrad(q, in, up, up)
		b.equal(t, want, up, "gradient of %v in place", q)
	}
}

// integerCase is a table with quantizers for its operands.
type integerCase struct {
	product device.IntegerProduct
	table   *lut.Table
	largest int64 // magnitude of its products
}

// integerCases returns products of tables of random entries, in which zeros have products as well, for operands B of so
// many channels.
func (b *integerBattery) integerCases(t *testing.T, s source, channels int) (all []integerCase) {
	for i, m := range b.randomTables(t) {
		table := m.Table()
		largest := device.LargestProduct(table)
		f := table.Format
		for _, magnitude := range []bool{false, true} {
			formA, formB := device.CodeForms(f, magnitude)
			if magnitude && formA == device.TwosComplement && formB == formA {
				continue
			}
			for affine := range 3 { // none, operand A, both
				p := device.IntegerProduct{Multiplier: m, Magnitude: magnitude, A: b.quantizer(s, formA, f.A, 1, affine > 0),
					B: b.quantizer(s, formB, f.B, channels, affine > 1)}
				p.Accumulator.Bits = []int{0, 20, 64, 33}[(i+affine)%4]
				if p.Accumulator.Check(largest) != nil {
					p.Accumulator.Bits = 0
				}
				all = append(all, integerCase{p, table, largest})
			}
		}
	}
	return all
}

// randomTables returns multipliers of tables of random entries, made once.
func (b *integerBattery) randomTables(t *testing.T) []device.Multiplier {
	if b.tables != nil {
		return b.tables
	}
	s := newSource(50)
	for _, f := range []lut.Format{lut.UintFormat(8, 8), lut.SintFormat(8, 8), lut.UintFormat(6, 4), lut.SintFormat(5, 7),
		{Kind: lut.SignedByUnsigned, A: 8, B: 8, P: 16}, {Kind: lut.UnsignedBySigned, A: 4, B: 8, P: 12}, lut.SintFormat(9, 3),
		{Kind: lut.Unsigned, A: 8, B: 8, P: 8, Part: lut.Part{LSB: 8}}} {
		table, err := lut.New(f.String(), f)
		require.NoError(t, err)
		for x := range uint32(f.Rows()) {
			for y := range uint32(f.Cols()) {
				table.Set(x, y, s.Uint32N(1<<f.P))
			}
		}
		m, err := b.Multiplier(table)
		require.NoError(t, err)
		b.tables = append(b.tables, m)
	}
	for _, f := range []lut.Format{lut.UintFormat(8, 8), lut.SintFormat(6, 8)} { // which a device may compute without look-ups
		table, err := lut.New("exact "+f.String(), f)
		require.NoError(t, err)
		for x := range uint32(f.Rows()) {
			for y := range uint32(f.Cols()) {
				table.Set(x, y, f.ExactBits(f.NumberA(x)*f.NumberB(y)))
			}
		}
		m, err := b.Multiplier(table)
		require.NoError(t, err)
		b.tables = append(b.tables, m)
	}
	return b.tables
}

func (b *integerBattery) quantizer(s source, form device.CodeForm, bits, channels int, affine bool) device.Quantizer {
	lo, hi := form.Range(bits)
	q := device.PerTensor(lo, hi, 1, (lo+hi+1)/2)
	if affine && form != device.SignMagnitude {
		q.Zero = nil
		for range channels {
			q.Zero = append(q.Zero, lo+s.Int32N(hi-lo+1))
		}
	}
	return q
}

// codes returns n codes of a quantizer.
func (s source) codes(q device.Quantizer, n int) []int16 {
	x := make([]int16, n)
	for i := range x {
		x[i] = int16(q.Lo + s.Int32N(q.Hi-q.Lo+1))
		if s.IntN(10) == 0 {
			x[i] = int16([]int32{q.Lo, q.Hi, q.Zero[0]}[s.IntN(3)])
		}
	}
	return x
}

// one is the table's product of two codes.
func (c integerCase) one(a, b int16) int64 {
	signedA, signedB := signedSides(c.table.Format)
	negative := false
	side := func(x int16, signed bool, bits int) uint32 {
		if x >= 0 {
			return uint32(x)
		}
		if signed {
			return uint32(int32(x) + 1<<bits)
		}
		negative = !negative
		return uint32(-int32(x))
	}
	x, y := side(a, signedA, c.table.Format.A), side(b, signedB, c.table.Format.B)
	p := c.table.Int(x, y) * int64(math.Pow(2, float64(c.table.Format.Part.LSB)))
	if negative {
		return -p
	}
	return p
}

// sum computes one sum of codes in a column, and says whether the accumulator had not enough bits.
func (c integerCase) sum(a, b []int16, column int) (sum int64, over bool) {
	bits := c.product.Accumulator.Bits
	if bits == 0 {
		bits = 32
	}
	half := math.Pow(2, float64(bits-1))
	for k := range a {
		sum += c.one(a[k], b[k])
		if c.product.Accumulator.Overflow == device.Saturate && bits < 64 {
			if float64(sum) >= half {
				sum, over = int64(half)-1, true
			} else if float64(sum) < -half {
				sum, over = int64(-half), true
			}
		}
	}
	if bits < 64 {
		for float64(sum) >= half {
			sum, over = sum-int64(2*half), true
		}
		for float64(sum) < -half {
			sum, over = sum+int64(2*half), true
		}
	}
	za, zb := int64(c.product.A.Zero[0]), int64(c.product.B.Zero[0])
	if n := len(c.product.B.Zero); n > 1 {
		zb = int64(c.product.B.Zero[column])
	}
	for k := range a { // Σ (zb·za − zb·a − za·b)
		sum += za*zb - zb*int64(a[k]) - za*int64(b[k])
	}
	return sum, over
}

func testIntegerGemm(t *testing.T, b *integerBattery) {
	s := newSource(53)
	for _, shape := range []device.Gemm{{M: 1, N: 1, K: 1}, {M: 3, N: 5, K: 7}, {M: 17, N: 33, K: 70}, {M: 2, N: 9, K: 1500},
		{M: 5, N: 6, K: 64, TransA: true}, {M: 6, N: 5, K: 63, TransB: true}, {M: 7, N: 3, K: 20, TransA: true, TransB: true}, {M: 2, N: 3, K: 0}} {
		for _, c := range b.integerCases(t, s, shape.N) {
			x, y := s.codes(c.product.A, shape.M*shape.K), s.codes(c.product.B, shape.K*shape.N)
			want := make([]int64, shape.M*shape.N)
			for i := range shape.M {
				for j := range shape.N {
					var p, q []int16
					for k := range shape.K {
						p, q = append(p, x[shape.A(i, k)]), append(q, y[shape.B(k, j)])
					}
					want[i*shape.N+j], _ = c.sum(p, q, j)
				}
			}
			out := b.AllocSums(len(want))
			b.IntegerGemm(c.product, shape, b.putCodes(x), b.putCodes(y), out)
			b.equalSums(t, want, out)
		}
	}
}

func testIntegerBatchGemm(t *testing.T, b *integerBattery) {
	s := newSource(54)
	g := device.BatchGemm{M: 5, N: 6, K: 7, Outer: 2, Inner: 3}
	g.A = device.View{From: 1, Outer: 200, Inner: 40, Row: 7, Col: 1}
	g.B = device.View{From: 2, Outer: 0, Inner: 42, Row: 1, Col: 7} // transposed, one for all
	g.C = device.View{From: 3, Outer: 90, Inner: 30, Row: 1, Col: 5}
	for _, c := range b.integerCases(t, s, g.N) {
		x, y := s.codes(c.product.A, 500), s.codes(c.product.B, 140)
		want := make([]int64, 190)
		for o := range g.Outer {
			for i := range g.Inner {
				for m := range g.M {
					for n := range g.N {
						var p, q []int16
						for k := range g.K {
							p, q = append(p, x[1+200*o+40*i+7*m+k]), append(q, y[2+42*i+k+7*n])
						}
						want[3+90*o+30*i+m+5*n], _ = c.sum(p, q, n)
					}
				}
			}
		}
		out := b.AllocSums(len(want))
		b.IntegerBatchGemm(c.product, g, b.putCodes(x), b.putCodes(y), out)
		b.equalSums(t, want, out)
	}
}

func testIntegerConv(t *testing.T, b *integerBattery) {
	s := newSource(55)
	for _, shape := range []device.Conv{
		{N: 2, H: 5, W: 6, C: 3, OutC: 4, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1},
		{N: 1, H: 7, W: 5, C: 4, OutC: 6, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadH: 2, PadW: 0, DilationH: 2, DilationW: 1, Groups: 2},
		{N: 3, H: 4, W: 4, C: 5, OutC: 5, KH: 3, KW: 3, StrideH: 1, StrideW: 2, PadH: 1, PadW: 2, DilationH: 1, DilationW: 1, Groups: 5},
		{N: 1, H: 3, W: 3, C: 8, OutC: 16, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
	} {
		for _, c := range b.integerCases(t, s, shape.OutC) {
			x, w := s.codes(c.product.A, shape.InLen()), s.codes(c.product.B, shape.WeightLen())
			b.IntegerConv(c.product, shape, b.putCodes(x), b.putCodes(w), b.AllocSums(shape.OutLen()))
			out := b.AllocSums(shape.OutLen())
			b.IntegerConv(c.product, shape, b.putCodes(x), b.putCodes(w), out)
			b.equalSums(t, convSums(c, shape, x, w), out)
		}
	}
}

// convSums computes the sums of a convolution from the formula of device.Conv.
func convSums(c integerCase, s device.Conv, x, w []int16) (want []int64) {
	in, out := s.C/s.Groups, s.OutC/s.Groups
	for n := range s.N {
		for oy := range s.OutH() {
			for ox := range s.OutW() {
				for co := range s.OutC {
					var a, b []int16
					for ky := range s.KH {
						for kx := range s.KW {
							for ci := range in {
								y, z := oy*s.StrideH-s.PadH+ky*s.DilationH, ox*s.StrideW-s.PadW+kx*s.DilationW
								v := int16(c.product.A.Zero[0])
								if y >= 0 && y < s.H && z >= 0 && z < s.W {
									v = x[((n*s.H+y)*s.W+z)*s.C+co/out*in+ci]
								}
								a, b = append(a, v), append(b, w[((ky*s.KW+kx)*in+ci)*s.OutC+co])
							}
						}
					}
					sum, _ := c.sum(a, b, co)
					want = append(want, sum)
				}
			}
		}
	}
	return want
}
