package cpu

import (
	"fmt"

	"approxtrain/device"
)

// grain is the least number of elements that is worth a thread of its own.
const grain = 1 << 12

// AddBias implements device.Activations.
func (d *Device) AddBias(rows, cols int, bias, x device.Buffer) {
	if !d.ready("bias", matrix(rows, cols, x, bias)) {
		return
	}
	s := slices(bias, x)
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
	if !d.ready("sum of rows", matrix(rows, cols, x, out)) {
		return
	}
	s := slices(x, out)
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

// matrix is an error unless x has rows × cols elements and v has cols.
func matrix(rows, cols int, x, v device.Buffer) error {
	if rows < 0 || cols < 0 || x.Len() != rows*cols || v.Len() != cols {
		return fmt.Errorf("%d × %d: buffers of %d and %d elements, expected %d and %d", rows, cols, x.Len(), v.Len(), rows*cols, cols)
	}
	return nil
}

// ReLU implements device.Activations.
func (d *Device) ReLU(x, y device.Buffer) {
	if !d.ready("ReLU", equal(x.Len(), y)) {
		return
	}
	s := slices(x, y)
	d.split(x.Len(), grain, func(from, to int) {
		for i := from; i < to; i++ {
			v := s[0][i]
			if v <= 0 {
				v = 0
			}
			s[1][i] = v
		}
	})
}

// ReLUGrad implements device.Activations.
func (d *Device) ReLUGrad(y, g, dx device.Buffer) {
	if !d.ready("ReLU gradient", equal(y.Len(), g, dx)) {
		return
	}
	s := slices(y, g, dx)
	d.split(y.Len(), grain, func(from, to int) {
		for i := from; i < to; i++ {
			v := s[1][i]
			if s[0][i] == 0 {
				v = 0
			}
			s[2][i] = v
		}
	})
}

// Dropout implements device.Activations.
func (d *Device) Dropout(seed uint64, rate float32, x, y device.Buffer) {
	err := equal(x.Len(), y)
	if !(rate >= 0 && rate < 1) {
		err = fmt.Errorf("rate %v: expected 0 or more and less than 1", rate)
	}
	if !d.ready("dropout", err) {
		return
	}
	s := slices(x, y)
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
