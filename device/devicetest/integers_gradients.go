package devicetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

// RunGradients puts the operations that train networks of integers through a battery of their own.
//
// The references go through the positions of a convolution from its output, and collect the terms of each sum. Derivatives
// of an exact product are compared with the products of numbers that the device has besides.
func RunGradients(t *testing.T, d device.GradientDevice) {
	b := &battery{Device: d}
	n := &gradientBattery{integerBattery: &integerBattery{battery: b, Integers: d}, Gradients: d}
	for _, test := range []struct {
		name string
		run  func(t *testing.T, b *gradientBattery)
	}{
		{"Slopes", testSlopes},
		{"Gemm", testGradientGemm},
		{"Conv", testGradientConv},
		{"Special", testGradientSpecial},
		{"Unused", testGradientUnused},
		{"Extremes", testExtremes},
		{"ScaleGrad", testScaleGrad},
		{"Errors", testGradientErrors},
	} {
		b.part(t, test.name, func(t *testing.T) { test.run(t, n) })
	}
}

type gradientBattery struct {
	*integerBattery
	device.Gradients
	cases []gradientCase // with the derivatives of each of codeRanges
}

// gradientCase has the quantizers of a product, and its derivatives.
type gradientCase struct {
	p        device.IntegerProduct
	d, exact device.Derivatives // random ones, and those of an exact product
}

// codeRanges are those of the two operands: every form, unequal widths, a single code, more codes than a byte has.
var codeRanges = [][2][2]int32{
	{{0, 255}, {0, 255}}, {{-128, 127}, {-128, 127}}, {{0, 255}, {-127, 127}}, {{-255, 255}, {-255, 255}}, {{-8, 7}, {0, 255}}, {{0, 63}, {-4, 3}},
	{{3, 200}, {-100, -7}}, {{5, 5}, {-1, 0}}, {{-2048, 2047}, {0, 15}}, {{0, 15}, {-300, 400}},
}

// gradientCase returns case i, for operands B of so many channels. Some of the random derivatives are exact.
func (b *gradientBattery) gradientCase(s source, i, channels int) gradientCase {
	if b.cases == nil {
		for _, r := range codeRanges {
			c := gradientCase{}
			for x := r[0][0]; x <= r[0][1]; x++ {
				for y := r[1][0]; y <= r[1][1]; y++ {
					c.exact.A, c.exact.B = append(c.exact.A, float32(y)), append(c.exact.B, float32(x))
				}
			}
			some := func(exact []float32) (x []float32) {
				for _, v := range exact {
					if s.IntN(4) > 0 {
						v += float32(20 * s.NormFloat64())
					}
					x = append(x, v)
				}
				return x
			}
			c.d = device.Derivatives{A: some(c.exact.A), B: some(c.exact.B)}
			b.cases = append(b.cases, c)
		}
	}
	c, r := b.cases[i%len(codeRanges)], codeRanges[i%len(codeRanges)]
	scale := func() float32 { return float32(math.Exp(s.NormFloat64() - 3)) }
	code := func(r [2]int32) int32 { return r[0] + s.Int32N(r[1]-r[0]+1) }
	c.p.A, c.p.B = device.PerTensor(r[0][0], r[0][1], scale(), code(r[0])), device.PerTensor(r[1][0], r[1][1], scale(), code(r[1]))
	channelled := i / len(codeRanges) // scales and zero points, zero points, scales, neither
	for n := 1; n < channels; n++ {
		if channelled%2 == 0 {
			c.p.B.Scale = append(c.p.B.Scale, scale())
		}
		if channelled/2%2 == 0 {
			c.p.B.Zero = append(c.p.B.Zero, code(r[1]))
		}
	}
	return c
}

