package devicetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

var norms = []device.Norm{
	{Rows: 1, Cols: 1, Epsilon: 1e-5},
	{Rows: 7, Cols: 5, Epsilon: 1e-5},
	{Rows: 3, Cols: 200, Epsilon: 1e-6},
	{Rows: 2500, Cols: 3, Epsilon: 1e-5}, // more than one chunk in a column
	{Rows: 2, Cols: 2500, Epsilon: 1e-6}, // and in a row
	{Rows: 1024, Cols: 9, Epsilon: 1e-3},
}

// lines are the columns or rows of a normalization: index returns where element k
// of a line lies.
type lines struct {
	n, k  int
	index func(line, k int) int
}

func columns(n device.Norm) lines {
	return lines{n.Cols, n.Rows, func(c, r int) int { return r*n.Cols + c }}
}

func rows(n device.Norm) lines {
	return lines{n.Rows, n.Cols, func(r, c int) int { return r*n.Cols + c }}
}

// sum returns the sum of f over each line.
func (l lines) sum(f func(line, at int) float32) []float32 {
	return collect(l.n, l.k, func(add func(int, int, float32)) {
		for i := range l.n {
			for k := range l.k {
				add(i, k, f(i, l.index(i, k)))
			}
		}
	})
}

// mean returns the mean of f over each line.
func (l lines) mean(f func(line, at int) float32) []float32 {
	out := l.sum(f)
	for i := range out {
		out[i] /= float32(l.k)
	}
	return out
}

func (l lines) moments(x []float32) (mean, variance []float32) {
	mean = l.mean(func(_, at int) float32 { return x[at] })
	variance = l.mean(func(line, at int) float32 {
		d := x[at] - mean[line]
		return float32(d * d)
	})
	return mean, variance
}

// invRoots returns 1 / √(variance + ε).
func invRoots(variance []float32, epsilon float32) []float32 {
	out := make([]float32, len(variance))
	for i, v := range variance {
		out[i] = 1 / float32(math.Sqrt(float64(v+epsilon)))
	}
	return out
}

func testMoments(t *testing.T, b *battery) {
	for i, n := range norms {
		s := newSource(uint64(i))
		for _, fill := range []func(int) []float32{s.plain, s.rough} {
			x := fill(n.Rows * n.Cols)
			mean, variance := columns(n).moments(x)
			m, v := b.dirty(n.Cols), b.dirty(n.Cols)
			b.Moments(n, b.put(x), m, v)
			b.equal(t, mean, m, "mean, %+v", n)
			b.equal(t, variance, v, "variance, %+v", n)
		}
	}
	b.Moments(device.Norm{Rows: 2, Cols: 3}, b.dirty(5), b.dirty(3), b.dirty(3))
	require.ErrorContains(t, b.Sync(), "5 elements, expected 6")
}

func testBatchNorm(t *testing.T, b *battery) {
	for i, n := range norms {
		s := newSource(uint64(20 + i))
		for _, fill := range []func(int) []float32{s.plain, s.rough} {
			x, g, scale, shift := fill(n.Rows*n.Cols), fill(n.Rows*n.Cols), s.plain(n.Cols), s.plain(n.Cols)
			mean, variance := columns(n).moments(x)
			f := invRoots(variance, n.Epsilon)
			hat, y, dx := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
			for i, v := range x {
				c := i % n.Cols
				hat[i] = float32((v - mean[c]) * f[c])
				y[i] = float32(hat[i]*scale[c]) + shift[c]
			}
			dshift := columns(n).sum(func(_, at int) float32 { return g[at] })
			dscale := columns(n).sum(func(_, at int) float32 { return float32(g[at] * hat[at]) })
			for i := range x {
				c := i % n.Cols
				d := g[i] - dshift[c]/float32(n.Rows)
				d -= float32(hat[i] * (dscale[c] / float32(n.Rows)))
				dx[i] = float32(float32(scale[c]*f[c]) * d)
			}
			in, up, bm, bv, bs := b.put(x), b.put(g), b.put(mean), b.put(variance), b.put(scale)
			out, gradX, gradScale, gradShift := b.dirty(len(x)), b.dirty(len(x)), b.dirty(n.Cols), b.dirty(n.Cols)
			b.BatchNorm(n, in, bm, bv, bs, b.put(shift), out)
			b.equal(t, y, out, "batch normalization %+v", n)
			b.BatchNormGrad(n, in, bm, bv, bs, up, gradX, gradScale, gradShift)
			b.equal(t, dx, gradX, "batch normalization, gradient of x, %+v", n)
			b.equal(t, dscale, gradScale, "batch normalization, gradient of the scale, %+v", n)
			b.equal(t, dshift, gradShift, "batch normalization, gradient of the shift, %+v", n)
			b.BatchNormGrad(n, in, bm, bv, bs, up, up, gradScale, gradShift)
			b.equal(t, dx, up, "batch normalization, gradient of x in place, %+v", n)
		}
	}
}

