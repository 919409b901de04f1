package cpu

import "approxtrain/device"

// The products of package device as products by tiles.

func (d *Device) tiledGemm(mul tiled, g device.Gemm, a, b, c []float32) {
	p := product{mul: mul, m: g.M, n: g.N, cuts: chunks(g.K), c: c,
		a: strided{a, g.K, 1}, b: strided{b, 1, g.N}}
	if g.TransA {
		p.a = strided{a, 1, g.M}
	}
	if g.TransB {
		p.b = strided{b, g.K, 1}
	}
	p.exchange = g.TransA && g.M > g.N // panels of what lies side by side
	p.evenRows(g.N)
	p.run(d)
}

// tiledForward is ConvForward: a row of the product is an output pixel.
func (d *Device) tiledForward(mul tiled, c device.Conv, x, w, y []float32) {
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	windows := window(c, x)
	for g := range c.Groups {
		windows.src = x[g*gi:]
		p := product{mul: mul, m: c.N * c.OutH() * c.OutW(), n: per, cuts: chunks(c.KH * c.KW * gi), c: y[g*per:],
			a: windows, b: strided{w[g*per:], 1, c.OutC}}
		p.evenRows(c.OutC)
		p.run(d)
	}
}

// window is the window of a convolution over its input.
func window(c device.Conv, x []float32) patches {
	p := patches{src: x, h: c.H, w: c.W, pitch: c.C, channels: c.C / c.Groups,
		gridH: c.OutH(), gridW: c.OutW(), strideH: c.StrideH, strideW: c.StrideW}
	for t := range c.KH * c.KW {
		p.taps = append(p.taps, tap{t/c.KW*c.DilationH - c.PadH, t%c.KW*c.DilationW - c.PadW})
	}
	return p
}

// tiledWeightGrad is ConvWeightGrad: a row of the product is a tap and an input
// channel, k an output pixel.
func (d *Device) tiledWeightGrad(mul tiled, c device.Conv, x, g, dw []float32) {
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	pick := worthPicking(c)
	windows := window(c, x)
	for group := range c.Groups {
		windows.src = x[group*gi:]
		if pick {
			for t := range c.KH * c.KW {
				d.tapWeightGrad(mul, c, t, group, windows, g, dw)
			}
			continue
		}
		p := product{mul: mul, m: c.KH * c.KW * gi, n: per, cuts: chunks(c.N * c.OutH() * c.OutW()), c: dw[group*per:],
			a: transposed{windows}, b: strided{g[group*per:], 1, c.OutC}, exchange: c.KH*c.KW*gi > per}
		p.evenRows(c.OutC)
		p.run(d)
	}
}

// worthPicking says whether so much of a convolution is padding that it pays to
// leave it out.
func worthPicking(c device.Conv) bool {
	if c.C/c.Groups < 16 {
		return false
	}
	inside := 0
	for t := range c.KH * c.KW {
		inside += len(pixels(c, t))
	}
	return inside*10 < 9*c.KH*c.KW*c.N*c.OutH()*c.OutW()
}

// pixels are the output pixels, of all images, at which a tap is inside the image.
func pixels(c device.Conv, tap int) (k []int) {
	oh, ow := c.OutH(), c.OutW()
	for n := range c.N {
		for y := range oh {
			for x := range ow {
				iy, ix := y*c.StrideH-c.PadH+tap/c.KW*c.DilationH, x*c.StrideW-c.PadW+tap%c.KW*c.DilationW
				if iy >= 0 && iy < c.H && ix >= 0 && ix < c.W {
					k = append(k, (n*oh+y)*ow+x)
				}
			}
		}
	}
	return k
}

// tapWeightGrad is the part of ConvWeightGrad for one tap and group, padding left
// out.
func (d *Device) tapWeightGrad(mul tiled, c device.Conv, tap, group int, windows patches, g, dw []float32) {
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	k := pixels(c, tap)
	cuts := []int{0} // where the definition's k are cut
	for i := 1; i < len(k); i++ {
		if k[i]/device.ChunkTerms != k[i-1]/device.ChunkTerms {
			cuts = append(cuts, i)
		}
	}
	windows.taps = windows.taps[tap : tap+1]
	p := product{mul: mul, m: gi, n: per, cuts: append(cuts, len(k)), c: dw[tap*gi*c.OutC+group*per:],
		a: picked{transposed{windows}, k}, b: picked{strided{g[group*per:], 1, c.OutC}, k}, exchange: gi > per}
	p.evenRows(c.OutC)
	p.run(d)
}

// tiledInputGrad is ConvInputGrad. With a stride, only some taps reach an input
// pixel, the same ones every so many rows and columns: each such set of pixels is
// a product of its own, whose rows are those pixels.
func (d *Device) tiledInputGrad(mul tiled, c device.Conv, g, w, dx []float32) {
	clear(dx)
	for py := range min(c.StrideH, c.H) {
		for px := range min(c.StrideW, c.W) {
			d.inputGradPhase(mul, c, py, px, g, w, dx)
		}
	}
}

// inputGradPhase is tiledInputGrad for the pixels py + StrideH·i, px + StrideW·j.
func (d *Device) inputGradPhase(mul tiled, c device.Conv, py, px int, g, w, dx []float32) {
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	upstream := patches{h: c.OutH(), w: c.OutW(), pitch: c.OutC, channels: per, strideH: 1, strideW: 1,
		gridH: (c.H - py + c.StrideH - 1) / c.StrideH, gridW: (c.W - px + c.StrideW - 1) / c.StrideW}
	cuts := []int{0}
	var begin []int // of each tap's weights
	last := -1      // the chunk so far
	for t := range c.KH * c.KW {
		y, x := py+c.PadH-t/c.KW*c.DilationH, px+c.PadW-t%c.KW*c.DilationW
		if y%c.StrideH != 0 || x%c.StrideW != 0 {
			continue
		}
		k := len(begin) * per // chunks are cut where the definition's k, t·per + co, cuts them
		for co := 0; co < per; {
			chunk := (t*per + co) / device.ChunkTerms
			if chunk != last && k+co > 0 {
				cuts = append(cuts, k+co)
			}
			last, co = chunk, min(per, (chunk+1)*device.ChunkTerms-t*per)
		}
		upstream.taps = append(upstream.taps, tap{y / c.StrideH, x / c.StrideW})
		begin = append(begin, t*gi*c.OutC)
	}
	if len(begin) == 0 {
		return
	}
	cuts = append(cuts, len(begin)*per)
	for group := range c.Groups {
		upstream.src = g[group*per:]
		p := product{mul: mul, m: c.N * upstream.gridH * upstream.gridW, n: gi, cuts: cuts, c: dx[group*gi:],
			a: upstream, b: blocks{strided{w[group*per:], c.OutC, 1}, per, begin}}
		p.evenRows(c.C)
		if c.StrideH > 1 || c.StrideW > 1 {
			p.ldc, p.row = 0, func(i int) int {
				n, y, x := i/(upstream.gridH*upstream.gridW), i/upstream.gridW%upstream.gridH, i%upstream.gridW
				return ((n*c.H+py+y*c.StrideH)*c.W + px + x*c.StrideW) * c.C
			}
		}
		p.run(d)
	}
}