// factors returns what the gradient of a result is multiplied by for that of a and for that of b, codes of which b is in
// a channel, and whether the latter is that of an exact product.
func (c gradientCase) factors(a, b int16, channel int) (forA, forB float32, exact bool) {
	p := c.p
	at := (int(a)-int(p.A.Lo))*int(p.B.Hi-p.B.Lo+1) + int(b) - int(p.B.Lo)
	scale, zero := parameters(p.B, channel)
	forA = scale * float32(c.d.A[at]-float32(zero))
	forB = p.A.Scale[0] * float32(c.d.B[at]-float32(p.A.Zero[0]))
	return forA, forB, c.d.B[at] == float32(p.A.Zero[0])
}

func testSlopes(t *testing.T, b *gradientBattery) {
	const channels, n = 7, 7 * 300
	s := newSource(61)
	for _, q := range quantizers(s, channels) {
		slopes, same := make([]float32, q.Hi-q.Lo+1), make([]float32, q.Hi-q.Lo+1)
		for i := range slopes {
			slopes[i], same[i] = float32(200*s.NormFloat64()), float32(int(q.Lo)+i)
		}
		codes := s.codes(q, n)
		want := make([]float32, n)
		for i, c := range codes {
			scale, zero := parameters(q, i)
			difference := float32(float64(slopes[int32(c)-q.Lo]) - float64(zero))
			want[i] = float32(float64(scale) * float64(difference))
		}
		c, x, y := b.putCodes(codes), b.dirty(n), b.dirty(n)
		b.Slopes(q, slopes, c, x)
		b.equal(t, want, x, "slopes of %v", q)
		b.Slopes(q, same, c, x)
		b.Dequantize(q, c, y)
		require.NoError(t, b.Sync())
		numbers := make([]float32, n)
		require.NoError(t, y.Read(numbers))
		b.equal(t, numbers, x, "slopes of exact products, %v", q)
	}
}

var gradientGemms = []device.Gemm{{M: 1, N: 1, K: 1}, {M: 3, N: 5, K: 7}, {M: 40, N: 33, K: 19}, {M: 65, N: 16, K: 4}, {M: 64, N: 96, K: 9}, {M: 2, N: 1025, K: 3},
	{M: 1030, N: 2, K: 5}, {M: 33, N: 1060, K: 6}, {M: 2100, N: 17, K: 5}, {M: 4200, N: 5, K: 3}, {M: 5, N: 6, K: 64, TransA: true}, {M: 37, N: 18, K: 23, TransB: true},
	{M: 70, N: 35, K: 20, TransA: true, TransB: true}, {M: 0, N: 3, K: 2}, {M: 2, N: 0, K: 3}, {M: 2, N: 3, K: 0}}

