package gpu

import "github.com/approxtrain/approxtrain/device"

// matrixShape is Matrix of kernels/norm.cu.
type matrixShape struct {
	rows int32
	cols divider
}

func newMatrix(rows, cols int) matrixShape { return matrixShape{int32(rows), newDivider(cols)} }

// normShape is Norm of kernels/norm.cu.
type normShape struct {
	matrix  matrixShape
	epsilon float32
	byRow   uint32
}

func newNorm(n device.Norm, byRow bool) normShape {
	return normShape{newMatrix(n.Rows, n.Cols), n.Epsilon, flag(byRow)}
}

// sumColumns sums a kernel's results for each column of a matrix, chunk by chunk, and divides.
// args are the kernel's, to which the parts are added.
func (o operation) sumColumns(kernel string, m matrixShape, divisor float32, out device.Buffer, args ...any) {
	cols, count := out.Len(), chunks(int(m.rows))
	if cols == 0 {
		return
	}
	parts := o.uninitialized(count * cols)
	defer parts.Free()
	o.each(kernel, parts.n, append(args, parts)...)
	o.each("total_parts", cols, int32(count), divisor, parts, out)
}

// Moments implements device.Norms.
func (d *Device) Moments(n device.Norm, x, mean, variance device.Buffer) {
	if o, ok := d.begin("moments", n, n.Check(x.Len(), mean.Len(), variance.Len()), x, mean, variance); ok {
		shape := newMatrix(n.Rows, n.Cols)
		o.sumColumns("sum_parts", shape, float32(n.Rows), mean, shape, x)
		o.sumColumns("variance_parts", shape, float32(n.Rows), variance, shape, x, mean)
	}
}

// BatchNorm implements device.Norms.
func (d *Device) BatchNorm(n device.Norm, x, mean, variance, scale, shift, y device.Buffer) {
	err := n.Check(x.Len(), mean.Len(), variance.Len(), scale.Len(), shift.Len())
	if err == nil {
		err = device.CheckLen(x.Len(), y)
	}
	if o, ok := d.begin("batch normalization", n, err, x, mean, variance, scale, shift, y); ok {
		o.each("batch_norm", x.Len(), newNorm(n, false), x, mean, variance, scale, shift, y)
	}
}

// BatchNormGrad implements device.Norms.
func (d *Device) BatchNormGrad(n device.Norm, x, mean, variance, scale, g, dx, dscale, dshift device.Buffer) {
	err := n.Check(x.Len(), mean.Len(), variance.Len(), scale.Len(), dscale.Len(), dshift.Len())
	if err == nil {
		err = device.CheckLen(x.Len(), g, dx)
	}
	o, ok := d.begin("batch normalization, gradient", n, err, x, mean, variance, scale, g, dx, dscale, dshift)
	if !ok {
		return
	}
	shape := newNorm(n, false)
	o.sumColumns("sum_parts", shape.matrix, 1, dshift, shape.matrix, g)
	o.sumColumns("scale_grad_parts", shape.matrix, 1, dscale, shape, x, mean, variance, g)
	o.each("batch_norm_grad", x.Len(), shape, x, mean, variance, scale, g, dscale, dshift, dx)
}

// LayerNorm implements device.Norms.
func (d *Device) LayerNorm(n device.Norm, x, scale, shift, mean, variance, y device.Buffer) {
	err := n.Check(x.Len(), scale.Len(), shift.Len())
	if err == nil {
		err = device.CheckLen(n.Rows, mean, variance)
	}
	if err == nil {
		err = device.CheckLen(x.Len(), y)
	}
	if o, ok := d.begin("layer normalization", n, err, x, scale, shift, mean, variance, y); ok {
		o.each("layer_norm", n.Rows, newNorm(n, true), x, scale, shift, mean, variance, y)
	}
}

// LayerNormGrad implements device.Norms.
func (d *Device) LayerNormGrad(n device.Norm, x, mean, variance, scale, g, dx, dscale, dshift device.Buffer) {
	err := n.Check(x.Len(), scale.Len(), dscale.Len(), dshift.Len())
	if err == nil {
		err = device.CheckLen(n.Rows, mean, variance)
	}
	if err == nil {
		err = device.CheckLen(x.Len(), g, dx)
	}
	o, ok := d.begin("layer normalization, gradient", n, err, x, mean, variance, scale, g, dx, dscale, dshift)
	if !ok {
		return
	}
	shape := newNorm(n, true)
	o.sumColumns("sum_parts", shape.matrix, 1, dshift, shape.matrix, g)
	o.sumColumns("scale_grad_parts", shape.matrix, 1, dscale, shape, x, mean, variance, g)
	o.each("layer_norm_grad", n.Rows, shape, x, mean, variance, scale, g, dx)
}

// moving is Moving of kernels/norm.cu.
type moving struct{ rate, scale float32 }

// Average implements device.Norms.
func (d *Device) Average(m device.Moving, x, average device.Buffer) {
	d.elements("moving average", "moving_average", nil, []any{moving{m.Rate, m.Scale}}, x, average)
}
