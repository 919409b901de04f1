package cpu

import (
	"fmt"

	"github.com/approxtrain/approxtrain/device"
)

// SoftmaxCrossEntropy implements device.Activations.
func (d *Device) SoftmaxCrossEntropy(rows, cols int, smoothing float32, x, labels, loss, dx device.Buffer) {
	err := device.CheckLen(rows*cols, x, dx)
	if err == nil {
		err = device.CheckLen(rows, labels, loss)
	}
	if err == nil {
		for r, l := range floatsOf(labels)[0] {
			if !(l >= 0 && l < float32(cols)) || l != float32(int(l)) {
				err = fmt.Errorf("label %v of row %d: expected a class from 0 to %d", l, r, cols-1)
				break
			}
		}
	}
	if !d.ready("softmax cross-entropy", err) {
		return
	}
	s := floatsOf(x, labels, loss, dx)
	others := smoothing / float32(cols)
	right := (1 - smoothing) + others
	d.split(rows, grain/max(1, cols)+1, func(from, to int) {
		for r := from; r < to; r++ {
			in, out, label := s[0][r*cols:][:cols], s[3][r*cols:][:cols], int(s[1][r])
			largest := in[0]
			for _, v := range in {
				if v > largest {
					largest = v
				}
			}
			var sum device.Sum
			for j, v := range in {
				out[j] = device.Exp(v - largest)
				sum.Add(j, out[j])
			}
			total := sum.Value()
			log := device.Log(total)
			s[2][r] = log - (in[label] - largest)
			if smoothing > 0 {
				var all device.Sum
				for j, v := range in {
					all.Add(j, log-(v-largest))
				}
				s[2][r] = float32((1-smoothing)*s[2][r]) + float32(others*all.Value())
			}
			for j, e := range out {
				p := e / total
				if j == label {
					p -= right
				} else {
					p -= others
				}
				out[j] = p / float32(rows)
			}
		}
	})
}