func testGradientGemm(t *testing.T, b *gradientBattery) {
	s := newSource(62)
	native, err := b.Multiplier(nil)
	require.NoError(t, err)
	for n, g := range gradientGemms {
		for i := range 2 * len(codeRanges) {
			c := b.gradientCase(s, i+n%2*2*len(codeRanges), g.N)
			x, y, dy := s.codes(c.p.A, g.M*g.K), s.codes(c.p.B, g.K*g.N), s.plain(g.M*g.N)
			da, db := collectGradients(g.M*g.K, g.N, g.K*g.N, g.M, func(add func(into, at, k int, term float32)) {
				for i := range g.M {
					for j := range g.N {
						for k := range g.K {
							forA, forB, _ := c.factors(x[g.A(i, k)], y[g.B(k, j)], j)
							add(0, g.A(i, k), j, float32(dy[i*g.N+j]*forA))
							add(1, g.B(k, j), i, float32(dy[i*g.N+j]*forB))
						}
					}
				}
			})
			X, Y, DY := b.putCodes(x), b.putCodes(y), b.put(dy)
			b.gradients(t, da, db, func(c gradientCase, da, db device.Buffer) {
				b.GradientGemm(c.p, c.d, g, X, Y, DY, da, db)
			}, c)

			c.d = c.exact
			numbersX, numbersY := b.dirty(len(x)), b.dirty(len(y))
			b.Dequantize(c.p.A, X, numbersX)
			channel := c.p.B
			if g.TransB { // a column is a row of the codes
				if g.K*g.N == 0 {
					continue
				}
				numbersY = b.transposedNumbers(t, channel, y, g.N, g.K)
			} else if len(y) > 0 {
				b.Dequantize(channel, Y, numbersY)
			}
			outA, outB := b.dirty(len(x)), b.dirty(len(y))
			// dA = dY · Bᵀ and dB = Aᵀ · dY, or their transposes.
			if g.TransA {
				b.Gemm(native, device.Gemm{M: g.K, N: g.M, K: g.N, TransA: g.TransB, TransB: true}, numbersY, DY, outA)
			} else {
				b.Gemm(native, device.Gemm{M: g.M, N: g.K, K: g.N, TransB: !g.TransB}, DY, numbersY, outA)
			}
			if g.TransB {
				b.Gemm(native, device.Gemm{M: g.N, N: g.K, K: g.M, TransA: true, TransB: g.TransA}, DY, numbersX, outB)
			} else {
				b.Gemm(native, device.Gemm{M: g.K, N: g.N, K: g.M, TransA: !g.TransA}, numbersX, DY, outB)
			}
			da, db = b.read(t, outA), b.read(t, outB)
			b.gradients(t, da, db, func(c gradientCase, da, db device.Buffer) {
				b.GradientGemm(c.p, c.d, g, X, Y, DY, da, db)
			}, c)
		}
	}
}

// transposedNumbers returns the numbers of codes whose channels are rows.
func (b *gradientBattery) transposedNumbers(t *testing.T, q device.Quantizer, codes []int16, rows, cols int) device.Buffer {
	turned := make([]int16, len(codes))
	for i, c := range codes {
		turned[i%cols*rows+i/cols] = c
	}
	y := b.dirty(len(codes))
	b.Dequantize(q, b.putCodes(turned), y)
	x := b.read(t, y)
	back := make([]float32, len(codes))
	for i, v := range x {
		back[i%rows*cols+i/rows] = v
	}
	return b.put(back)
}

func (b *gradientBattery) read(t *testing.T, x device.Buffer) []float32 {
	t.Helper()
	require.NoError(t, b.Sync())
	out := make([]float32, x.Len())
	require.NoError(t, x.Read(out))
	return out
}

// collectGradients adds up the terms of the gradients of A (0) and B (1), n sums of k places each.
func collectGradients(nA, kA, nB, kB int, each func(add func(into, at, k int, term float32))) (da, db []float32) {
	a, b := make(terms, nA*kA), make(terms, nB*kB)
	each(func(into, at, k int, term float32) {
		if into == 0 {
			a[at*kA:][:kA].set(k, term)
		} else {
			b[at*kB:][:kB].set(k, term)
		}
	})
	for at := range nA {
		da = append(da, a[at*kA:][:kA].sum())
	}
	for at := range nB {
		db = append(db, b[at*kB:][:kB].sum())
	}
	return da, db
}

// gradients compares both gradients, and each of them computed alone.
func (b *gradientBattery) gradients(t *testing.T, wantA, wantB []float32, run func(c gradientCase, da, db device.Buffer), c gradientCase) {
	t.Helper()
	da, db := b.dirty(len(wantA)), b.dirty(len(wantB))
	run(c, da, db)
	b.equal(t, wantA, da, "gradient of A, %+v, %+v", c.p.A, c.p.B)
	b.equal(t, wantB, db, "gradient of B, %+v, %+v", c.p.A, c.p.B)
	da, db = b.dirty(len(wantA)), b.dirty(len(wantB))
	run(c, da, nil)
	b.equal(t, wantA, da, "gradient of A alone")
	run(c, nil, db)
	b.equal(t, wantB, db, "gradient of B alone")
}

