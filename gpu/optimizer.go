package gpu

import "github.com/approxtrain/approxtrain/device"

// SumSquares implements device.Optimizers.
func (d *Device) SumSquares(x, out device.Buffer) {
	if o, ok := d.begin("sum of squares", x.Len(), device.CheckLen(1, out), x, out); ok {
		shape := newMatrix(x.Len(), 1)
		o.sumColumns("square_parts", shape, 1, out, shape, x)
	}
}

// sgd is SGD of kernels/optimizer.cu.
type sgd struct {
	rate, momentum, decay, scale float32
	nesterov                     uint32
}

// SGD implements device.Optimizers.
func (d *Device) SGD(o device.SGD, w, g, v device.Buffer) {
	d.elements("SGD", "sgd", nil, []any{sgd{o.Rate, o.Momentum, o.Decay, o.Scale, flag(o.Nesterov)}}, w, g, v)
}

// adam is Adam of kernels/optimizer.cu.
type adam struct{ rate, beta1, beta2, epsilon, decay, l2, scale, correct1, correct2 float32 }

// Adam implements device.Optimizers.
func (d *Device) Adam(o device.Adam, w, g, m, v device.Buffer) {
	p := adam{o.Rate, o.Beta1, o.Beta2, o.Epsilon, o.Decay, o.L2, o.Scale, o.Correct1, o.Correct2}
	d.elements("Adam", "adam", nil, []any{p}, w, g, m, v)
}
