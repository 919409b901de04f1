package cpu

import "github.com/approxtrain/approxtrain/device"

// Moments implements device.Norms.
func (d *Device) Moments(n device.Norm, x, mean, variance device.Buffer) {
	if !d.ready("moments", n.Check(x.Len(), mean.Len(), variance.Len())) {
		return
	}
	s := floatsOf(x, mean, variance)
	d.columns(n, func(from, to int) {
		var acc sums
		average := func(dst []float32) {
			acc.store(dst)
			for i := range dst {
				dst[i] /= float32(n.Rows)
			}
		}
		acc.begin(to - from)
		for r := range n.Rows {
			chunk := acc.at(r)
			for i, v := range s[0][r*n.Cols+from : r*n.Cols+to] {
				chunk[i] += v
			}
		}
		m := s[1][from:to]
		average(m)
		acc.begin(to - from)
		for r := range n.Rows {
			chunk := acc.at(r)
			for i, v := range s[0][r*n.Cols+from : r*n.Cols+to] {
				v -= m[i]
				chunk[i] += float32(v * v)
			}
		}
		average(s[2][from:to])
	})
}

// columns splits the columns of a normalization.
func (d *Device) columns(n device.Norm, do func(from, to int)) {
	d.split(n.Cols, grain/n.Rows+1, do)
}

// rows splits the rows of a normalization.
func (d *Device) rows(n device.Norm, do func(from, to int)) {
	d.split(n.Rows, grain/n.Cols+1, do)
}

// factors returns Norm.Factor of variances.
func factors(n device.Norm, variance []float32) []float32 {
	out := make([]float32, len(variance))
	for i, v := range variance {
		out[i] = n.Factor(v)
	}
	return out
}

// BatchNorm implements device.Norms.
func (d *Device) BatchNorm(n device.Norm, x, mean, variance, scale, shift, y device.Buffer) {
	err := n.Check(x.Len(), mean.Len(), variance.Len(), scale.Len(), shift.Len())
	if err == nil {
		err = device.CheckLen(x.Len(), y)
	}
	if !d.ready("batch normalization", err) {
		return
	}
	s := floatsOf(x, mean, variance, scale, shift, y)
	factor := factors(n, s[2])
	d.rows(n, func(from, to int) {
		mean, scale, shift := s[1], s[3], s[4]
		for r := from; r < to; r++ {
			out := s[5][r*n.Cols:][:n.Cols]
			for c, v := range s[0][r*n.Cols:][:n.Cols] {
				out[c] = n.Affine(n.Normalized(v, mean[c], factor[c]), scale[c], shift[c])
			}
		}
	})
}

// BatchNormGrad implements device.Norms.
func (d *Device) BatchNormGrad(n device.Norm, x, mean, variance, scale, g, dx, dscale, dshift device.Buffer) {
	err := n.Check(x.Len(), mean.Len(), variance.Len(), scale.Len(), dscale.Len(), dshift.Len())
	if err == nil {
		err = device.CheckLen(x.Len(), g, dx)
	}
	if !d.ready("batch normalization, gradient", err) {
		return
	}
	s := floatsOf(x, mean, variance, scale, g, dx, dscale, dshift)
	X, mu, gamma, G, dX := s[0], s[1], s[3], s[4], s[5]
	factor := factors(n, s[2])
	d.scaleGrads(n, X, G, s[6], s[7], func(_, from int, x, hat []float32) {
		mean, factor := mu[from:][:len(x)], factor[from:][:len(x)]
		for i, v := range x {
			hat[i] = n.Normalized(v, mean[i], factor[i])
		}
	})
	meanG, meanGX := make([]float32, n.Cols), make([]float32, n.Cols)
	for c := range n.Cols {
		meanG[c], meanGX[c] = s[7][c]/float32(n.Rows), s[6][c]/float32(n.Rows)
	}
	d.rows(n, func(from, to int) {
		for r := from; r < to; r++ {
			x, g, out := X[r*n.Cols:][:n.Cols], G[r*n.Cols:][:n.Cols], dX[r*n.Cols:][:n.Cols]
			mean, factor, scale, meanG, meanGX := mu[:n.Cols], factor[:n.Cols], gamma[:n.Cols], meanG[:n.Cols], meanGX[:n.Cols]
			for c, v := range x {
				hat := n.Normalized(v, mean[c], factor[c])
				out[c] = n.BatchGrad(g[c], hat, factor[c], scale[c], meanG[c], meanGX[c])
			}
		}
	})
}

