package devicetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

func testBias(t *testing.T, b *battery) {
	for i, shape := range [][2]int{{1, 1}, {7, 5}, {3, 200}, {2500, 3}, {0, 4}} {
		rows, cols := shape[0], shape[1]
		s := newSource(uint64(i))
		x, bias := s.rough(rows*cols), s.rough(cols)
		want, sums := make([]float32, rows*cols), make([]float32, cols)
		for c := range cols {
			ts := make(terms, rows)
			for r := range rows {
				want[r*cols+c] = x[r*cols+c] + bias[c]
				ts.set(r, x[r*cols+c])
			}
			sums[c] = ts.sum()
		}
		out := b.dirty(cols)
		buf := b.put(x)
		b.SumRows(rows, cols, buf, out)
		b.equal(t, sums, out, "sum of rows, %v", shape)
		b.AddBias(rows, cols, b.put(bias), buf)
		b.equal(t, want, buf, "bias, %v", shape)
	}
}

var pools = []device.Pool{
	{N: 1, H: 1, W: 1, C: 1, KH: 1, KW: 1, StrideH: 1, StrideW: 1},
	{N: 2, H: 6, W: 8, C: 3, KH: 2, KW: 2, StrideH: 2, StrideW: 2},
	{N: 2, H: 7, W: 9, C: 5, KH: 3, KW: 2, StrideH: 2, StrideW: 1}, // windows overlap
	{N: 1, H: 7, W: 7, C: 17, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1},
	{N: 1, H: 5, W: 9, C: 2, KH: 2, KW: 3, StrideH: 3, StrideW: 4, PadW: 1}, // elements under no window
	{N: 1, H: 50, W: 60, C: 1, KH: 50, KW: 60, StrideH: 1, StrideW: 1},      // more than one chunk
}

// windows calls do for every element of every window: the window's index in Y,
// the element's in X, its place in the window, and the window's k.
func windows(p device.Pool, do func(y, x, tap, k int)) {
	for n := range p.N {
		for oy := range p.OutH() {
			for ox := range p.OutW() {
				for c := range p.C {
					for tap := range p.KH * p.KW {
						iy, ix := oy*p.StrideH-p.PadH+tap/p.KW, ox*p.StrideW-p.PadW+tap%p.KW
						if iy >= 0 && iy < p.H && ix >= 0 && ix < p.W {
							k := oy*p.OutW() + ox
							do((n*p.OutH()*p.OutW()+k)*p.C+c, ((n*p.H+iy)*p.W+ix)*p.C+c, tap, k)
						}
					}
				}
			}
		}
	}
}

func testMaxPool(t *testing.T, b *battery) {
	for i, p := range pools {
		s := newSource(uint64(i))
		for _, fill := range []func(int) []float32{s.plain, s.rough} {
			x, g := fill(p.InLen()), fill(p.OutLen())
			best, where := make([]float32, len(g)), make([]float32, len(g))
			seen := make([]bool, len(g))
			windows(p, func(y, xi, tap, _ int) {
				v := x[xi]
				if !seen[y] || v > best[y] || math.IsNaN(float64(v)) && !math.IsNaN(float64(best[y])) {
					best[y], where[y], seen[y] = v, float32(tap), true
				}
			})
			want := collect(len(x), p.OutH()*p.OutW(), func(add func(int, int, float32)) {
				windows(p, func(y, xi, tap, k int) {
					if where[y] == float32(tap) {
						add(xi, k, g[y])
					}
				})
			})
			out, at, grad := b.dirty(len(g)), b.dirty(len(g)), b.dirty(len(x))
			b.MaxPool(p, b.put(x), out, at)
			b.equal(t, best, out, "max pooling %+v", p)
			b.equal(t, where, at, "place of the maximum, %+v", p)
			b.MaxPoolGrad(p, b.put(g), at, grad)
			b.equal(t, want, grad, "max pooling gradient %+v", p)
		}
	}
}

func testAvgPool(t *testing.T, b *battery) {
	for i, p := range pools {
		s := newSource(uint64(i))
		for _, fill := range []func(int) []float32{s.plain, s.rough} {
			x, g := fill(p.InLen()), fill(p.OutLen())
			count := make([]float32, len(g))
			windows(p, func(y, _, _, _ int) { count[y]++ })
			want := collect(len(g), p.KH*p.KW, func(add func(int, int, float32)) {
				windows(p, func(y, xi, tap, _ int) { add(y, tap, x[xi]) })
			})
			for y := range want {
				want[y] /= count[y]
			}
			wantGrad := collect(len(x), p.OutH()*p.OutW(), func(add func(int, int, float32)) {
				windows(p, func(y, xi, _, k int) { add(xi, k, g[y]/count[y]) })
			})
			out, grad := b.dirty(len(g)), b.dirty(len(x))
			b.AvgPool(p, b.put(x), out)
			b.equal(t, want, out, "average pooling %+v", p)
			b.AvgPoolGrad(p, b.put(g), grad)
			b.equal(t, wantGrad, grad, "average pooling gradient %+v", p)
		}
	}
}

