package cpu

import (
	"slices"

	"github.com/approxtrain/approxtrain/device"
)

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
	vertical, horizontal := inputAxes(c)
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	win := windows{images: c.N, h: c.H, w: c.W, pitch: c.C, channels: gi}
	result := image{y, c.OutH(), c.OutW(), c.OutC}
	for g := range c.Groups {
		win.src = x[g*gi:]
		d.windowed(mul, c, win, vertical, horizontal, strided{w[g*per:], 1, c.OutC}, result.from(g*per), per)
	}
}

// tiledInputGrad is ConvInputGrad: a row of the product is an input pixel.
func (d *Device) tiledInputGrad(mul tiled, c device.Conv, g, w, dx []float32) {
	back := func(stride, pad, dilation int) func(place, tap int) (int, bool) {
		return func(place, tap int) (int, bool) {
			at := place + pad - tap*dilation
			return at / stride, at%stride == 0
		}
	}
	oh, ow := c.OutH(), c.OutW()
	vertical := along(c.H, c.KH, oh, back(c.StrideH, c.PadH, c.DilationH))
	horizontal := along(c.W, c.KW, ow, back(c.StrideW, c.PadW, c.DilationW))
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	win := windows{images: c.N, h: oh, w: ow, pitch: c.OutC, channels: per}
	result := image{dx, c.H, c.W, c.C}
	for group := range c.Groups {
		win.src = g[group*per:]
		d.windowed(mul, c, win, vertical, horizontal, strided{w[group*per:], c.OutC, 1}, result.from(group*gi), gi)
	}
}

// image is a tensor of images (NHWC) that a product's rows are pixels of.
type image struct {
	x       []float32
	h, w, c int
}

// from returns the image from a channel on.
func (i image) from(channel int) image {
	i.x = i.x[channel:]
	return i
}

// windowed multiplies the windows at each pixel of out with the weights of the
// window, n columns, whose operands for one tap and channel lie gi·OutC apart from
// those of the next tap. Pixels that see other taps of the window are products of
// their own.
func (d *Device) windowed(mul tiled, c device.Conv, win windows, vertical, horizontal axis, weights strided, out image, n int) {
	rows, cols := vertical.all, horizontal.all
	if win.channels >= fewChannels && wasteful(vertical, horizontal) {
		rows, cols = vertical.exact, horizontal.exact
	}
	gi, width := c.C/c.Groups, win.channels
	for _, v := range rows {
		for _, h := range cols {
			win.ys, win.xs, win.taps = v.at, h.at, nil
			var begin []int // of each tap's weights
			cuts := []int{0}
			last := -1 // the chunk so far
			for i, ky := range v.taps {
				for j, kx := range h.taps {
					t := ky*c.KW + kx
					k := len(begin) * width // chunks are cut where the definition's k, t·width + channel, cuts them
					for channel := 0; channel < width; {
						chunk := (t*width + channel) / device.ChunkTerms
						if chunk != last && k+channel > 0 {
							cuts = append(cuts, k+channel)
						}
						last, channel = chunk, min(width, (chunk+1)*device.ChunkTerms-t*width)
					}
					win.taps = append(win.taps, tap{v.offsets[i], h.offsets[j]})
					begin = append(begin, t*gi*c.OutC)
				}
			}
			if len(begin) > 0 {
				cuts = append(cuts, len(begin)*width)
			}
			p := product{mul: mul, m: c.N * len(v.places) * len(h.places), n: n, cuts: cuts, c: out.x,
				a: win.side(d), b: blocks{weights, width, begin}, exchange: width < fewChannels}
			if len(v.places) == out.h && len(h.places) == out.w {
				p.evenRows(out.c)
			} else {
				p.row = func(i int) int {
					y, x := v.places[i/len(h.places)%len(v.places)], h.places[i%len(h.places)]
					return ((i/(len(h.places)*len(v.places))*out.h+y)*out.w + x) * out.c
				}
			}
			p.run(d)
		}
	}
}

// axis groups the places of a window along one axis in two ways: exact groups those that see the
// same taps within the source; all groups those to which the same taps lead, including the
// padding.
type axis struct{ exact, all []part }

// part are places that see the same taps.
type part struct {
	places, taps []int
	at           []int // in the source, of each place with the first tap
	offsets      []int // of the taps in the source, from the first
}

// inputAxes returns the groups of a convolution's output pixels by the input that they see.
func inputAxes(c device.Conv) (vertical, horizontal axis) {
	vertical = along(c.OutH(), c.KH, c.H, func(y, tap int) (int, bool) { return y*c.StrideH - c.PadH + tap*c.DilationH, true })
	horizontal = along(c.OutW(), c.KW, c.W, func(x, tap int) (int, bool) { return x*c.StrideW - c.PadW + tap*c.DilationW, true })
	return vertical, horizontal
}

