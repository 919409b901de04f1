package cpu

import "github.com/approxtrain/approxtrain/device"

// SumSquares implements device.Optimizers: chunk by chunk.
func (d *Device) SumSquares(x, out device.Buffer) {
	if !d.ready("sum of squares", device.CheckLen(1, out)) {
		return
	}
	s := floatsOf(x, out)
	parts := make([]float32, (len(s[0])+device.ChunkTerms-1)/device.ChunkTerms)
	d.split(len(parts), 4, func(from, to int) {
		for i := from; i < to; i++ {
			for _, v := range s[0][i*device.ChunkTerms : min(len(s[0]), (i+1)*device.ChunkTerms)] {
				parts[i] += float32(v * v)
			}
		}
	})
	s[1][0] = 0
	for _, p := range parts {
		s[1][0] += p
	}
}

// SGD implements device.Optimizers.
func (d *Device) SGD(o device.SGD, w, g, v device.Buffer) {
	if !d.ready("SGD", device.CheckLen(w.Len(), g, v)) {
		return
	}
	s := floatsOf(w, g, v)
	d.split(w.Len(), grain, func(from, to int) {
		for i := from; i < to; i++ {
			s[0][i], s[2][i] = o.Step(s[0][i], s[1][i], s[2][i])
		}
	})
}

// Adam implements device.Optimizers.
func (d *Device) Adam(o device.Adam, w, g, m, v device.Buffer) {
	if !d.ready("Adam", device.CheckLen(w.Len(), g, m, v)) {
		return
	}
	s := floatsOf(w, g, m, v)
	d.split(w.Len(), grain, func(from, to int) {
		for i := from; i < to; i++ {
			s[0][i], s[2][i], s[3][i] = o.Step(s[0][i], s[1][i], s[2][i], s[3][i])
		}
	})
}
