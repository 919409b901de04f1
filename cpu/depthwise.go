package cpu

import "github.com/approxtrain/approxtrain/device"

// Convolutions in which each channel has a window of its own: all channels of a
// pixel at once.

func depthwise(c device.Conv) bool { return c.Groups > 1 && c.Groups == c.C && c.C == c.OutC }

func (d *Device) depthwiseForward(mul multiplier, c device.Conv, x, w, y []float32) {
	oh, ow := c.OutH(), c.OutW()
	d.split(c.N*oh, 1, func(from, to int) {
		var acc sums
		for row := from; row < to; row++ {
			n, oy := row/oh, row%oh
			for ox := range ow {
				acc.begin(c.C)
				for tap := range c.KH * c.KW {
					iy := oy*c.StrideH - c.PadH + tap/c.KW*c.DilationH
					ix := ox*c.StrideW - c.PadW + tap%c.KW*c.DilationW
					if iy >= 0 && iy < c.H && ix >= 0 && ix < c.W {
						mul.addEach(x[((n*c.H+iy)*c.W+ix)*c.C:][:c.C], w[tap*c.C:][:c.C], acc.at(tap))
					}
				}
				acc.store(y[(row*ow+ox)*c.C:][:c.C])
			}
		}
	})
}

func (d *Device) depthwiseInputGrad(mul multiplier, c device.Conv, g, w, dx []float32) {
	oh, ow := c.OutH(), c.OutW()
	d.split(c.N*c.H, 1, func(from, to int) {
		var acc sums
		for row := from; row < to; row++ {
			n, y := row/c.H, row%c.H
			for x := range c.W {
				acc.begin(c.C)
				for tap := range c.KH * c.KW {
					oy, hitY := reached(y, c.PadH, tap/c.KW*c.DilationH, c.StrideH, oh)
					ox, hitX := reached(x, c.PadW, tap%c.KW*c.DilationW, c.StrideW, ow)
					if hitY && hitX {
						mul.addEach(g[((n*oh+oy)*ow+ox)*c.C:][:c.C], w[tap*c.C:][:c.C], acc.at(tap))
					}
				}
				acc.store(dx[(row*c.W+x)*c.C:][:c.C])
			}
		}
	})
}

// depthwiseWeightGrad is divided by tap and by blocks of channels.
func (d *Device) depthwiseWeightGrad(mul multiplier, c device.Conv, x, g, dw []float32) {
	oh, ow := c.OutH(), c.OutW()
	const block = 64
	blocks := (c.C + block - 1) / block
	d.split(c.KH*c.KW*blocks, 1, func(from, to int) {
		var acc sums
		for i := from; i < to; i++ {
			tap, first := i/blocks, i%blocks*block
			n := min(block, c.C-first)
			acc.begin(n)
			for k := range c.N * oh * ow {
				image, oy, ox := k/(oh*ow), k/ow%oh, k%ow
				iy := oy*c.StrideH - c.PadH + tap/c.KW*c.DilationH
				ix := ox*c.StrideW - c.PadW + tap%c.KW*c.DilationW
				if iy >= 0 && iy < c.H && ix >= 0 && ix < c.W {
					mul.addEach(x[((image*c.H+iy)*c.W+ix)*c.C+first:][:n], g[k*c.C+first:][:n], acc.at(k))
				}
			}
			acc.store(dw[tap*c.C+first:][:n])
		}
	})
}
