package cpu

import (
	"math"

	"github.com/approxtrain/approxtrain/device"
)

// codeRange is a device.Quantizer of one channel, with its codes less the zero point.
type codeRange struct {
	scale, lo, hi float32
	zero          int32
}

// codeRanges are those of all channels.
type codeRanges struct {
	each []codeRange
	*codePattern
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

// ranges returns the channels of a quantizer of n elements.
func (d *Device) ranges(q device.Quantizer, n int) *codeRanges {
	all := rangesOf(q)
	return &codeRanges{all, d.pattern(len(all), n, 4, func(c int, v []float32) {
		r := &all[c]
		v[0], v[1], v[2], v[3] = r.scale, r.lo, r.hi, math.Float32frombits(uint32(r.zero))
	})}
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
func (all *codeRanges) quantize(x []float32, c []int16) (nan int) {
	done := all.whole(len(x))
	if done > 0 && all.kernel.quantize(&x[0], &c[0], done, &all.values[0], all.period) != 0 {
		done = 0 // a NaN has a code of its own
	}
	if nan = quantize(all.each, x[done:], c[done:]); nan >= 0 {
		nan += done
	}
	return nan
}

// quantize is what codeRanges.quantize computes, in portable Go. The code of a NaN is that of 0.
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
func (all *codeRanges) dequantize(c []int16, x []float32) {
	ranges := all.each
	if done := all.whole(len(x)); done > 0 {
		all.kernel.dequantize(&c[0], &x[0], done, &all.values[0], all.period)
		c, x = c[done:], x[done:]
	}
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
func (all *codeRanges) quantizeGrad(x, g, dx []float32) {
	ranges := all.each
	if done := all.whole(len(x)); done > 0 {
		all.kernel.quantizeGrad(&x[0], &g[0], &dx[0], done, &all.values[0], all.period)
		x, g, dx = x[done:], g[done:], dx[done:]
	}
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

// rescaling makes numbers of sums.
type rescaling struct {
	scales, bias []float32 // one a channel; bias may be nil
	*codePattern
}

// rescalingOf sets the values of a pattern for rescaling.
func rescalingOf(scales, bias []float32) func(channel int, values []float32) {
	return func(c int, v []float32) {
		v[0], v[1] = scales[c], float32(math.Copysign(0, -1)) // which changes nothing that it is added to
		if bias != nil {
			v[1] = bias[c]
		}
	}
}

// rescale computes y = sum · scale + bias for whole rows of channels.
func (r *rescaling) rescale(sums []int64, y []float32) {
	if done := r.whole(len(y)); done > 0 && r.kernel.rescale(&sums[0], &y[0], done, &r.values[0], r.period) == 0 {
		sums, y = sums[done:], y[done:]
	}
	scales, bias := r.scales, r.bias
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
