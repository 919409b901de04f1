package cpu

import (
	"fmt"
	"math"

	"github.com/approxtrain/approxtrain/device"
)

// Extremes implements device.Gradients.
func (d *Device) Extremes(channels int, x, extremes device.Buffer) {
	err := channelled(x.Len(), channels)
	if err == nil && extremes.Len() != 2*channels {
		err = fmt.Errorf("%d numbers for the extremes of %d channels", extremes.Len(), channels)
	}
	if err == nil && x.Len() == 0 {
		err = fmt.Errorf("no numbers")
	}
	if !d.ready("extremes", err) {
		return
	}
	X, out := floatsOf(x)[0], floatsOf(extremes)[0]
	rows := len(X) / channels
	parts := (rows + extremesRows(channels) - 1) / extremesRows(channels)
	each := make([][]float32, parts)
	d.split(parts, 1, func(from, to int) {
		for p := from; p < to; p++ {
			first := p * extremesRows(channels)
			each[p] = d.extremesOf(channels, X[first*channels:min(rows, first+extremesRows(channels))*channels])
		}
	})
	copy(out, each[0])
	for _, part := range each[1:] {
		for c := range channels {
			out[c] = min(out[c], part[c])
			out[channels+c] = max(out[channels+c], part[channels+c])
		}
	}
}

// extremesRows is the number of rows that a thread looks at together.
func extremesRows(channels int) int { return max(1, grain/channels) }

// extremesOf returns the extremes of whole rows of channels.
func (d *Device) extremesOf(channels int, x []float32) []float32 {
	out := make([]float32, 2*channels)
	least, greatest := out[:channels], out[channels:]
	copy(least, x[:channels])
	copy(greatest, x[:channels])
	p := d.pattern(channels, len(x), 2, func(c int, v []float32) { v[0], v[1] = x[c], x[c] })
	if done := p.whole(len(x)); done > 0 && p.kernel.extremes(&x[0], done, &p.values[0], p.period) == 0 {
		for i := range p.elements {
			at, c := i/codeLanes*2*codeLanes+i%codeLanes, i%channels
			least[c], greatest[c] = min(least[c], p.values[at]), max(greatest[c], p.values[at+codeLanes])
		}
		x = x[done:]
	}
	if channels == 1 {
		lo, hi := least[0], greatest[0]
		for _, v := range x {
			lo, hi = min(lo, v), max(hi, v) // NaN stays
		}
		out[0], out[1] = lo, hi
		return out
	}
	for r := 0; r < len(x); r += channels {
		for c, v := range x[r : r+channels] {
			least[c], greatest[c] = min(least[c], v), max(greatest[c], v)
		}
	}
	return out
}

// ScaleGrad implements device.Gradients.
func (d *Device) ScaleGrad(q device.Quantizer, factor float32, x, g, ds device.Buffer) {
	err := q.Check(q.Channels())
	if err == nil {
		err = channelled(x.Len(), q.Channels())
	}
	if err == nil {
		err = device.CheckLen(x.Len(), g)
	}
	if err == nil && ds.Len() != len(q.Scale) {
		err = fmt.Errorf("%d gradients for %d scales", ds.Len(), len(q.Scale))
	}
	if !d.ready("gradient of scales", err) {
		return
	}
	s := floatsOf(x, g, ds)
	scales := len(q.Scale)
	elements := x.Len() / scales // of each scale
	chunks := (elements + device.ChunkTerms - 1) / device.ChunkTerms
	sums := make([]float32, chunks*scales) // those of a chunk side by side
	d.split(chunks, max(1, grain/(device.ChunkTerms*scales)), func(from, to int) {
		for chunk := from; chunk < to; chunk++ {
			row := sums[chunk*scales:][:scales]
			for k := chunk * device.ChunkTerms; k < min(elements, (chunk+1)*device.ChunkTerms); k++ {
				for c := range row {
					i := k*scales + c
					row[c] += float32(s[1][i] * slopeOfScale(q, s[0][i], i%q.Channels()))
				}
			}
		}
	})
	for c := range scales {
		total := float32(0)
		for chunk := range chunks {
			total += sums[chunk*scales+c]
		}
		s[2][c] = factor * total
	}
}

// slopeOfScale is the derivative of the number that the code of x stands for, by the scale.
func slopeOfScale(q device.Quantizer, x float32, channel int) float32 {
	zero := q.ZeroOf(channel)
	lo, hi := float32(q.Lo-zero), float32(q.Hi-zero)
	r := x / q.ScaleOf(channel)
	switch {
	case r < lo:
		return lo
	case r > hi:
		return hi
	}
	return float32(math.RoundToEven(float64(r))) - r
}
