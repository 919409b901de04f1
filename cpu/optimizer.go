package cpu

import "approxtrain/device"

// SGD implements device.Optimizers.
func (d *Device) SGD(o device.SGD, w, g, v device.Buffer) {
	if !d.ready("SGD", equal(w.Len(), g, v)) {
		return
	}
	s := slices(w, g, v)
	d.split(w.Len(), grain, func(from, to int) {
		for i := from; i < to; i++ {
			s[0][i], s[2][i] = o.Step(s[0][i], s[1][i], s[2][i])
		}
	})
}

// Adam implements device.Optimizers.
func (d *Device) Adam(o device.Adam, w, g, m, v device.Buffer) {
	if !d.ready("Adam", equal(w.Len(), g, m, v)) {
		return
	}
	s := slices(w, g, m, v)
	d.split(w.Len(), grain, func(from, to int) {
		for i := from; i < to; i++ {
			s[0][i], s[2][i], s[3][i] = o.Step(s[0][i], s[1][i], s[2][i], s[3][i])
		}
	})
}