// scaleGrads computes the gradients of scale and shift; normalize computes what x,
// row r from a column on, was normalized to.
func (d *Device) scaleGrads(n device.Norm, x, g, dscale, dshift []float32, normalize func(r, from int, x, hat []float32)) {
	d.columns(n, func(from, to int) {
		var sumGX, sumG sums
		sumGX.begin(to - from)
		sumG.begin(to - from)
		hat := make([]float32, to-from)
		for r := range n.Rows {
			row := g[r*n.Cols+from : r*n.Cols+to]
			normalize(r, from, x[r*n.Cols+from:r*n.Cols+to], hat)
			gx, gs, hat := sumGX.at(r)[:len(row)], sumG.at(r)[:len(row)], hat[:len(row)]
			for i, v := range row {
				gx[i] += float32(v * hat[i])
				gs[i] += v
			}
		}
		sumGX.store(dscale[from:to])
		sumG.store(dshift[from:to])
	})
}

// LayerNorm implements device.Norms.
func (d *Device) LayerNorm(n device.Norm, x, scale, shift, mean, variance, y device.Buffer) {
	err := n.Check(x.Len(), scale.Len(), shift.Len())
	if err == nil {
		err = device.CheckLen(n.Rows, mean, variance)
	}
	if err == nil {
		err = device.CheckLen(x.Len(), y)
	}
	if !d.ready("layer normalization", err) {
		return
	}
	s := floatsOf(x, scale, shift, mean, variance, y)
	d.rows(n, func(from, to int) {
		for r := from; r < to; r++ {
			in, out := s[0][r*n.Cols:][:n.Cols], s[5][r*n.Cols:][:n.Cols]
			var first, second device.Sum
			for c, v := range in {
				first.Add(c, v)
			}
			mean := first.Value() / float32(n.Cols)
			for c, v := range in {
				v -= mean
				second.Add(c, float32(v*v))
			}
			variance := second.Value() / float32(n.Cols)
			factor := n.Factor(variance)
			for c, v := range in {
				out[c] = n.Affine(n.Normalized(v, mean, factor), s[1][c], s[2][c])
			}
			s[3][r], s[4][r] = mean, variance
		}
	})
}

// LayerNormGrad implements device.Norms.
func (d *Device) LayerNormGrad(n device.Norm, x, mean, variance, scale, g, dx, dscale, dshift device.Buffer) {
	err := n.Check(x.Len(), scale.Len(), dscale.Len(), dshift.Len())
	if err == nil {
		err = device.CheckLen(n.Rows, mean, variance)
	}
	if err == nil {
		err = device.CheckLen(x.Len(), g, dx)
	}
	if !d.ready("layer normalization, gradient", err) {
		return
	}
	s := floatsOf(x, mean, variance, scale, g, dx, dscale, dshift)
	X, mu, gamma, G, dX := s[0], s[1], s[3], s[4], s[5]
	factor := factors(n, s[2])
	d.scaleGrads(n, X, G, s[6], s[7], func(r, _ int, x, hat []float32) {
		for i, v := range x {
			hat[i] = n.Normalized(v, mu[r], factor[r])
		}
	})
	d.rows(n, func(from, to int) {
		for r := from; r < to; r++ {
			x, g, out := X[r*n.Cols:][:n.Cols], G[r*n.Cols:][:n.Cols], dX[r*n.Cols:][:n.Cols]
			var sumH, sumHX device.Sum
			for c, v := range x {
				h := float32(g[c] * gamma[c])
				sumH.Add(c, h)
				sumHX.Add(c, float32(h*n.Normalized(v, mu[r], factor[r])))
			}
			meanH, meanHX := sumH.Value()/float32(n.Cols), sumHX.Value()/float32(n.Cols)
			for c, v := range x {
				out[c] = n.LayerGrad(float32(g[c]*gamma[c]), n.Normalized(v, mu[r], factor[r]), factor[r], meanH, meanHX)
			}
		}
	})
}

// Average implements device.Norms.
func (d *Device) Average(m device.Moving, x, average device.Buffer) {
	if !d.ready("moving average", device.CheckLen(x.Len(), average)) {
		return
	}
	s := floatsOf(x, average)
	for i, v := range s[0] {
		s[1][i] = m.Step(s[1][i], v)
	}
}
