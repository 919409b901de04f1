package nn

import (
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/device"
)

// conv2d is a convolution, with a bias per output channel unless a normalization
// follows.
type conv2d struct {
	base
	mul     Multipliers
	shape   device.Conv
	w, bias *Param // no bias: nil
	x, y    device.Buffer
}

func newConv2d(b base, rng *rand.Rand, s device.Conv, bias bool) *conv2d {
	l := &conv2d{base: b, mul: b.common.mul.For(b.name), shape: s, y: b.output(),
		w: newParam(b.Device, rng, b.name+".weight", he(s.KH*s.KW*s.C/s.Groups), s.KH, s.KW, s.C/s.Groups, s.OutC)}
	if bias {
		l.bias = newParam(b.Device, rng, b.name+".bias", 0, s.OutC)
	}
	return l
}

func (l *conv2d) Forward(x device.Buffer, _ int) device.Buffer {
	l.x = x
	l.ConvForward(l.mul.Forward, l.shape, x, l.w.Value, l.y)
	if l.bias != nil {
		l.AddBias(l.y.Len()/l.shape.OutC, l.shape.OutC, l.bias.Value, l.y)
	}
	return l.y
}

func (l *conv2d) Backward(g device.Buffer, wantInput bool) device.Buffer {
	l.ConvWeightGrad(l.mul.Backward, l.shape, l.x, g, l.w.Grad)
	if l.bias != nil {
		l.SumRows(g.Len()/l.shape.OutC, l.shape.OutC, g, l.bias.Grad)
	}
	if !wantInput {
		return l.give(g)
	}
	dx := l.takeInput()
	l.ConvInputGrad(l.mul.Backward, l.shape, g, l.w.Value, dx)
	l.give(g)
	return dx
}

func (l *conv2d) Params() []*Param {
	if l.bias == nil {
		return []*Param{l.w}
	}
	return []*Param{l.w, l.bias}
}
