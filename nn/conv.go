package nn

import (
	"math/rand/v2"

	"approxtrain/device"
)

// conv2d is a convolution with a bias per output channel.
type conv2d struct {
	base
	mul     Multipliers
	shape   device.Conv
	w, bias *Param
	x       device.Buffer
}

func newConv2d(b base, rng *rand.Rand, mul Multipliers, s device.Conv) *conv2d {
	return &conv2d{base: b, mul: mul, shape: s,
		w:    newParam(b.Device, rng, b.name+".weight", s.WeightLen(), he(s.KH*s.KW*s.C/s.Groups)),
		bias: newParam(b.Device, rng, b.name+".bias", s.OutC, 0)}
}

func (l *conv2d) Forward(x device.Buffer, _ int) device.Buffer {
	l.x = x
	l.ConvForward(l.mul.Forward, l.shape, x, l.w.Value, l.y)
	l.AddBias(l.y.Len()/l.shape.OutC, l.shape.OutC, l.bias.Value, l.y)
	return l.y
}

func (l *conv2d) Backward(g device.Buffer, wantInput bool) device.Buffer {
	l.ConvWeightGrad(l.mul.Backward, l.shape, l.x, g, l.w.Grad)
	l.SumRows(g.Len()/l.shape.OutC, l.shape.OutC, g, l.bias.Grad)
	if !wantInput {
		return nil
	}
	l.ConvInputGrad(l.mul.Backward, l.shape, g, l.w.Value, l.dx)
	return l.dx
}

func (l *conv2d) Params() []*Param { return []*Param{l.w, l.bias} }
