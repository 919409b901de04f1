package cpu

import "approxtrain/device"

// Convolutions as matrix products by panels: operands A are copied row by row as
// they are packed, so that no more than one block of rows and one chunk of k is
// held at a time.

// panelsForward is ConvForward: a row of the product is an output pixel.
func (d *Device) panelsForward(mul panelMultiplier, c device.Conv, x, w, y []float32) {
	oh, ow, gi, per := c.OutH(), c.OutW(), c.C/c.Groups, c.OutC/c.Groups
	for g := range c.Groups {
		p := product{m: c.N * oh * ow, n: per, k: c.KH * c.KW * gi, c: y[g*per:], ldc: c.OutC, mul: mul}
		at := func(i, k int) int {
			n, oy, ox := i/(oh*ow), i/ow%oh, i%ow
			tap, ci := k/gi, k%gi
			iy := oy*c.StrideH - c.PadH + tap/c.KW*c.DilationH
			ix := ox*c.StrideW - c.PadW + tap%c.KW*c.DilationW
			if iy < 0 || iy >= c.H || ix < 0 || ix >= c.W {
				return -1
			}
			return ((n*c.H+iy)*c.W+ix)*c.C + g*gi + ci
		}
		p.runs(x, gi, at)
		p.b = func(k, j int, dst []float32) { copy(dst, w[k*c.OutC+g*per+j:]) }
		p.run(d)
	}
}

// panelsInputGrad is ConvInputGrad: a row of the product is an input pixel.
func (d *Device) panelsInputGrad(mul panelMultiplier, c device.Conv, g, w, dx []float32) {
	oh, ow, gi, per := c.OutH(), c.OutW(), c.C/c.Groups, c.OutC/c.Groups
	for group := range c.Groups {
		p := product{m: c.N * c.H * c.W, n: gi, k: c.KH * c.KW * per, c: dx[group*gi:], ldc: c.C, mul: mul}
		at := func(i, k int) int {
			n, y, x := i/(c.H*c.W), i/c.W%c.H, i%c.W
			tap, co := k/per, k%per
			oy, hitY := reached(y, c.PadH, tap/c.KW*c.DilationH, c.StrideH, oh)
			ox, hitX := reached(x, c.PadW, tap%c.KW*c.DilationW, c.StrideW, ow)
			if !hitY || !hitX {
				return -1
			}
			return ((n*oh+oy)*ow+ox)*c.OutC + group*per + co
		}
		p.runs(g, per, at)
		p.b = func(k, j int, dst []float32) {
			strided(dst, w[(k/per*gi+j)*c.OutC+group*per+k%per:], c.OutC)
		}
		p.run(d)
	}
}

// runs takes operands A from src at the places that at gives, −1 for none: they
// lie side by side from one multiple of width in k to the next.
func (p *product) runs(src []float32, width int, at func(i, k int) int) {
	p.absent = func(i, k int) bool { return at(i, k) < 0 }
	p.a = func(i, k int, dst []float32) {
		for len(dst) > 0 {
			n := min(width-k%width, len(dst))
			if from := at(i, k); from >= 0 {
				copy(dst[:n], src[from:])
			} else {
				clear(dst[:n])
			}
			dst, k = dst[n:], k+n
		}
	}
}

// panelsWeightGrad is ConvWeightGrad: a row of the product is a tap and an input
// channel, k an output pixel.
func (d *Device) panelsWeightGrad(mul panelMultiplier, c device.Conv, x, g, dw []float32) {
	oh, ow, gi, per := c.OutH(), c.OutW(), c.C/c.Groups, c.OutC/c.Groups
	for group := range c.Groups {
		p := product{m: c.KH * c.KW * gi, n: per, k: c.N * oh * ow, c: dw[group*per:], ldc: c.OutC, mul: mul}
		// The input pixel of a tap at an output pixel.
		input := func(i, n, oy, ox int) (line, ix int, ok bool) {
			tap := i / gi
			iy := oy*c.StrideH - c.PadH + tap/c.KW*c.DilationH
			ix = ox*c.StrideW - c.PadW + tap%c.KW*c.DilationW
			return (n*c.H + iy) * c.W, ix, iy >= 0 && iy < c.H
		}
		p.absent = func(i, k int) bool {
			_, ix, ok := input(i, k/(oh*ow), k/ow%oh, k%ow)
			return !ok || ix < 0 || ix >= c.W
		}
		p.a = func(i, k int, dst []float32) {
			channel := x[group*gi+i%gi:]
			for len(dst) > 0 {
				n := min(ow-k%ow, len(dst))
				line, ix, ok := input(i, k/(oh*ow), k/ow%oh, k%ow)
				for j := range dst[:n] {
					dst[j] = 0
					if ok && uint(ix) < uint(c.W) {
						dst[j] = channel[(line+ix)*c.C]
					}
					ix += c.StrideW
				}
				dst, k = dst[n:], k+n
			}
		}
		p.b = func(k, j int, dst []float32) { copy(dst, g[k*c.OutC+group*per+j:]) }
		p.run(d)
	}
}
