package cpu

import "github.com/approxtrain/approxtrain/device"

// ConvForward implements device.Products: pixel by pixel of the output, all its
// channels at once.
func (d *Device) ConvForward(m device.Multiplier, c device.Conv, x, w, y device.Buffer) {
	if !d.ready("convolution, forward", c.Check(x.Len(), w.Len(), y.Len())) {
		return
	}
	s := floatsOf(x, w, y)
	Y := s[2]
	mul, X, W, finish := d.prepare(m, s[0], s[1])
	defer finish(Y)
	oh, ow, gi, per := c.OutH(), c.OutW(), c.C/c.Groups, c.OutC/c.Groups
	if depthwise(c) {
		d.depthwiseForward(mul, c, X, W, Y)
		return
	}
	if t, ok := mul.(tiled); ok && worthTiles(t, c.N*oh*ow, per) {
		d.tiledForward(t, c, X, W, Y)
		return
	}
	d.split(c.N*oh, 1, func(from, to int) {
		var acc sums
		for row := from; row < to; row++ {
			n, oy := row/oh, row%oh
			for ox := range ow {
				for g := range c.Groups {
					acc.begin(per)
					for ky := range c.KH {
						iy := oy*c.StrideH - c.PadH + ky*c.DilationH
						for kx := range c.KW {
							ix := ox*c.StrideW - c.PadW + kx*c.DilationW
							if iy < 0 || iy >= c.H || ix < 0 || ix >= c.W {
								continue
							}
							k := (ky*c.KW + kx) * gi
							pixel := X[((n*c.H+iy)*c.W+ix)*c.C+g*gi:][:gi]
							for ci, v := range pixel {
								mul.addRow(v, W[(k+ci)*c.OutC+g*per:][:per], acc.at(k+ci))
							}
						}
					}
					acc.store(Y[(row*ow+ox)*c.OutC+g*per:][:per])
				}
			}
		}
	})
}

// ConvInputGrad implements device.Products: pixel by pixel of the input, all its
// channels at once, with the weights transposed to put those side by side.
func (d *Device) ConvInputGrad(m device.Multiplier, c device.Conv, g, w, dx device.Buffer) {
	if !d.ready("convolution, input gradient", c.Check(dx.Len(), w.Len(), g.Len())) {
		return
	}
	s := floatsOf(g, w, dx)
	X := s[2]
	mul, G, W, finish := d.prepare(m, s[0], s[1])
	defer finish(X)
	oh, ow, gi, per := c.OutH(), c.OutW(), c.C/c.Groups, c.OutC/c.Groups
	if depthwise(c) {
		d.depthwiseInputGrad(mul, c, G, W, X)
		return
	}
	if t, ok := mul.(tiled); ok && worthTiles(t, c.N*c.H*c.W, gi) {
		d.tiledInputGrad(t, c, G, W, X)
		return
	}
	taps := c.KH * c.KW
	wt := make([]float32, len(W)) // [tap][co][ci in the group]
	for t := range taps {
		copy(wt[t*gi*c.OutC:], d.transpose(W[t*gi*c.OutC:][:gi*c.OutC], gi, c.OutC))
	}
	d.split(c.N*c.H, 1, func(from, to int) {
		var acc sums
		for row := from; row < to; row++ {
			n, y := row/c.H, row%c.H
			for x := range c.W {
				for group := range c.Groups {
					acc.begin(gi)
					for ky := range c.KH {
						oy, hit := reached(y, c.PadH, ky*c.DilationH, c.StrideH, oh)
						if !hit {
							continue
						}
						for kx := range c.KW {
							ox, hit := reached(x, c.PadW, kx*c.DilationW, c.StrideW, ow)
							if !hit {
								continue
							}
							tap := ky*c.KW + kx
							pixel := G[((n*oh+oy)*ow+ox)*c.OutC+group*per:][:per]
							for co, v := range pixel {
								mul.addRow(v, wt[(tap*c.OutC+group*per+co)*gi:][:gi], acc.at(tap*per+co))
							}
						}
					}
					acc.store(X[(row*c.W+x)*c.C+group*gi:][:gi])
				}
			}
		}
	})
}

// reached returns the output position whose window has input position at behind
// its tap at the given offset, and whether there is one of n.
func reached(at, pad, offset, stride, n int) (int, bool) {
	o := at + pad - offset
	return o / stride, o >= 0 && o%stride == 0 && o/stride < n
}

// ConvWeightGrad implements device.Products: by tap and input channel, all
// output channels of the group at once.
func (d *Device) ConvWeightGrad(m device.Multiplier, c device.Conv, x, g, dw device.Buffer) {
	if !d.ready("convolution, weight gradient", c.Check(x.Len(), dw.Len(), g.Len())) {
		return
	}
	s := floatsOf(x, g, dw)
	W := s[2]
	mul, X, G, finish := d.prepare(m, s[0], s[1])
	defer finish(W)
	oh, ow, gi, per := c.OutH(), c.OutW(), c.C/c.Groups, c.OutC/c.Groups
	if depthwise(c) {
		d.depthwiseWeightGrad(mul, c, X, G, W)
		return
	}
	if t, ok := mul.(tiled); ok && worthTiles(t, c.KH*c.KW*gi, per) {
		d.tiledWeightGrad(t, c, X, G, W)
		return
	}
	d.split(c.KH*c.KW*gi, 1, func(from, to int) {
		var acc sums
		for row := from; row < to; row++ {
			tap, ci := row/gi, row%gi
			ky, kx := tap/c.KW, tap%c.KW
			for group := range c.Groups {
				acc.begin(per)
				for k := range c.N * oh * ow {
					n, oy, ox := k/(oh*ow), k/ow%oh, k%ow
					iy := oy*c.StrideH - c.PadH + ky*c.DilationH
					ix := ox*c.StrideW - c.PadW + kx*c.DilationW
					if iy < 0 || iy >= c.H || ix < 0 || ix >= c.W {
						continue
					}
					v := X[((n*c.H+iy)*c.W+ix)*c.C+group*gi+ci]
					mul.addRow(v, G[k*c.OutC+group*per:][:per], acc.at(k))
				}
				acc.store(W[row*c.OutC+group*per:][:per])
			}
		}
	})
}
