package cpu

import "github.com/approxtrain/approxtrain/device"

// Add implements device.Activations.
func (d *Device) Add(x, y device.Buffer) {
	if !d.ready("addition", device.CheckLen(x.Len(), y)) {
		return
	}
	s := floatsOf(x, y)
	d.split(x.Len(), grain, func(from, to int) {
		out := s[1][from:to]
		for i, v := range s[0][from:to] {
			out[i] += v
		}
	})
}

// Copy implements device.Activations.
func (d *Device) Copy(c device.Copy, x, y device.Buffer) {
	if !d.ready("copy", c.Check(x.Len(), y.Len())) {
		return
	}
	s := floatsOf(x, y)
	for r := range c.Rows {
		copy(s[1][c.To+r*c.ToStep:][:c.Cols], s[0][c.From+r*c.FromStep:])
	}
}

// Zero implements device.Activations.
func (d *Device) Zero(x device.Buffer) {
	if d.ready("zero", nil) {
		clear(floatsOf(x)[0])
	}
}