var gradientConvs = []device.Conv{
	{N: 1, H: 1, W: 1, C: 1, OutC: 1, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 2, H: 5, W: 6, C: 3, OutC: 4, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 2, H: 7, W: 5, C: 4, OutC: 6, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadH: 2, PadW: 0, DilationH: 2, DilationW: 1, Groups: 2},
	{N: 3, H: 4, W: 4, C: 5, OutC: 5, KH: 3, KW: 3, StrideH: 1, StrideW: 2, PadH: 1, PadW: 2, DilationH: 1, DilationW: 1, Groups: 5},
	{N: 1, H: 6, W: 7, C: 4, OutC: 8, KH: 3, KW: 2, StrideH: 1, StrideW: 3, PadH: 2, PadW: 1, DilationH: 1, DilationW: 3, Groups: 4},
	{N: 1, H: 3, W: 3, C: 8, OutC: 16, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 2, H: 7, W: 8, C: 6, OutC: 17, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 2, H: 6, W: 5, C: 32, OutC: 32, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 2},
	{N: 1, H: 2, W: 2, C: 2, OutC: 120, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1},  // dX: k beyond a chunk, cut within 16 channels
	{N: 1, H: 2, W: 3, C: 4, OutC: 514, KH: 3, KW: 2, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 2},  // and between them
	{N: 15, H: 18, W: 17, C: 2, OutC: 3, KH: 2, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1}, // dW: many chunks
	{N: 1, H: 2, W: 1, C: 2, OutC: 3, KH: 5, KW: 3, StrideH: 2, StrideW: 1, PadH: 4, PadW: 2, DilationH: 1, DilationW: 1, Groups: 1},    // mostly padding
}

// convGradients is the reference of GradientConv.
func (c gradientCase) convGradients(s device.Conv, x, w []int16, dy []float32) (dx, dw []float32) {
	oh, ow, gi, per := s.OutH(), s.OutW(), s.C/s.Groups, s.OutC/s.Groups
	return collectGradients(len(x), s.KH*s.KW*per, len(w), s.N*oh*ow, func(add func(into, at, k int, term float32)) {
		for at, g := range dy {
			co, pixel := at%s.OutC, at/s.OutC
			n, oy, ox := pixel/(oh*ow), pixel/ow%oh, pixel%ow
			for tap := range s.KH * s.KW {
				iy, ix := oy*s.StrideH+tap/s.KW*s.DilationH-s.PadH, ox*s.StrideW+tap%s.KW*s.DilationW-s.PadW
				for ci := range gi {
					weight := (tap*gi+ci)*s.OutC + co
					if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
						if _, forB, exact := c.factors(int16(c.p.A.Zero[0]), w[weight], co); !exact {
							add(1, weight, pixel, float32(g*forB))
						}
						continue
					}
					input := ((n*s.H+iy)*s.W+ix)*s.C + co/per*gi + ci
					forA, forB, _ := c.factors(x[input], w[weight], co)
					add(0, input, tap*per+co%per, float32(g*forA))
					add(1, weight, pixel, float32(g*forB))
				}
			}
		}
	})
}

func testGradientConv(t *testing.T, b *gradientBattery) {
	s := newSource(63)
	for n, shape := range gradientConvs {
		for i := range 2 * len(codeRanges) {
			b.gradientConv(t, shape, b.gradientCase(s, i+n%2*2*len(codeRanges), shape.OutC), s, s.plain)
		}
	}
}

