package devicetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

// activation is a function of single elements and its gradient.
type activation struct {
	name string
	f    func(x float32) float32
	grad func(x, g float32) float32
	// run and runGrad are the operations; at is y if fromOutput, else x.
	run        func(x, y device.Buffer)
	runGrad    func(at, g, dx device.Buffer)
	fromOutput bool
	inPlace    bool // y may be x
}

// activation puts one through its tests; in a gradient dx may be g.
func (b *battery) activation(t *testing.T, a activation) {
	for _, n := range []int{0, 1, 15, 16, 17, 10000} {
		s := newSource(uint64(n))
		for _, fill := range []func(int) []float32{s.plain, s.rough} {
			x, g := fill(n), s.rough(n)
			for i := range x {
				if s.IntN(4) == 0 {
					x[i] = float32(s.IntN(9)) // 6, 0, and what lies around
				}
			}
			y, dx := make([]float32, n), make([]float32, n)
			for i, v := range x {
				y[i], dx[i] = a.f(v), a.grad(v, g[i])
			}
			in, out, up, grad := b.put(x), b.dirty(n), b.put(g), b.dirty(n)
			a.run(in, out)
			b.equal(t, y, out, "%s of %d", a.name, n)
			at := in
			if a.fromOutput {
				at = out
			}
			a.runGrad(at, up, grad)
			b.equal(t, dx, grad, "%s gradient of %d", a.name, n)
			a.runGrad(at, up, up)
			b.equal(t, dx, up, "%s gradient of %d in place", a.name, n)
			if a.inPlace {
				a.run(in, in)
				b.equal(t, y, in, "%s of %d in place", a.name, n)
			}
		}
	}
}

func testReLU(t *testing.T, b *battery) {
	b.activation(t, activation{name: "ReLU", run: b.ReLU, runGrad: b.ReLUGrad, fromOutput: true, inPlace: true,
		f: func(x float32) float32 {
			if x > 0 || x != x {
				return x
			}
			return 0
		},
		grad: func(x, g float32) float32 {
			if x > 0 || x != x {
				return g
			}
			return 0
		}})
}

func testReLU6(t *testing.T, b *battery) {
	b.activation(t, activation{name: "ReLU6", run: b.ReLU6, runGrad: b.ReLU6Grad, fromOutput: true, inPlace: true,
		f: func(x float32) float32 {
			switch {
			case x > 6:
				return 6
			case x > 0 || x != x:
				return x
			}
			return 0
		},
		grad: func(x, g float32) float32 {
			if x > 0 && x < 6 || x != x {
				return g
			}
			return 0
		}})
}

func testGELU(t *testing.T, b *battery) {
	const invSqrt2, invSqrt2Pi = float32(0.707106781), float32(0.398942280)
	phi := func(x float32) float32 { return float32(0.5 * (1 + device.Erf(float32(x*invSqrt2)))) }
	b.activation(t, activation{name: "GELU", run: b.GELU, runGrad: b.GELUGrad,
		f: func(x float32) float32 { return float32(x * phi(x)) },
		grad: func(x, g float32) float32 {
			square := float32(x * x)
			density := float32(invSqrt2Pi * device.Exp(float32(-0.5*square)))
			return float32(g * (phi(x) + float32(x*density)))
		}})
}

func testSoftmax(t *testing.T, b *battery) {
	for i, shape := range [][2]int{{0, 3}, {1, 1}, {5, 10}, {3, 197}, {2, 2100}, {600, 10}} {
		rows, cols := shape[0], shape[1]
		s := newSource(uint64(i))
		for _, scale := range []float32{1, 0.125, 0.3} {
			for _, fill := range []func(int) []float32{s.plain, s.rough} {
				x, g := fill(rows*cols), s.plain(rows*cols)
				y, dx := make([]float32, len(x)), make([]float32, len(x))
				for r := range rows {
					scaled := make([]float32, cols)
					for j := range cols {
						scaled[j] = float32(scale * x[r*cols+j])
					}
					largest := scaled[0]
					for _, v := range scaled {
						if v > largest {
							largest = v
						}
					}
					e, gy := make(terms, cols), make(terms, cols)
					for j, v := range scaled {
						e.set(j, device.Exp(v-largest))
					}
					sum := e.sum()
					for j := range cols {
						y[r*cols+j] = e[j].value / sum
						gy.set(j, float32(g[r*cols+j]*y[r*cols+j]))
					}
					mean := gy.sum()
					for j := range cols {
						inner := float32(y[r*cols+j] * (g[r*cols+j] - mean))
						dx[r*cols+j] = float32(scale * inner)
					}
				}
				in, out, up, grad := b.put(x), b.dirty(len(x)), b.put(g), b.dirty(len(x))
				b.Softmax(rows, cols, scale, in, out)
				b.equal(t, y, out, "softmax, %v", shape)
				b.Softmax(rows, cols, scale, in, in)
				b.equal(t, y, in, "softmax in place, %v", shape)
				b.SoftmaxGrad(rows, cols, scale, out, up, grad)
				b.equal(t, dx, grad, "softmax gradient, %v", shape)
				b.SoftmaxGrad(rows, cols, scale, out, up, up)
				b.equal(t, dx, up, "softmax gradient in place, %v", shape)
			}
		}
	}
}

func testCopy(t *testing.T, b *battery) {
	for i, c := range []device.Copy{
		{Rows: 1, Cols: 1},
		{Rows: 3, Cols: 5, FromStep: 5, ToStep: 5},
		{Rows: 4, Cols: 6, From: 2, FromStep: 7, To: 3, ToStep: 11},
		{Rows: 5, Cols: 3, From: 4, ToStep: 8}, // one row again and again
		{Rows: 0, Cols: 3},
		{Rows: 300, Cols: 40, FromStep: 41, To: 1, ToStep: 40},
	} {
		s := newSource(uint64(i))
		x := s.rough(c.From + max(0, c.Rows-1)*c.FromStep + c.Cols + 2)
		y := s.rough(c.To + max(0, c.Rows-1)*c.ToStep + c.Cols + 2)
		in, out := b.put(x), b.put(y)
		for r := range c.Rows {
			for j := range c.Cols {
				y[c.To+r*c.ToStep+j] = x[c.From+r*c.FromStep+j]
			}
		}
		b.Copy(c, in, out)
		b.equal(t, y, out, "%+v", c)
		b.equal(t, x, in, "%+v, what is copied", c)
	}
	for _, n := range []int{0, 1, 9, 10001} {
		s := newSource(uint64(n))
		x, y := s.rough(n), s.rough(n)
		in, out := b.put(x), b.put(y)
		for i := range y {
			y[i] += x[i]
		}
		b.Add(in, out)
		b.equal(t, y, out, "addition of %d", n)
		b.Zero(out)
		b.equal(t, make([]float32, n), out, "%d zeros", n)
	}
	b.Copy(device.Copy{Rows: 2, Cols: 2, FromStep: 2, ToStep: 3}, b.dirty(4), b.dirty(4))
	require.ErrorContains(t, b.Sync(), "reaches elements 4 and 5 of buffers of 4 and 4")
}
