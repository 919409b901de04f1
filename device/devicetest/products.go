package devicetest

import (
	"testing"

	"github.com/approxtrain/approxtrain/device"
)

func testGemm(t *testing.T, b *battery) {
	for _, m := range b.multipliers(t) {
		for i, g := range []device.Gemm{
			{M: 1, N: 1, K: 1}, {M: 9, N: 130, K: 1}, {M: 3, N: 5, K: 7}, {M: 4, N: 64, K: 16}, {M: 7, N: 65, K: 33}, {M: 13, N: 1, K: 100},
			{M: 1, N: 130, K: 9}, {M: 2, N: 3, K: 1024}, {M: 2, N: 3, K: 1025}, {M: 3, N: 17, K: 2500}, {M: 2, N: 2, K: 0},
			{M: 6, N: 33, K: 20, TransA: true}, {M: 6, N: 33, K: 20, TransB: true}, {M: 5, N: 9, K: 30, TransA: true, TransB: true},
		} {
			s := newSource(uint64(i))
			for _, fill := range []func(int) []float32{s.plain, s.rough, m.limits(s)} {
				b.gemm(t, m, g, fill)
			}
		}
	}
}

// gemm compares a product of numbers that fill makes.
func (b *battery) gemm(t *testing.T, m multiplier, g device.Gemm, fill func(int) []float32) {
	t.Helper()
	x, y := fill(g.M*g.K), fill(g.K*g.N)
	want := m.quantized(x, y, func(x, y []float32) []float32 {
		out := make([]float32, g.M*g.N)
		for i := range g.M {
			for j := range g.N {
				ts := make(terms, g.K)
				for k := range g.K {
					ts.set(k, m.mul(x[g.A(i, k)], y[g.B(k, j)]))
				}
				out[i*g.N+j] = ts.sum()
			}
		}
		return out
	})
	z := b.dirty(len(want))
	b.Gemm(m.dev, g, b.put(x), b.put(y), z)
	b.equal(t, want, z, "%s, %+v", m.name, g)
}

func testConv(t *testing.T, b *battery) {
	conv := func(n, h, w, c, out, kh, kw int, change ...func(*device.Conv)) device.Conv {
		s := device.Conv{N: n, H: h, W: w, C: c, OutC: out, KH: kh, KW: kw, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}
		for _, f := range change {
			f(&s)
		}
		return s
	}
	pad := func(h, w int) func(*device.Conv) { return func(s *device.Conv) { s.PadH, s.PadW = h, w } }
	stride := func(h, w int) func(*device.Conv) { return func(s *device.Conv) { s.StrideH, s.StrideW = h, w } }
	dilation := func(h, w int) func(*device.Conv) { return func(s *device.Conv) { s.DilationH, s.DilationW = h, w } }
	groups := func(n int) func(*device.Conv) { return func(s *device.Conv) { s.Groups = n } }
	shapes := []device.Conv{
		conv(1, 1, 1, 1, 1, 1, 1),
		conv(2, 5, 6, 3, 4, 3, 2),
		conv(2, 5, 6, 3, 4, 3, 3, pad(1, 1)),
		conv(1, 7, 8, 2, 3, 3, 3, pad(1, 2), stride(2, 3)),
		conv(1, 9, 8, 2, 3, 3, 2, pad(2, 1), dilation(2, 3)),
		conv(2, 6, 6, 4, 6, 3, 3, pad(1, 1), groups(2)),
		conv(1, 5, 5, 4, 4, 3, 3, pad(1, 1), groups(4), stride(2, 2)),
		conv(1, 4, 4, 120, 2, 3, 3, pad(1, 1)), // k beyond one chunk, padded positions before it
		conv(1, 4, 4, 2, 120, 3, 3, pad(1, 1)), // likewise in the input gradient
		conv(3, 20, 19, 1, 2, 2, 2),            // and in the weight gradient
		conv(1, 4, 5, 3, 70, 1, 1, stride(2, 2)),
		conv(2, 4, 4, 16, 5, 3, 3, pad(1, 1)), // much padding
		conv(1, 31, 3, 9, 8, 3, 1, pad(1, 0)), // little padding
		conv(2, 2, 31, 9, 17, 1, 3, pad(0, 1)),
		conv(2, 1, 1, 16, 5, 3, 3, pad(1, 1)),                            // nothing else in most taps
		conv(2, 7, 6, 37, 37, 3, 3, pad(1, 1), groups(37), stride(1, 2)), // depthwise
		conv(2, 25, 24, 9, 9, 3, 2, pad(1, 0), groups(9)),                // likewise, the weight gradient in two chunks
		conv(2, 8, 9, 5, 8, 3, 2, pad(1, 2), stride(2, 3), dilation(2, 1)),
		conv(2, 7, 6, 8, 70, 3, 3, pad(2, 1), stride(2, 2), groups(2)),
	}
	for _, m := range b.multipliers(t) {
		for i, s := range shapes {
			r := newSource(uint64(200 + i))
			for _, fill := range []func(int) []float32{r.plain, r.rough} {
				b.conv(t, m, s, fill)
			}
		}
	}
}

