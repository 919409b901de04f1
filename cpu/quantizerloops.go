package cpu

import "github.com/approxtrain/approxtrain/device"

// codeRange is a device.Quantizer of one channel, with its codes less the zero point.
type codeRange struct {
	scale, lo, hi float32
	zero          int32
}

// rangesOf returns the channels of a quantizer.
func rangesOf(q device.Quantizer) []codeRange {
	all := make([]codeRange, q.Channels())
	for c := range all {
		zero := q.ZeroOf(c)
		all[c] = codeRange{q.ScaleOf(c), float32(q.Lo - zero), float32(q.Hi - zero), zero}
	}
	return all
}

// toEven added to a number of magnitude below 2^22, and then subtracted, rounds it to the nearest whole one, ties to even.
const toEven = 3 << 22

// code returns the code of a number that is no NaN. The ends of the range are whole numbers, so that it may be clamped
// before it is rounded.
func (r *codeRange) code(x float32) int16 {
	v := x / r.scale
	if v < r.lo {
		v = r.lo
	} else if v > r.hi {
		v = r.hi
	}
	return int16(int32(float32(v+toEven)-toEven) + r.zero)
}

// quantize computes the codes of whole rows of channels, and returns the index of the first NaN, -1 if there is none.
// Its code is that of 0.
func quantize(ranges []codeRange, x []float32, c []int16) (nan int) {
	nan = -1
	if len(ranges) == 1 {
		r := ranges[0]
		for i, v := range x {
			if v != v {
				v = 0
				if nan < 0 {
					nan = i
				}
			}
			c[i] = r.code(v)
		}
		return nan
	}
	for at := 0; at < len(x); at += len(ranges) {
		row, codes := x[at:at+len(ranges)], c[at:at+len(ranges)]
		for i := range ranges {
			v := row[i]
			if v != v {
				v = 0
				if nan < 0 {
					nan = at + i
				}
			}
			codes[i] = ranges[i].code(v)
		}
	}
	return nan
}

// dequantize computes the numbers that the codes of whole rows of channels stand for.
func dequantize(ranges []codeRange, c []int16, x []float32) {
	if len(ranges) == 1 {
		r := ranges[0]
		for i, v := range c {
			x[i] = r.scale * float32(int32(v)-r.zero)
		}
		return
	}
	for at := 0; at < len(x); at += len(ranges) {
		row, codes := x[at:at+len(ranges)], c[at:at+len(ranges)]
		for i := range ranges {
			row[i] = ranges[i].scale * float32(int32(codes[i])-ranges[i].zero)
		}
	}
}

// quantizeGrad lets the gradients g of numbers within the range pass, of whole rows of channels.
func quantizeGrad(ranges []codeRange, x, g, dx []float32) {
	if len(ranges) == 1 {
		r := ranges[0]
		for i, v := range x {
			through := float32(0)
			if v /= r.scale; v >= r.lo && v <= r.hi {
				through = g[i]
			}
			dx[i] = through
		}
		return
	}
	for at := 0; at < len(x); at += len(ranges) {
		for i := range ranges {
			r, through := &ranges[i], float32(0)
			if v := x[at+i] / r.scale; v >= r.lo && v <= r.hi {
				through = g[at+i]
			}
			dx[at+i] = through
		}
	}
}

// rescale computes y = sum · scale + bias for whole rows of channels; bias may be nil.
func rescale(scales, bias []float32, sums []int64, y []float32) {
	if len(scales) == 1 && bias == nil {
		for i, v := range sums {
			y[i] = float32(v) * scales[0]
		}
		return
	}
	for at := 0; at < len(y); at += len(scales) {
		row, s := y[at:at+len(scales)], sums[at:at+len(scales)]
		if bias == nil {
			for i, scale := range scales {
				row[i] = float32(s[i]) * scale
			}
			continue
		}
		for i, scale := range scales {
			row[i] = float32(float32(s[i])*scale) + bias[i] // two roundings: the conversion forbids fusing them
		}
	}
}
