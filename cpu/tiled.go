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
	windows := window(c, x)
	for group := range c.Groups {
		windows.src = x[group*gi:]
		p := product{mul: mul, m: c.KH * c.KW * gi, n: per, cuts: chunks(c.N * c.OutH() * c.OutW()), c: dw[group*per:],
			a: transposed{windows}, b: strided{g[group*per:], 1, c.OutC}, exchange: c.KH*c.KW*gi > per}
		p.evenRows(c.OutC)
		p.run(d)
	}
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