// conv compares the three products of a convolution of numbers that fill makes.
func (b *battery) conv(t *testing.T, m multiplier, s device.Conv, fill func(int) []float32) {
	t.Helper()
	x, w, g := fill(s.InLen()), fill(s.WeightLen()), fill(s.OutLen())
	dx, dw, dg := b.put(x), b.put(w), b.put(g)
	y := b.dirty(len(g))
	b.ConvForward(m.dev, s, dx, dw, y)
	b.equal(t, m.quantized(x, w, func(a, b []float32) []float32 { return convForward(m, s, a, b) }), y,
		"%s, forward %+v", m.name, s)
	gradX := b.dirty(len(x))
	b.ConvInputGrad(m.dev, s, dg, dw, gradX)
	b.equal(t, m.quantized(g, w, func(a, b []float32) []float32 { return convInputGrad(m, s, a, b) }), gradX,
		"%s, input gradient %+v", m.name, s)
	gradW := b.dirty(len(w))
	b.ConvWeightGrad(m.dev, s, dx, dg, gradW)
	b.equal(t, m.quantized(x, g, func(a, b []float32) []float32 { return convWeightGrad(m, s, a, b) }), gradW,
		"%s, weight gradient %+v", m.name, s)
}

// visit calls do for every product of a convolution: the indices in X, W and Y
// and the place in each of the three sums.
func visit(s device.Conv, do func(x, w, y, kForward, kInput, kWeight int)) {
	oh, ow, gi, per := s.OutH(), s.OutW(), s.C/s.Groups, s.OutC/s.Groups
	for n := range s.N {
		for oy := range oh {
			for ox := range ow {
				for co := range s.OutC {
					for ky := range s.KH {
						for kx := range s.KW {
							iy, ix := oy*s.StrideH+ky*s.DilationH-s.PadH, ox*s.StrideW+kx*s.DilationW-s.PadW
							if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
								continue
							}
							for ci := range gi {
								tap, pixel := ky*s.KW+kx, (n*oh+oy)*ow+ox
								do(((n*s.H+iy)*s.W+ix)*s.C+co/per*gi+ci, (tap*gi+ci)*s.OutC+co, pixel*s.OutC+co,
									tap*gi+ci, tap*per+co%per, pixel)
							}
						}
					}
				}
			}
		}
	}
}

// collect adds up the terms that each calls for, n sums of k places.
func collect(n, k int, each func(add func(at, k int, term float32))) []float32 {
	all := make(terms, n*k)
	each(func(at, i int, term float32) { all[at*k:(at+1)*k].set(i, term) })
	out := make([]float32, n)
	for at := range out {
		out[at] = all[at*k : (at+1)*k].sum()
	}
	return out
}

func convForward(m multiplier, s device.Conv, x, w []float32) []float32 {
	return collect(s.OutLen(), s.KH*s.KW*s.C/s.Groups, func(add func(int, int, float32)) {
		visit(s, func(xi, wi, yi, k, _, _ int) { add(yi, k, m.mul(x[xi], w[wi])) })
	})
}

func convInputGrad(m multiplier, s device.Conv, g, w []float32) []float32 {
	return collect(s.InLen(), s.KH*s.KW*s.OutC/s.Groups, func(add func(int, int, float32)) {
		visit(s, func(xi, wi, yi, _, k, _ int) { add(xi, k, m.mul(g[yi], w[wi])) })
	})
}

func convWeightGrad(m multiplier, s device.Conv, x, g []float32) []float32 {
	return collect(s.WeightLen(), s.N*s.OutH()*s.OutW(), func(add func(int, int, float32)) {
		visit(s, func(xi, wi, yi, _, _, k int) { add(wi, k, m.mul(x[xi], g[yi])) })
	})
}
