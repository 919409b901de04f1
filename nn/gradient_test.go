package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/cpu"
	"approxtrain/device"
)

// reference64 computes the mean loss of a network in float64, from the
// definitions of its layers alone. masks are the dropout masks, already scaled.
func reference64(specs []Spec, in Shape, batch int, params map[string][]float64, masks map[string][]float64, x []float64, labels []int) float64 {
	count := map[string]int{}
	name := func(kind string) string {
		count[kind]++
		return fmt.Sprintf("%s%d", kind, count[kind])
	}
	for _, s := range specs {
		var y []float64
		out := in
		switch {
		case s.Dense > 0:
			n := name("dense")
			out = Shape{1, 1, s.Dense}
			w, b := params[n+".weight"], params[n+".bias"]
			for e := range batch {
				for o := range s.Dense {
					sum := b[o]
					for i := range in.Len() {
						sum += x[e*in.Len()+i] * w[i*s.Dense+o]
					}
					y = append(y, sum)
				}
			}
		case s.Conv != nil:
			n := name("conv")
			c := s.Conv.on(in, batch)
			out = Shape{c.OutH(), c.OutW(), c.OutC}
			w, b := params[n+".weight"], params[n+".bias"]
			gi, per := c.C/c.Groups, c.OutC/c.Groups
			for e := range batch {
				for oy := range out.H {
					for ox := range out.W {
						for o := range out.C {
							sum := b[o]
							for ky := range c.KH {
								for kx := range c.KW {
									iy, ix := oy*c.StrideH-c.PadH+ky*c.DilationH, ox*c.StrideW-c.PadW+kx*c.DilationW
									if iy < 0 || iy >= in.H || ix < 0 || ix >= in.W {
										continue
									}
									for i := range gi {
										sum += x[((e*in.H+iy)*in.W+ix)*in.C+o/per*gi+i] * w[((ky*c.KW+kx)*gi+i)*c.OutC+o]
									}
								}
							}
							y = append(y, sum)
						}
					}
				}
			}
		case s.ReLU:
			for _, v := range x {
				y = append(y, max(v, 0))
			}
		case s.MaxPool > 0, s.AvgPool > 0:
			k := max(s.MaxPool, s.AvgPool)
			out = Shape{(in.H-k)/k + 1, (in.W-k)/k + 1, in.C}
			for e := range batch {
				for oy := range out.H {
					for ox := range out.W {
						for c := range in.C {
							best, sum := math.Inf(-1), 0.0
							for t := range k * k {
								v := x[((e*in.H+oy*k+t/k)*in.W+ox*k+t%k)*in.C+c]
								best, sum = max(best, v), sum+v
							}
							if s.MaxPool == 0 {
								best = sum / float64(k*k)
							}
							y = append(y, best)
						}
					}
				}
			}
		case s.Dropout > 0:
			for i, v := range x {
				y = append(y, v*masks[name("dropout")][i])
				count["dropout"]--
			}
			count["dropout"]++
		}
		x, in = y, out
	}
	loss := 0.0
	for e, l := range labels {
		row := x[e*in.Len():][:in.Len()]
		sum := 0.0
		for _, v := range row {
			sum += math.Exp(v)
		}
		loss += math.Log(sum) - row[l]
	}
	return loss / float64(batch)
}

