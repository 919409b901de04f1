package gpu

import "github.com/approxtrain/approxtrain/device"

// convolution is Convolution of kernels/operands.cuh.
type convolution struct {
	c, outC, padH, padW, dilationH, dilationW   int32
	h, w, outH, outW, kernelW, strideH, strideW divider
	inGroup, outGroup                           divider
}

func newConvolution(c device.Conv) convolution {
	return convolution{
		int32(c.C), int32(c.OutC), int32(c.PadH), int32(c.PadW), int32(c.DilationH), int32(c.DilationW),
		newDivider(c.H), newDivider(c.W), newDivider(c.OutH()), newDivider(c.OutW()), newDivider(c.KW), newDivider(c.StrideH), newDivider(c.StrideW),
		newDivider(c.C / c.Groups), newDivider(c.OutC / c.Groups),
	}
}

// convolve computes one of the three passes of a convolution, out = a · b.
func (d *Device) convolve(what string, m device.Multiplier, s device.Conv, err error, a, b, out device.Buffer, p func() product) {
	o, ok := d.begin("convolution, "+what, s, err, a, b, out)
	if !ok {
		return
	}
	x := p()
	x.operands, x.items, x.scales, x.matrixA, x.matrixB = newConvolution(s), s.Groups, 1, allOf(a), allOf(b)
	o.multiply(m, x, a, b, out)
}

// ConvForward implements device.Products.
func (d *Device) ConvForward(m device.Multiplier, s device.Conv, x, w, y device.Buffer) {
	d.convolve("forward", m, s, s.Check(x.Len(), w.Len(), y.Len()), x, w, y, func() product {
		return product{kernel: "forward", m: s.N * s.OutH() * s.OutW(), n: s.OutC / s.Groups, k: s.KH * s.KW * s.C / s.Groups, aAlong: true}
	})
}

// ConvInputGrad implements device.Products.
func (d *Device) ConvInputGrad(m device.Multiplier, s device.Conv, g, w, dx device.Buffer) {
	d.convolve("input gradient", m, s, s.Check(dx.Len(), w.Len(), g.Len()), g, w, dx, func() product {
		return product{kernel: "input_grad", m: s.N * s.H * s.W, n: s.C / s.Groups, k: s.KH * s.KW * s.OutC / s.Groups, aAlong: true, bAlong: true}
	})
}

// ConvWeightGrad implements device.Products.
func (d *Device) ConvWeightGrad(m device.Multiplier, s device.Conv, x, g, dw device.Buffer) {
	d.convolve("weight gradient", m, s, s.Check(x.Len(), dw.Len(), g.Len()), x, g, dw, func() product {
		return product{kernel: "weight_grad", m: s.KH * s.KW * s.C / s.Groups, n: s.OutC / s.Groups, k: s.N * s.OutH() * s.OutW(), aAlong: s.C == 1}
	})
}
