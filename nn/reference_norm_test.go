package nn

import "math"

// moments returns mean and variance of the elements from first on, step apart.
func moments(x []float64, first, step, n int) (mean, variance float64) {
	for i := range n {
		mean += x[first+i*step] / float64(n)
	}
	for i := range n {
		d := x[first+i*step] - mean
		variance += d * d / float64(n)
	}
	return mean, variance
}

func (r *reference) batchNorm(name string, channels int, x []float64) []float64 {
	y := make([]float64, len(x))
	for c := range channels {
		n := len(x) / channels
		mean, variance := moments(x, c, channels, n)
		if r.state != nil {
			mean, variance = r.state[name+".mean"][c], r.state[name+".variance"][c]
		}
		for i := range n {
			at := i*channels + c
			y[at] = (x[at]-mean)/math.Sqrt(variance+1e-5)*r.params[name+".scale"][c] + r.params[name+".shift"][c]
		}
	}
	return y
}

func (r *reference) layerNorm(name string, channels int, x []float64) []float64 {
	y := make([]float64, len(x))
	for first := 0; first < len(x); first += channels {
		mean, variance := moments(x, first, 1, channels)
		for c := range channels {
			y[first+c] = (x[first+c]-mean)/math.Sqrt(variance+1e-6)*r.params[name+".scale"][c] + r.params[name+".shift"][c]
		}
	}
	return y
}

func (r *reference) tokens(name string, in Shape, x []float64, class bool) (Shape, []float64) {
	out := Shape{1, in.H * in.W, in.C}
	var y []float64
	for e := range r.batch {
		if class {
			y = append(y, r.params[name+".class"]...)
		}
		y = append(y, x[e*in.Len():(e+1)*in.Len()]...)
	}
	if class {
		out.W++
	}
	for i := range y {
		y[i] += r.params[name+".position"][i%out.Len()]
	}
	return out, y
}

func (r *reference) attention(name string, in Shape, x []float64, heads int) []float64 {
	tokens, c := in.H*in.W, in.C
	width := c / heads
	h := r.dense(name+".qkv", x, c, 3*c)
	joined := make([]float64, len(x))
	for e := range r.batch {
		for head := range heads {
			// part returns element d of the query, key or value of a token.
			part := func(which, token, d int) float64 { return h[(e*tokens+token)*3*c+which*c+head*width+d] }
			for q := range tokens {
				weights, sum := make([]float64, tokens), 0.0
				for k := range tokens {
					for d := range width {
						weights[k] += part(0, q, d) * part(1, k, d)
					}
					weights[k] = math.Exp(weights[k] / math.Sqrt(float64(width)))
					sum += weights[k]
				}
				for k := range tokens {
					for d := range width {
						joined[(e*tokens+q)*c+head*width+d] += weights[k] / sum * part(2, k, d)
					}
				}
			}
		}
	}
	return r.dense(name+".project", joined, c, c)
}
