package cpu

import "github.com/approxtrain/approxtrain/device"

// Softmax implements device.Activations.
func (d *Device) Softmax(rows, cols int, scale float32, x, y device.Buffer) {
	if !d.ready("softmax", device.CheckLen(rows*cols, x, y)) {
		return
	}
	s := floatsOf(x, y)
	d.split(rows, grain/max(1, cols)+1, func(from, to int) {
		for r := from; r < to; r++ {
			in, out := s[0][r*cols:][:cols], s[1][r*cols:][:cols]
			if cols == 0 {
				continue
			}
			largest := float32(scale * in[0])
			for j, v := range in {
				out[j] = float32(scale * v)
				if out[j] > largest {
					largest = out[j]
				}
			}
			var sum device.Sum
			for j, v := range out {
				out[j] = device.Exp(v - largest)
				sum.Add(j, out[j])
			}
			total := sum.Value()
			for j := range out {
				out[j] /= total
			}
		}
	})
}

// SoftmaxGrad implements device.Activations.
func (d *Device) SoftmaxGrad(rows, cols int, scale float32, y, g, dx device.Buffer) {
	if !d.ready("softmax, gradient", device.CheckLen(rows*cols, y, g, dx)) {
		return
	}
	s := floatsOf(y, g, dx)
	d.split(rows, grain/max(1, cols)+1, func(from, to int) {
		for r := from; r < to; r++ {
			y, g, out := s[0][r*cols:][:cols], s[1][r*cols:][:cols], s[2][r*cols:][:cols]
			var sum device.Sum
			for j, v := range y {
				sum.Add(j, float32(g[j]*v))
			}
			mean := sum.Value()
			for j, v := range y {
				out[j] = float32(scale * float32(v*(g[j]-mean)))
			}
		}
	})
}