// gradientConv compares the gradients of a convolution, and those of exact products with the convolutions of numbers.
func (b *gradientBattery) gradientConv(t *testing.T, shape device.Conv, c gradientCase, s source, fill func(int) []float32) {
	t.Helper()
	native, err := b.Multiplier(nil)
	require.NoError(t, err)
	x, w, dy := s.codes(c.p.A, shape.InLen()), s.codes(c.p.B, shape.WeightLen()), fill(shape.OutLen())
	X, W, DY := b.putCodes(x), b.putCodes(w), b.put(dy)
	run := func(c gradientCase, dx, dw device.Buffer) {
		b.GradientConv(c.p, c.d, shape, X, W, DY, dx, dw)
	}
	dx, dw := c.convGradients(shape, x, w, dy)
	b.gradients(t, dx, dw, run, c)

	c.d = c.exact
	numbersX, numbersW := b.dirty(len(x)), b.dirty(len(w))
	b.Dequantize(c.p.A, X, numbersX)
	b.Dequantize(c.p.B, W, numbersW)
	outX, outW := b.dirty(len(x)), b.dirty(len(w))
	b.ConvInputGrad(native, shape, DY, numbersW, outX)
	b.ConvWeightGrad(native, shape, numbersX, DY, outW)
	b.gradients(t, b.read(t, outX), b.read(t, outW), run, c)
}

// testGradientSpecial has gradients dY and derivatives that are infinite, no numbers, tiny or huge.
func testGradientSpecial(t *testing.T, b *gradientBattery) {
	s := newSource(64)
	for i := range 30 {
		shape := gradientConvs[i%len(gradientConvs)]
		fill := s.rough
		c := b.gradientCase(s, i, shape.OutC)
		switch i % 3 {
		case 1: // one special number among others
			fill = func(n int) []float32 {
				x := s.plain(n)
				x[s.IntN(n)] = []float32{float32(math.Inf(1)), float32(math.NaN()), 1e-45, math.MaxFloat32}[s.IntN(4)]
				return x
			}
		case 2:
			fill = s.plain
			d := &c.d
			d.A, d.B = s.rough(len(d.A)), s.rough(len(d.B))
			if i%2 == 0 {
				d.A, d.B = s.plain(len(d.A)), s.plain(len(d.B))
				c.p.A.Scale = []float32{math.MaxFloat32}
				c.p.B.Scale = []float32{math.MaxFloat32}
			}
		}
		b.gradientConv(t, shape, c, s, fill)
	}
}

