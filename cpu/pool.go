package cpu

import "github.com/approxtrain/approxtrain/device"

// MaxPool implements device.Activations.
func (d *Device) MaxPool(p device.Pool, x, y, where device.Buffer) {
	err := p.Check(x.Len(), y.Len())
	if err == nil {
		err = device.CheckLen(y.Len(), where)
	}
	if !d.ready("max pooling", err) {
		return
	}
	s := floatsOf(x, y, where)
	d.eachWindow(p, func(n, oy, ox, out int) {
		y0, y1, x0, x1, top, left := p.Window(oy, ox)
		largest, at := s[1][out:][:p.C], s[2][out:][:p.C]
		first := true
		for iy := y0; iy < y1; iy++ {
			for ix := x0; ix < x1; ix++ {
				tap := float32((iy-top)*p.KW + ix - left)
				in := s[0][((n*p.H+iy)*p.W+ix)*p.C:][:p.C]
				if first {
					copy(largest, in)
					for c := range at {
						at[c] = tap
					}
					first = false
					continue
				}
				raise(largest, at, in, tap)
			}
		}
	})
}

// AvgPool implements device.Activations.
func (d *Device) AvgPool(p device.Pool, x, y device.Buffer) {
	if !d.ready("average pooling", p.Check(x.Len(), y.Len())) {
		return
	}
	s := floatsOf(x, y)
	d.eachWindow(p, func(n, oy, ox, out int) {
		y0, y1, x0, x1, top, left := p.Window(oy, ox)
		for c := range p.C {
			var sum device.Sum
			for iy := y0; iy < y1; iy++ {
				for ix := x0; ix < x1; ix++ {
					sum.Add((iy-top)*p.KW+ix-left, s[0][((n*p.H+iy)*p.W+ix)*p.C+c])
				}
			}
			s[1][out+c] = sum.Value() / float32((y1-y0)*(x1-x0))
		}
	})
}

// eachWindow visits every output position; out is its first channel in Y.
func (d *Device) eachWindow(p device.Pool, do func(n, oy, ox, out int)) {
	oh, ow := p.OutH(), p.OutW()
	d.split(p.N*oh, grain/(ow*p.C)+1, func(from, to int) {
		for row := from; row < to; row++ {
			for ox := range ow {
				do(row/oh, row%oh, ox, (row*ow+ox)*p.C)
			}
		}
	})
}

// MaxPoolGrad implements device.Activations.
func (d *Device) MaxPoolGrad(p device.Pool, g, where, dx device.Buffer) {
	err := p.Check(dx.Len(), g.Len())
	if err == nil {
		err = device.CheckLen(g.Len(), where)
	}
	if !d.ready("max pooling gradient", err) {
		return
	}
	s := floatsOf(g, where, dx)
	if p.StrideH >= p.KH && p.StrideW >= p.KW {
		d.scatter(p, s[0], s[1], s[2])
		return
	}
	d.eachCover(p, s[2], func(oy, ox, out, tap int) (float32, bool) {
		return s[0][out], s[1][out] == float32(tap)
	})
}

// scatter is MaxPoolGrad where no two windows overlap.
func (d *Device) scatter(p device.Pool, g, where, dx []float32) {
	clear(dx)
	d.eachWindow(p, func(n, oy, ox, out int) {
		corner := ((n*p.H+oy*p.StrideH-p.PadH)*p.W + ox*p.StrideW - p.PadW) * p.C
		where := where[out:][:p.C]
		for c, v := range g[out:][:p.C] {
			tap := int(where[c])
			dx[corner+(tap/p.KW*p.W+tap%p.KW)*p.C+c] = 0 + v // a sum of one term: +0 for −0
		}
	})
}

// AvgPoolGrad implements device.Activations.
func (d *Device) AvgPoolGrad(p device.Pool, g, dx device.Buffer) {
	if !d.ready("average pooling gradient", p.Check(dx.Len(), g.Len())) {
		return
	}
	s := floatsOf(g, dx)
	d.eachCover(p, s[1], func(oy, ox, out, _ int) (float32, bool) {
		y0, y1, x0, x1, _, _ := p.Window(oy, ox)
		return s[0][out] / float32((y1-y0)*(x1-x0)), true
	})
}

// eachCover fills dx with the sums of the contributions of all windows over each input element.
// term gets the window's output position, the index of its element in Y and the input's place in
// the window.
func (d *Device) eachCover(p device.Pool, dx []float32, term func(oy, ox, out, tap int) (float32, bool)) {
	oh, ow := p.OutH(), p.OutW()
	d.split(p.N*p.H, grain/(p.W*p.C)+1, func(from, to int) {
		for row := from; row < to; row++ {
			n, y := row/p.H, row%p.H
			oy0, oy1 := covers(y+p.PadH, p.KH, p.StrideH, oh)
			for x := range p.W {
				ox0, ox1 := covers(x+p.PadW, p.KW, p.StrideW, ow)
				for c := range p.C {
					var sum device.Sum
					for oy := oy0; oy < oy1; oy++ {
						for ox := ox0; ox < ox1; ox++ {
							tap := (y+p.PadH-oy*p.StrideH)*p.KW + x + p.PadW - ox*p.StrideW
							if v, ok := term(oy, ox, ((n*oh+oy)*ow+ox)*p.C+c, tap); ok {
								sum.Add(oy*ow+ox, v)
							}
						}
					}
					dx[(row*p.W+x)*p.C+c] = sum.Value()
				}
			}
		}
	})
}

// covers returns the range of output positions, of n, whose windows of k
// elements hold position at of the padded input.
func covers(at, k, stride, n int) (from, to int) {
	if at >= k {
		from = (at-k)/stride + 1
	}
	return from, min(at/stride+1, n)
}