func testLayerNorm(t *testing.T, b *battery) {
	for i, n := range norms {
		s := newSource(uint64(40 + i))
		for _, fill := range []func(int) []float32{s.plain, s.rough} {
			x, g, scale, shift := fill(n.Rows*n.Cols), fill(n.Rows*n.Cols), s.plain(n.Cols), s.plain(n.Cols)
			mean, variance := rows(n).moments(x)
			f := invRoots(variance, n.Epsilon)
			hat, y, dx := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
			for i, v := range x {
				r, c := i/n.Cols, i%n.Cols
				hat[i] = float32((v - mean[r]) * f[r])
				y[i] = float32(hat[i]*scale[c]) + shift[c]
			}
			dshift := columns(n).sum(func(_, at int) float32 { return g[at] })
			dscale := columns(n).sum(func(_, at int) float32 { return float32(g[at] * hat[at]) })
			h := func(at int) float32 { return float32(g[at] * scale[at%n.Cols]) }
			meanH := rows(n).mean(func(_, at int) float32 { return h(at) })
			meanHX := rows(n).mean(func(_, at int) float32 { return float32(h(at) * hat[at]) })
			for i := range x {
				r := i / n.Cols
				d := h(i) - meanH[r]
				d -= float32(hat[i] * meanHX[r])
				dx[i] = float32(f[r] * d)
			}
			in, up, bs := b.put(x), b.put(g), b.put(scale)
			out, m, v := b.dirty(len(x)), b.dirty(n.Rows), b.dirty(n.Rows)
			gradX, gradScale, gradShift := b.dirty(len(x)), b.dirty(n.Cols), b.dirty(n.Cols)
			b.LayerNorm(n, in, bs, b.put(shift), m, v, out)
			b.equal(t, y, out, "layer normalization %+v", n)
			b.equal(t, mean, m, "layer normalization, mean, %+v", n)
			b.equal(t, variance, v, "layer normalization, variance, %+v", n)
			b.LayerNormGrad(n, in, m, v, bs, up, gradX, gradScale, gradShift)
			b.equal(t, dx, gradX, "layer normalization, gradient of x, %+v", n)
			b.equal(t, dscale, gradScale, "layer normalization, gradient of the scale, %+v", n)
			b.equal(t, dshift, gradShift, "layer normalization, gradient of the shift, %+v", n)
			b.LayerNormGrad(n, in, m, v, bs, up, up, gradScale, gradShift)
			b.equal(t, dx, up, "layer normalization, gradient of x in place, %+v", n)
		}
	}
}

func testAverage(t *testing.T, b *battery) {
	for _, m := range []device.Moving{{Rate: 0.1, Scale: 1}, {Rate: 0.25, Scale: 1.0078125}, {Rate: 1, Scale: 3}} {
		s := newSource(9)
		x, average := s.plain(700), s.plain(700)
		want := make([]float32, len(x))
		for i, v := range x {
			want[i] = float32((1-m.Rate)*average[i]) + float32(m.Rate*float32(m.Scale*v))
		}
		buf := b.put(average)
		b.Average(m, b.put(x), buf)
		b.equal(t, want, buf, "%+v", m)
	}
}
