package gpu

import "github.com/approxtrain/approxtrain/device"

// pool is Pool of kernels/pool.cu.
type pool struct {
	kh, kw, strideH, strideW, padH, padW int32
	c, w, h, outW, outH                  divider
}

func newPool(p device.Pool) pool {
	return pool{int32(p.KH), int32(p.KW), int32(p.StrideH), int32(p.StrideW), int32(p.PadH), int32(p.PadW),
		newDivider(p.C), newDivider(p.W), newDivider(p.H), newDivider(p.OutW()), newDivider(p.OutH())}
}

// MaxPool implements device.Activations.
func (d *Device) MaxPool(p device.Pool, x, y, where device.Buffer) {
	err := p.Check(x.Len(), y.Len())
	if err == nil {
		err = device.CheckLen(y.Len(), where)
	}
	if o, ok := d.begin("max pooling", p, err, x, y, where); ok {
		o.each("max_pool", y.Len(), newPool(p), x, y, where)
	}
}

// MaxPoolGrad implements device.Activations.
func (d *Device) MaxPoolGrad(p device.Pool, g, where, dx device.Buffer) {
	err := p.Check(dx.Len(), g.Len())
	if err == nil {
		err = device.CheckLen(g.Len(), where)
	}
	if o, ok := d.begin("max pooling gradient", p, err, g, where, dx); ok {
		o.each("max_pool_grad", dx.Len(), newPool(p), g, where, dx)
	}
}

// AvgPool implements device.Activations.
func (d *Device) AvgPool(p device.Pool, x, y device.Buffer) {
	if o, ok := d.begin("average pooling", p, p.Check(x.Len(), y.Len()), x, y); ok {
		o.each("average_pool", y.Len(), newPool(p), x, y)
	}
}

// AvgPoolGrad implements device.Activations.
func (d *Device) AvgPoolGrad(p device.Pool, g, dx device.Buffer) {
	if o, ok := d.begin("average pooling gradient", p, p.Check(dx.Len(), g.Len()), g, dx); ok {
		o.each("average_pool_grad", dx.Len(), newPool(p), g, dx)
	}
}