// Gradients of every kind of layer agree with central differences of a float64
// implementation.
func TestGradients(t *testing.T) {
	checked := 0
	for name, c := range map[string]struct {
		specs []Spec
		in    Shape
	}{
		"dense":         {[]Spec{{Dense: 7}, {ReLU: true}, {Dense: 4}}, Shape{1, 1, 9}},
		"convolution":   {[]Spec{{Conv: &ConvSpec{Out: 4, Kernel: 3, Pad: 1}}, {ReLU: true}, {Conv: &ConvSpec{Out: 3, Kernel: 3}}, {Dense: 4}}, Shape{6, 5, 2}},
		"stride":        {[]Spec{{Conv: &ConvSpec{Out: 4, Kernel: 3, Stride: 2, Pad: 1}}, {Conv: &ConvSpec{Out: 4, Kernel: 2}}, {Dense: 4}}, Shape{7, 6, 2}},
		"groups":        {[]Spec{{Conv: &ConvSpec{Out: 6, Kernel: 3, Groups: 2, Dilation: 2, Pad: 2}}, {ReLU: true}, {Conv: &ConvSpec{Out: 6, Kernel: 1, Groups: 3}}, {Dense: 4}}, Shape{5, 6, 4}},
		"max pooling":   {[]Spec{{Conv: &ConvSpec{Out: 3, Kernel: 3, Pad: 1}}, {MaxPool: 2}, {Dense: 4}}, Shape{6, 7, 1}},
		"avg pooling":   {[]Spec{{Conv: &ConvSpec{Out: 3, Kernel: 3, Pad: 1}}, {AvgPool: 2}, {Dense: 4}}, Shape{6, 7, 1}},
		"dropout":       {[]Spec{{Dense: 12}, {Dropout: 0.4}, {Dense: 4}}, Shape{1, 1, 9}},
		"lenet-5":       {must(Model("lenet-5", 10)), Shape{28, 28, 1}},
		"lenet-300-100": {must(Model("lenet-300-100", 10)), Shape{28, 28, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			const batch, step = 3, 5
			d, err := cpu.New(2)
			require.NoError(t, err)
			native, err := d.Multiplier(nil)
			require.NoError(t, err)
			n, err := New(d, c.specs, c.in, batch, Multipliers{native, native}, 11)
			require.NoError(t, err)
			rng := rand.New(rand.NewPCG(3, 4))
			x, labels, classes := make([]float32, batch*c.in.Len()), make([]float32, batch), make([]int, batch)
			for i := range x {
				x[i] = rng.Float32()
			}
			for i := range labels {
				classes[i] = rng.IntN(n.Classes())
				labels[i] = float32(classes[i])
			}
			loss, _, err := n.Gradients(x, labels, step)
			require.NoError(t, err)

			params, masks := map[string][]float64{}, map[string][]float64{}
			for _, p := range n.Params() {
				params[p.Name] = wide(read(t, p.Value))
			}
			for _, l := range n.Layers {
				if l, ok := l.(*dropout); ok {
					for i := range batch * l.out.Len() {
						m := 0.0
						if device.Keep(l.mask(), i, l.rate) {
							m = 1 / (1 - float64(l.rate))
						}
						masks[l.name] = append(masks[l.name], m)
					}
				}
			}
			evaluate := func() float64 { return reference64(c.specs, c.in, batch, params, masks, wide(x), classes) }
			assert.InDelta(t, evaluate(), loss, 1e-5)
			for _, p := range n.Params() {
				grad, value := read(t, p.Grad), params[p.Name]
				for range min(12, len(value)) {
					i := rng.IntN(len(value))
					const h = 1e-6
					kept := value[i]
					value[i] = kept + h
					up := evaluate()
					value[i] = kept - h
					down := evaluate()
					value[i] = kept
					want := (up - down) / (2 * h)
					diff := math.Abs(want - float64(grad[i]))
					assert.False(t, !(diff <= 1e-5+1e-4*math.Abs(want)), "%s[%d]: gradient %g, difference quotient %g", p.Name, i, grad[i], want)
					checked++
				}
			}
		})
	}
	assert.Greater(t, checked, 400)
	t.Logf("%d derivatives compared", checked)
}

func must(s []Spec, err error) []Spec {
	if err != nil {
		panic(err)
	}
	return s
}

func read(t *testing.T, b device.Buffer) []float32 {
	t.Helper()
	x := make([]float32, b.Len())
	require.NoError(t, b.Read(x))
	return x
}

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