func testDropout(t *testing.T, b *battery) {
	for _, rate := range []float32{0, 0.1, 0.5, 0.9} {
		const n, seed = 20000, 77
		x := newSource(3).rough(n)
		want, kept := make([]float32, n), 0
		for i, v := range x {
			if device.Keep(seed, i, rate) {
				kept++
				want[i] = v * (1 / (1 - rate))
			}
		}
		require.InDelta(t, 1-rate, float64(kept)/n, 0.01)
		y := b.dirty(n)
		b.Dropout(seed, rate, b.put(x), y)
		b.equal(t, want, y, "dropout at rate %v", rate)
	}
	b.Dropout(1, 1, b.dirty(1), b.dirty(1))
	require.ErrorContains(t, b.Sync(), "rate 1")
}

func testSoftmaxCrossEntropy(t *testing.T, b *battery) {
	for i, shape := range [][2]int{{1, 1}, {5, 10}, {3, 1000}, {2, 2100}, {600, 10}} {
		rows, cols := shape[0], shape[1]
		s := newSource(uint64(i))
		for fi, fill := range []func(int) []float32{s.plain, s.rough, s.plain} {
			x, labels := fill(rows*cols), make([]float32, rows)
			smoothing := []float32{0, 0.2, 0.1}[fi]
			others := smoothing / float32(cols)
			loss, dx := make([]float32, rows), make([]float32, rows*cols)
			for r := range rows {
				label := s.IntN(cols)
				labels[r] = float32(label)
				row := x[r*cols:][:cols]
				largest := float32(math.Inf(-1))
				for _, v := range row {
					if v != v {
						largest = v
						break
					}
					largest = max(largest, v)
				}
				ts := make(terms, cols)
				for j, v := range row {
					ts.set(j, device.Exp(v-largest))
				}
				sum := ts.sum()
				loss[r] = device.Log(sum) - (row[label] - largest)
				if smoothing != 0 {
					all := make(terms, cols)
					for j, v := range row {
						all.set(j, device.Log(sum)-(v-largest))
					}
					loss[r] = float32((1-smoothing)*loss[r]) + float32(others*all.sum())
				}
				for j := range row {
					d := ts[j].value / sum
					if j == label {
						d -= 1 - smoothing + others
					} else {
						d -= others
					}
					dx[r*cols+j] = d / float32(rows)
				}
			}
			gotLoss, gotDx := b.dirty(rows), b.dirty(rows*cols)
			b.SoftmaxCrossEntropy(rows, cols, smoothing, b.put(x), b.put(labels), gotLoss, gotDx)
			b.equal(t, loss, gotLoss, "loss, %v", shape)
			b.equal(t, dx, gotDx, "gradient, %v", shape)
		}
	}
	for _, label := range []float32{-1, 3, 0.5, float32(math.NaN())} {
		b.SoftmaxCrossEntropy(1, 3, 0, b.dirty(3), b.put([]float32{label}), b.dirty(1), b.dirty(3))
		require.ErrorContains(t, b.Sync(), "label")
	}
}

func testOptimizers(t *testing.T, b *battery) {
	for _, n := range []int{1, 17, 9000} {
		s := newSource(uint64(n))
		w, g, v, m := s.plain(n), s.plain(n), s.plain(n), s.plain(n)
		for i := range v {
			v[i] = float32(math.Abs(float64(v[i])))
		}
		squares := make(terms, n)
		for i, x := range g {
			squares.set(i, float32(x*x))
		}
		norm := b.dirty(1)
		b.SumSquares(b.put(g), norm)
		b.equal(t, []float32{squares.sum()}, norm, "sum of squares")

		wantW, wantV := make([]float32, n), make([]float32, n)
		for _, nesterov := range []bool{false, true} {
			o := device.SGD{Rate: 0.1, Momentum: 0.9, Decay: 5e-4, Scale: 0.7, Nesterov: nesterov}
			for i := range w {
				d := float32(o.Scale*g[i]) + float32(o.Decay*w[i])
				wantV[i] = float32(o.Momentum*v[i]) + d
				wantW[i] = w[i] - float32(o.Rate*wantV[i])
				if nesterov {
					ahead := d + float32(o.Momentum*wantV[i])
					wantW[i] = w[i] - float32(o.Rate*ahead)
				}
			}
			bw, bv := b.put(w), b.put(v)
			b.SGD(o, bw, b.put(g), bv)
			b.equal(t, wantW, bw, "SGD, weights")
			b.equal(t, wantV, bv, "SGD, velocity")
		}

		a := device.Adam{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: 1e-2, L2: 3e-3, Scale: 0.6, Correct1: 0.271, Correct2: 0.002997001}
		wantM := make([]float32, n)
		for i := range w {
			g := float32(a.Scale*g[i]) + float32(a.L2*w[i])
			wantM[i] = float32(a.Beta1*m[i]) + float32((1-a.Beta1)*g)
			wantV[i] = float32(a.Beta2*v[i]) + float32((1-a.Beta2)*float32(g*g))
			root := float32(math.Sqrt(float64(wantV[i] / a.Correct2)))
			d := (wantM[i]/a.Correct1)/(root+a.Epsilon) + float32(a.Decay*w[i])
			wantW[i] = w[i] - float32(a.Rate*d)
		}
		bw, bm, bv := b.put(w), b.put(m), b.put(v)
		b.Adam(a, bw, b.put(g), bm, bv)
		b.equal(t, wantW, bw, "Adam, weights")
		b.equal(t, wantM, bm, "Adam, first moment")
		b.equal(t, wantV, bv, "Adam, second moment")
	}
}
