package cpu

import (
	"math"

	"github.com/approxtrain/approxtrain/device"
)

// grain is the least number of elements that is worth a thread of its own.
const grain = 1 << 12

// AddBias implements device.Activations.
func (d *Device) AddBias(rows, cols int, bias, x device.Buffer) {
	if !d.ready("bias", device.CheckMatrix(rows, cols, x, bias)) {
		return
	}
	s := floatsOf(bias, x)
	d.split(rows, grain/max(1, cols)+1, func(from, to int) {
		for r := from; r < to; r++ {
			for c, b := range s[0] {
				s[1][r*cols+c] += b
			}
		}
	})
}

// SumRows implements device.Activations.
func (d *Device) SumRows(rows, cols int, x, out device.Buffer) {
	if !d.ready("sum of rows", device.CheckMatrix(rows, cols, x, out)) {
		return
	}
	s := floatsOf(x, out)
	d.split(cols, grain/max(1, rows)+1, func(from, to int) {
		var acc sums
		acc.begin(to - from)
		for r := range rows {
			chunk := acc.at(r)
			for i, v := range s[0][r*cols+from : r*cols+to] {
				chunk[i] += v
			}
		}
		acc.store(s[1][from:to])
	})
}

// ReLU implements device.Activations.
func (d *Device) ReLU(x, y device.Buffer) {
	if !d.ready("ReLU", device.CheckLen(x.Len(), y)) {
		return
	}
	s := floatsOf(x, y)
	d.split(x.Len(), grain, func(from, to int) {
		out := s[1][from:to]
		for i, v := range s[0][from:to] {
			keep, bits := uint32(0), math.Float32bits(v)
			if rank(bits) > 0 {
				keep = bits
			}
			out[i] = math.Float32frombits(keep)
		}
	})
}

// ReLU6 implements device.Activations.
func (d *Device) ReLU6(x, y device.Buffer) {
	d.apply("ReLU6", x, y, func(v float32) float32 {
		switch {
		case v <= 0:
			return 0
		case v > 6:
			return 6
		}
		return v
	})
}

// GELU implements device.Activations.
func (d *Device) GELU(x, y device.Buffer) { d.apply("GELU", x, y, device.GELU) }

// ReLUGrad implements device.Activations.
func (d *Device) ReLUGrad(y, g, dx device.Buffer) {
	if !d.ready("ReLU gradient", device.CheckLen(y.Len(), g, dx)) {
		return
	}
	s := floatsOf(y, g, dx)
	d.split(y.Len(), grain, func(from, to int) {
		g, out := s[1][from:to], s[2][from:to]
		for i, v := range s[0][from:to] {
			keep := math.Float32bits(g[i])
			if rank(math.Float32bits(v)) == 0 {
				keep = 0
			}
			out[i] = math.Float32frombits(keep)
		}
	})
}

// ReLU6Grad implements device.Activations.
func (d *Device) ReLU6Grad(y, g, dx device.Buffer) {
	d.applyGrad("ReLU6 gradient", y, g, dx, func(y, g float32) float32 {
		if y == 0 || y == 6 {
			return 0
		}
		return g
	})
}

// GELUGrad implements device.Activations.
func (d *Device) GELUGrad(x, g, dx device.Buffer) {
	d.applyGrad("GELU gradient", x, g, dx, func(x, g float32) float32 { return float32(g * device.GELUSlope(x)) })
}

// apply computes y = f(x) of every element.
func (d *Device) apply(op string, x, y device.Buffer, f func(x float32) float32) {
	if !d.ready(op, device.CheckLen(x.Len(), y)) {
		return
	}
	s := floatsOf(x, y)
	d.split(x.Len(), grain, func(from, to int) {
		out := s[1][from:to]
		for i, v := range s[0][from:to] {
			out[i] = f(v)
		}
	})
}

// applyGrad computes dx = f(at, g) of every element.
func (d *Device) applyGrad(op string, at, g, dx device.Buffer, f func(at, g float32) float32) {
	if !d.ready(op, device.CheckLen(at.Len(), g, dx)) {
		return
	}
	s := floatsOf(at, g, dx)
	d.split(at.Len(), grain, func(from, to int) {
		g, out := s[1][from:to], s[2][from:to]
		for i, v := range s[0][from:to] {
			out[i] = f(v, g[i])
		}
	})
}

// Dropout implements device.Activations.
func (d *Device) Dropout(seed uint64, rate float32, x, y device.Buffer) {
	err := device.CheckRate(rate)
	if err == nil {
		err = device.CheckLen(x.Len(), y)
	}
	if !d.ready("dropout", err) {
		return
	}
	s := floatsOf(x, y)
	scale := 1 / (1 - rate)
	d.split(x.Len(), grain, func(from, to int) {
		for i := from; i < to; i++ {
			s[1][i] = 0
			if device.Keep(seed, i, rate) {
				s[1][i] = s[0][i] * scale
			}
		}
	})
}