// wasteful says whether more than a tenth of all products are with padding.
func wasteful(vertical, horizontal axis) bool {
	return 10*pairs(vertical.exact)*pairs(horizontal.exact) < 9*pairs(vertical.all)*pairs(horizontal.all)
}

// along returns the axis of n places whose taps lead where source says, if anywhere.
func along(n, taps, length int, source func(place, tap int) (int, bool)) (a axis) {
	add := func(parts []part, place int, inside bool) []part {
		one := part{places: []int{place}}
		for t := range taps {
			at, ok := source(place, t)
			if !ok || inside && uint(at) >= uint(length) {
				continue
			}
			if one.taps = append(one.taps, t); len(one.taps) == 1 {
				one.at = []int{at}
			}
			one.offsets = append(one.offsets, at-one.at[0])
		}
		for i := range parts {
			if p := &parts[i]; slices.Equal(p.taps, one.taps) {
				p.places, p.at = append(p.places, place), append(p.at, one.at...)
				return parts
			}
		}
		return append(parts, one)
	}
	for place := range n {
		a.exact, a.all = add(a.exact, place, true), add(a.all, place, false)
	}
	return a
}

// pairs is the number of places and taps that meet.
func pairs(parts []part) (n int) {
	for _, p := range parts {
		n += len(p.places) * len(p.taps)
	}
	return n
}

// window is the window of a convolution over its input.
func window(c device.Conv, x []float32) windows {
	w := windows{images: c.N, h: c.H, w: c.W, src: x, pitch: c.C, channels: c.C / c.Groups}
	for y := range c.OutH() {
		w.ys = append(w.ys, y*c.StrideH-c.PadH)
	}
	for x := range c.OutW() {
		w.xs = append(w.xs, x*c.StrideW-c.PadW)
	}
	for t := range c.KH * c.KW {
		w.taps = append(w.taps, tap{t / c.KW * c.DilationH, t % c.KW * c.DilationW})
	}
	return w
}

// tiledWeightGrad is ConvWeightGrad: a row of the product is a tap and an input
// channel, k an output pixel.
func (d *Device) tiledWeightGrad(mul tiled, c device.Conv, x, g, dw []float32) {
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	if worthPicking(c) {
		for t := range c.KH * c.KW {
			d.tapWeightGrad(mul, c, t, x, g, dw)
		}
		return
	}
	for group := range c.Groups {
		p := product{mul: mul, m: c.KH * c.KW * gi, n: per, cuts: chunks(c.N * c.OutH() * c.OutW()), c: dw[group*per:],
			a: transposed{window(c, x[group*gi:]).side(d)}, b: strided{g[group*per:], 1, c.OutC}, exchange: c.KH*c.KW*gi > per}
		p.evenRows(c.OutC)
		p.run(d)
	}
}

// worthPicking says whether so much of a convolution is padding that it pays to
// leave it out, tap by tap.
func worthPicking(c device.Conv) bool { return c.C/c.Groups >= 16 && wasteful(inputAxes(c)) }

// tapWeightGrad is the part of ConvWeightGrad for one tap, padding left out.
func (d *Device) tapWeightGrad(mul tiled, c device.Conv, tap int, x, g, dw []float32) {
	gi, per := c.C/c.Groups, c.OutC/c.Groups
	var inputs, outputs []int // where the pixels begin that meet, in X and in G
	var cuts []int            // where the definition's k, the output pixels, are cut; none if the tap is in padding alone
	last := -1                // the chunk so far
	for n := range c.N {
		for oy := range c.OutH() {
			for ox := range c.OutW() {
				y, x := oy*c.StrideH-c.PadH+tap/c.KW*c.DilationH, ox*c.StrideW-c.PadW+tap%c.KW*c.DilationW
				if uint(y) >= uint(c.H) || uint(x) >= uint(c.W) {
					continue
				}
				k := (n*c.OutH()+oy)*c.OutW() + ox
				if chunk := k / device.ChunkTerms; chunk != last {
					cuts, last = append(cuts, len(inputs)), chunk
				}
				inputs, outputs = append(inputs, ((n*c.H+y)*c.W+x)*c.C), append(outputs, k*c.OutC)
			}
		}
	}
	for group := range c.Groups {
		p := product{mul: mul, m: gi, n: per, cuts: append(cuts, len(inputs)), c: dw[tap*gi*c.OutC+group*per:],
			a: listed{x[group*gi:], inputs}, b: listed{g[group*per:], outputs}, exchange: gi > per}
		p.evenRows(c.OutC)
		p.run(d)
	}
}
