package meter

import (
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// integers is a Device that trains networks of integers too.
type integers struct {
	*Device
	inner device.GradientDevice
}

// Whole returns d as what the wrapped device is: a device.GradientDevice if that is one, so that networks of integers
// are timed too.
func (d *Device) Whole() device.Device {
	if inner, ok := d.inner.(device.GradientDevice); ok {
		return &integers{d, inner}
	}
	return d
}

// PrepareIntegers implements device.Integers.
func (d *integers) PrepareIntegers(t *lut.Table, magnitude bool) (string, error) {
	return d.inner.PrepareIntegers(t, magnitude)
}

// AllocCodes implements device.Integers.
func (d *integers) AllocCodes(n int) device.Codes { return d.inner.AllocCodes(n) }

// AllocSums implements device.Integers.
func (d *integers) AllocSums(n int) device.Sums { return d.inner.AllocSums(n) }

// product does an operation with products of codes, which are those of a backward pass if the pass says so.
func (d *integers) product(p device.IntegerProduct, pass Pass, products, terms func() int, operation func(p device.IntegerProduct)) {
	if l, ok := p.Multiplier.(labelled); ok && pass != Forward {
		l.backward = true
		p.Multiplier = l
	}
	d.kernel(p.Multiplier, pass, products, terms, func(m mul) {
		p.Multiplier = m
		operation(p)
	})
}

// backwardPass says what the gradients of a layer count as, and how many there are. Both at once count as those of
// weights.
func backwardPass(input, weights buf) (pass Pass, gradients int) {
	switch {
	case weights == nil:
		return InputGrad, 1
	case input == nil:
		return WeightGrad, 1
	}
	return WeightGrad, 2
}

func (d *integers) IntegerGemm(p device.IntegerProduct, g device.Gemm, a, b device.Codes, s device.Sums) {
	n := func() int { return g.M * g.N * g.K }
	d.product(p, Forward, n, n, func(p device.IntegerProduct) { d.inner.IntegerGemm(p, g, a, b, s) })
}

func (d *integers) IntegerBatchGemm(p device.IntegerProduct, g device.BatchGemm, a, b device.Codes, s device.Sums) {
	n := func() int { return g.Outer * g.Inner * g.M * g.N * g.K }
	d.product(p, Forward, n, n, func(p device.IntegerProduct) { d.inner.IntegerBatchGemm(p, g, a, b, s) })
}

func (d *integers) IntegerConv(p device.IntegerProduct, c device.Conv, x, w device.Codes, s device.Sums) {
	d.product(p, Forward, c.MACs, c.Terms, func(p device.IntegerProduct) { d.inner.IntegerConv(p, c, x, w, s) })
}

func (d *integers) GradientGemm(p device.IntegerProduct, of device.Derivatives, g device.Gemm, a, b device.Codes, dy, da, db buf) {
	pass, gradients := backwardPass(da, db)
	n := func() int { return gradients * g.M * g.N * g.K }
	d.product(p, pass, n, n, func(p device.IntegerProduct) { d.inner.GradientGemm(p, of, g, a, b, dy, da, db) })
}

func (d *integers) GradientConv(p device.IntegerProduct, of device.Derivatives, c device.Conv, x, w device.Codes, dy, dx, dw buf) {
	pass, gradients := backwardPass(dx, dw)
	d.product(p, pass, func() int { return gradients * c.MACs() }, func() int { return gradients * c.Terms() },
		func(p device.IntegerProduct) { d.inner.GradientConv(p, of, c, x, w, dy, dx, dw) })
}

func (d *integers) Quantize(q device.Quantizer, x buf, c device.Codes) {
	d.other("Quantize", func() { d.inner.Quantize(q, x, c) })
}

func (d *integers) Dequantize(q device.Quantizer, c device.Codes, x buf) {
	d.other("Dequantize", func() { d.inner.Dequantize(q, c, x) })
}

func (d *integers) QuantizeGrad(q device.Quantizer, x, g, dx buf) {
	d.other("QuantizeGrad", func() { d.inner.QuantizeGrad(q, x, g, dx) })
}

func (d *integers) Rescale(scales []float32, bias buf, s device.Sums, y buf) {
	d.other("Rescale", func() { d.inner.Rescale(scales, bias, s, y) })
}

func (d *integers) Requantize(r device.Requantizer, s device.Sums, c device.Codes) {
	d.other("Requantize", func() { d.inner.Requantize(r, s, c) })
}

func (d *integers) Slopes(q device.Quantizer, slopes []float32, c device.Codes, x buf) {
	d.other("Slopes", func() { d.inner.Slopes(q, slopes, c, x) })
}

func (d *integers) Extremes(channels int, x, extremes buf) {
	d.other("Extremes", func() { d.inner.Extremes(channels, x, extremes) })
}

func (d *integers) ScaleGrad(q device.Quantizer, factor float32, x, g, ds buf) {
	d.other("ScaleGrad", func() { d.inner.ScaleGrad(q, factor, x, g, ds) })
}
