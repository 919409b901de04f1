package meter

import "github.com/approxtrain/approxtrain/device"

type (
	buf = device.Buffer
	mul = device.Multiplier
)

// The operations of device.Products. The passes of a Gemm are those of a dense layer,
// which package device lists: a weight gradient is the one with a transposed A.

func (d *Device) Gemm(m mul, g device.Gemm, a, b, c buf) {
	backward := InputGrad
	if g.TransA {
		backward = WeightGrad
	}
	n := func() int { return g.M * g.N * g.K }
	d.kernel(m, backward, n, n, func(m mul) { d.inner.Gemm(m, g, a, b, c) })
}

func (d *Device) BatchGemm(m mul, g device.BatchGemm, a, b, c buf) {
	n := func() int { return g.Outer * g.Inner * g.M * g.N * g.K }
	d.kernel(m, InputGrad, n, n, func(m mul) { d.inner.BatchGemm(m, g, a, b, c) })
}

func (d *Device) ConvForward(m mul, s device.Conv, x, w, y buf) {
	d.kernel(m, Forward, s.MACs, s.Terms, func(m mul) { d.inner.ConvForward(m, s, x, w, y) })
}

func (d *Device) ConvInputGrad(m mul, s device.Conv, g, w, dx buf) {
	d.kernel(m, InputGrad, s.MACs, s.Terms, func(m mul) { d.inner.ConvInputGrad(m, s, g, w, dx) })
}

func (d *Device) ConvWeightGrad(m mul, s device.Conv, x, g, dw buf) {
	d.kernel(m, WeightGrad, s.MACs, s.Terms, func(m mul) { d.inner.ConvWeightGrad(m, s, x, g, dw) })
}

// The operations of device.Activations.

func (d *Device) AddBias(rows, cols int, bias, x buf) {
	d.other("AddBias", func() { d.inner.AddBias(rows, cols, bias, x) })
}
func (d *Device) SumRows(rows, cols int, x, out buf) {
	d.other("SumRows", func() { d.inner.SumRows(rows, cols, x, out) })
}
func (d *Device) Add(x, y buf)                 { d.other("Add", func() { d.inner.Add(x, y) }) }
func (d *Device) Copy(c device.Copy, x, y buf) { d.other("Copy", func() { d.inner.Copy(c, x, y) }) }
func (d *Device) Zero(x buf)                   { d.other("Zero", func() { d.inner.Zero(x) }) }
func (d *Device) ReLU(x, y buf)                { d.other("ReLU", func() { d.inner.ReLU(x, y) }) }
func (d *Device) ReLUGrad(y, g, dx buf)        { d.other("ReLUGrad", func() { d.inner.ReLUGrad(y, g, dx) }) }
func (d *Device) ReLU6(x, y buf)               { d.other("ReLU6", func() { d.inner.ReLU6(x, y) }) }
func (d *Device) ReLU6Grad(y, g, dx buf) {
	d.other("ReLU6Grad", func() { d.inner.ReLU6Grad(y, g, dx) })
}
func (d *Device) GELU(x, y buf)         { d.other("GELU", func() { d.inner.GELU(x, y) }) }
func (d *Device) GELUGrad(x, g, dx buf) { d.other("GELUGrad", func() { d.inner.GELUGrad(x, g, dx) }) }
func (d *Device) Softmax(rows, cols int, scale float32, x, y buf) {
	d.other("Softmax", func() { d.inner.Softmax(rows, cols, scale, x, y) })
}
func (d *Device) SoftmaxGrad(rows, cols int, scale float32, y, g, dx buf) {
	d.other("SoftmaxGrad", func() { d.inner.SoftmaxGrad(rows, cols, scale, y, g, dx) })
}
func (d *Device) MaxPool(p device.Pool, x, y, where buf) {
	d.other("MaxPool", func() { d.inner.MaxPool(p, x, y, where) })
}
func (d *Device) MaxPoolGrad(p device.Pool, g, where, dx buf) {
	d.other("MaxPoolGrad", func() { d.inner.MaxPoolGrad(p, g, where, dx) })
}
func (d *Device) AvgPool(p device.Pool, x, y buf) {
	d.other("AvgPool", func() { d.inner.AvgPool(p, x, y) })
}
func (d *Device) AvgPoolGrad(p device.Pool, g, dx buf) {
	d.other("AvgPoolGrad", func() { d.inner.AvgPoolGrad(p, g, dx) })
}
func (d *Device) Dropout(seed uint64, rate float32, x, y buf) {
	d.other("Dropout", func() { d.inner.Dropout(seed, rate, x, y) })
}
func (d *Device) SoftmaxCrossEntropy(rows, cols int, smoothing float32, x, labels, loss, dx buf) {
	d.other("SoftmaxCrossEntropy", func() { d.inner.SoftmaxCrossEntropy(rows, cols, smoothing, x, labels, loss, dx) })
}

// The operations of device.Norms.

func (d *Device) Moments(n device.Norm, x, mean, variance buf) {
	d.other("Moments", func() { d.inner.Moments(n, x, mean, variance) })
}
func (d *Device) BatchNorm(n device.Norm, x, mean, variance, scale, shift, y buf) {
	d.other("BatchNorm", func() { d.inner.BatchNorm(n, x, mean, variance, scale, shift, y) })
}
func (d *Device) BatchNormGrad(n device.Norm, x, mean, variance, scale, g, dx, dscale, dshift buf) {
	d.other("BatchNormGrad", func() { d.inner.BatchNormGrad(n, x, mean, variance, scale, g, dx, dscale, dshift) })
}
func (d *Device) LayerNorm(n device.Norm, x, scale, shift, mean, variance, y buf) {
	d.other("LayerNorm", func() { d.inner.LayerNorm(n, x, scale, shift, mean, variance, y) })
}
func (d *Device) LayerNormGrad(n device.Norm, x, mean, variance, scale, g, dx, dscale, dshift buf) {
	d.other("LayerNormGrad", func() { d.inner.LayerNormGrad(n, x, mean, variance, scale, g, dx, dscale, dshift) })
}
func (d *Device) Average(m device.Moving, x, average buf) {
	d.other("Average", func() { d.inner.Average(m, x, average) })
}

// The operations of device.Optimizers.

func (d *Device) SumSquares(x, out buf)         { d.other("SumSquares", func() { d.inner.SumSquares(x, out) }) }
func (d *Device) SGD(o device.SGD, w, g, v buf) { d.other("SGD", func() { d.inner.SGD(o, w, g, v) }) }
func (d *Device) Adam(o device.Adam, w, g, m, v buf) {
	d.other("Adam", func() { d.inner.Adam(o, w, g, m, v) })
}
