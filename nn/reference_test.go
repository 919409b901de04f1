package nn

import (
	"fmt"
	"math"
)

// reference computes networks in float64 from the definitions of their layers
// alone, one example after the other wherever examples do not meet.
type reference struct {
	batch  int
	params map[string][]float64
	masks  map[string][]float64 // of dropout, already scaled
	state  map[string][]float64 // moving averages; nil while training
}

// loss returns the mean softmax cross-entropy.
func (r *reference) loss(specs []Spec, in Shape, x []float64, labels []int) float64 {
	out, logits := r.chain(specs, "", in, x)
	loss := 0.0
	for e, l := range labels {
		row := logits[e*out.Len():][:out.Len()]
		sum := 0.0
		for _, v := range row {
			sum += math.Exp(v)
		}
		loss += math.Log(sum) - row[l]
	}
	return loss / float64(r.batch)
}

func (r *reference) chain(specs []Spec, prefix string, in Shape, x []float64) (Shape, []float64) {
	count := map[string]int{}
	for _, s := range specs {
		name := func(kind string) string {
			if s.Name != "" {
				return prefix + s.Name
			}
			count[kind]++
			return fmt.Sprintf("%s%s%d", prefix, kind, count[kind])
		}
		in, x = r.layer(s, name, in, x)
	}
	return in, x
}

func (r *reference) layer(s Spec, name func(string) string, in Shape, x []float64) (Shape, []float64) {
	switch {
	case s.Dense > 0:
		return Shape{1, 1, s.Dense}, r.dense(name("dense"), x, in.Len(), s.Dense)
	case s.Linear > 0:
		return Shape{in.H, in.W, s.Linear}, r.dense(name("linear"), x, in.C, s.Linear)
	case s.Conv != nil:
		return r.conv(name("conv"), *s.Conv, in, x)
	case s.ReLU:
		return in, each(x, func(v float64) float64 { return max(v, 0) })
	case s.ReLU6:
		return in, each(x, func(v float64) float64 { return min(max(v, 0), 6) })
	case s.GELU:
		return in, each(x, func(v float64) float64 { return v * math.Erfc(-v/math.Sqrt2) / 2 })
	case s.MaxPool > 0:
		return r.pool(in, x, s.MaxPool, s.MaxPool, s.MaxPool, 0, true)
	case s.AvgPool > 0:
		return r.pool(in, x, s.AvgPool, s.AvgPool, s.AvgPool, 0, false)
	case s.Pool != nil:
		return r.pool(in, x, s.Pool.Kernel, s.Pool.Kernel, s.Pool.Stride, s.Pool.Pad, true)
	case s.GlobalPool:
		return r.pool(in, x, in.H, in.W, 1, 0, false)
	case s.Dropout > 0:
		mask := r.masks[name("dropout")]
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = v
			if r.state == nil {
				y[i] *= mask[i]
			}
		}
		return in, y
	case s.BatchNorm:
		return in, r.batchNorm(name("norm"), in.C, x)
	case s.LayerNorm:
		return in, r.layerNorm(name("norm"), in.C, x)
	case s.Tokens != nil:
		return r.tokens(name("tokens"), in, x, s.Tokens.Class)
	case s.FirstToken:
		var y []float64
		for e := range r.batch {
			y = append(y, x[e*in.Len():][:in.C]...)
		}
		return Shape{1, 1, in.C}, y
	case s.Attention > 0:
		return in, r.attention(name("attention"), in, x, s.Attention)
	case s.Residual != nil:
		n := name("block")
		out, y := r.chain(s.Residual.Body, n+".", in, x)
		_, z := r.chain(s.Residual.Shortcut, n+".shortcut.", in, x)
		sum := make([]float64, len(y))
		for i := range y {
			sum[i] = y[i] + z[i]
		}
		return out, sum
	}
	return r.chain(s.Chain, name("block")+".", in, x)
}

func each(x []float64, f func(float64) float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f(v)
	}
	return y
}

func (r *reference) dense(name string, x []float64, in, n int) []float64 {
	w, b := r.params[name+".weight"], r.params[name+".bias"]
	var y []float64
	for row := range len(x) / in {
		for o := range n {
			sum := b[o]
			for i := range in {
				sum += x[row*in+i] * w[i*n+o]
			}
			y = append(y, sum)
		}
	}
	return y
}

func (r *reference) conv(name string, s ConvSpec, in Shape, x []float64) (Shape, []float64) {
	c := s.on(in, r.batch)
	out := Shape{c.OutH(), c.OutW(), c.OutC}
	w, b := r.params[name+".weight"], r.params[name+".bias"]
	if s.NoBias {
		b = make([]float64, out.C)
	}
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	var y []float64
	for e := range r.batch {
		for at := range out.H * out.W * out.C {
			oy, ox, o := at/out.C/out.W, at/out.C%out.W, at%out.C
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
	return out, y
}

func (r *reference) pool(in Shape, x []float64, kh, kw, stride, pad int, largest bool) (Shape, []float64) {
	out := Shape{(in.H+2*pad-kh)/stride + 1, (in.W+2*pad-kw)/stride + 1, in.C}
	var y []float64
	for e := range r.batch {
		for at := range out.Len() {
			oy, ox, c := at/out.C/out.W, at/out.C%out.W, at%out.C
			best, sum, n := math.Inf(-1), 0.0, 0.0
			for t := range kh * kw {
				iy, ix := oy*stride-pad+t/kw, ox*stride-pad+t%kw
				if iy >= 0 && iy < in.H && ix >= 0 && ix < in.W {
					v := x[((e*in.H+iy)*in.W+ix)*in.C+c]
					best, sum, n = max(best, v), sum+v, n+1
				}
			}
			if !largest {
				best = sum / n
			}
			y = append(y, best)
		}
	}
	return out, y
}