// testGradientUnused has infinite derivatives at codes that no operand has: they matter to no gradient.
func testGradientUnused(t *testing.T, b *gradientBattery) {
	s := newSource(68)
	for i, shape := range []device.Conv{
		{N: 3, H: 5, W: 4, C: 4, OutC: 17, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
		{N: 2, H: 6, W: 6, C: 7, OutC: 20, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1},
	} {
		for _, ranges := range []int{0, 1, 3} {
			c := b.gradientCase(s, ranges, shape.OutC)
			x, w, dy := s.codes(c.p.A, shape.InLen()), s.codes(c.p.B, shape.WeightLen()), s.plain(shape.OutLen())
			loA, loB, n := int16(c.p.A.Lo), int16(c.p.B.Lo), int(c.p.B.Hi-c.p.B.Lo)+1
			if c.p.A.Zero[0] == c.p.A.Lo { // the code of padding
				c.p.A.Zero = []int32{c.p.A.Lo + 1}
			}
			for j := range x {
				x[j] = max(x[j], loA+1)
			}
			for j := range w {
				w[j] = max(w[j], loB+1)
			}
			inf := float32(math.Inf(1))
			for _, which := range []string{"A, b", "A, a", "B, b", "B, a"} {
				d := device.Derivatives{A: append([]float32(nil), c.d.A...), B: append([]float32(nil), c.d.B...)}
				of := d.A
				if which[0] == 'B' {
					of = d.B
				}
				for j := range of {
					if which[3] == 'b' && j%n == 0 || which[3] == 'a' && j < n {
						of[j] = inf
					}
				}
				with := c
				with.d = d
				dx, dw := with.convGradients(shape, x, w, dy)
				X, W, DY := b.putCodes(x), b.putCodes(w), b.put(dy)
				b.gradients(t, dx, dw, func(c gradientCase, dx, dw device.Buffer) { b.GradientConv(c.p, c.d, shape, X, W, DY, dx, dw) }, with)
				for _, v := range append(dx, dw...) {
					require.False(t, v != v || math.IsInf(float64(v), 0), "shape %d, ranges %d, %s: the case uses the code", i, ranges, which)
				}
			}
		}
	}
}

func testGradientErrors(t *testing.T, b *gradientBattery) {
	s := newSource(65)
	g := device.Gemm{M: 2, N: 3, K: 4}
	v := device.Conv{N: 1, H: 2, W: 2, C: 2, OutC: 3, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}
	codes := func(n int) device.Codes { return b.putCodes(make([]int16, n)) }
	for want, run := range map[string]func(c gradientCase){
		"expected 8, 12, 6": func(c gradientCase) {
			b.GradientGemm(c.p, c.d, g, codes(8), codes(12), b.dirty(7), nil, nil)
		},
		"gradient of operand A has 7 elements, expected 8": func(c gradientCase) {
			b.GradientGemm(c.p, c.d, g, codes(8), codes(12), b.dirty(6), b.dirty(7), b.dirty(12))
		},
		"gradient of operand B has 13 elements, expected 12": func(c gradientCase) {
			b.GradientGemm(c.p, c.d, g, codes(8), codes(12), b.dirty(6), nil, b.dirty(13))
		},
		"65535 and 65536 derivatives, expected 65536": func(c gradientCase) {
			c.d.A = c.d.A[1:]
			b.GradientGemm(c.p, c.d, g, codes(8), codes(12), b.dirty(6), nil, b.dirty(12))
		},
		"65536 and 0 derivatives": func(c gradientCase) {
			c.d.B = nil
			b.GradientConv(c.p, c.d, v, codes(8), codes(6), b.dirty(12), b.dirty(8), nil)
		},
		"code 1 of operand A is 256, expected 0 to 255": func(c gradientCase) {
			b.GradientConv(c.p, c.d, v, b.putCodes([]int16{0, 256, 0, 0, 0, 0, 0, 0}), codes(6), b.dirty(12), b.dirty(8), nil)
		},
		"code 2 of operand B is -1, expected 0 to 255": func(c gradientCase) {
			b.GradientConv(c.p, c.d, v, codes(8), b.putCodes([]int16{0, 0, -1, 0, 0, 0}), b.dirty(12), b.dirty(8), nil)
		},
		"expected 8, 6, 12": func(c gradientCase) {
			b.GradientConv(c.p, c.d, v, codes(8), codes(7), b.dirty(12), b.dirty(8), nil)
		},
		"quantizer of operand B: 2 scales": func(c gradientCase) {
			c.p.B.Scale = []float32{1, 1}
			b.GradientConv(c.p, c.d, v, codes(8), codes(6), b.dirty(12), b.dirty(8), nil)
		},
		"quantizer of operand A: 3 scales": func(c gradientCase) {
			c.p.A.Scale = []float32{1, 1, 1}
			b.GradientGemm(c.p, c.d, g, codes(8), codes(12), b.dirty(6), b.dirty(8), nil)
		},
		"255 slopes, expected 256": func(c gradientCase) {
			b.Slopes(c.p.A, make([]float32, 255), codes(2), b.dirty(2))
		},
		"2 codes for 3 numbers": func(c gradientCase) {
			b.Slopes(c.p.A, make([]float32, 256), codes(2), b.dirty(3))
		},
		"code 0 is -1, expected 0 to 255": func(c gradientCase) {
			b.Slopes(c.p.A, make([]float32, 256), b.putCodes([]int16{-1}), b.dirty(1))
		},
	} {
		run(b.gradientCase(s, 0, 3))
		kept := b.dirty(2)
		b.Zero(kept) // does nothing: an error came before
		require.ErrorContains(t, b.Sync(), want)
		require.NoError(t, b.Sync(), "an error is reported once")
		b.equal(t, []float32{-1e9, -1e9}, kept, "after an error")
	}
}
