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
	whole   *integers // of a layer that computes in integers, else nil
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
	l.whole = l.integers(l.mul, 1, s.OutC)
	return l
}

func (l *conv2d) Forward(x device.Buffer, step int) device.Buffer {
	l.x = x
	if l.observe != nil {
		l.observe(l.name, 0, false, x, nil)
	}
	if l.whole != nil {
		var bias device.Buffer
		if l.bias != nil {
			bias = l.bias.Value
		}
		l.whole.conv(l.shape, x, l.w.Value, bias, l.y, step)
		return l.y
	}
	l.ConvForward(l.mul.Forward, l.shape, x, l.w.Value, l.y)
	if l.bias != nil {
		l.AddBias(l.y.Len()/l.shape.OutC, l.shape.OutC, l.bias.Value, l.y)
	}
	return l.y
}

func (l *conv2d) Backward(g device.Buffer, wantInput bool) device.Buffer {
	var dx device.Buffer
	if wantInput || l.whole.needsInputGrad() {
		dx = l.takeInput()
	}
	if l.whole != nil {
		l.whole.convGrad(l.mul.Backward, l.shape, l.x, l.w, g, dx)
	} else {
		if !l.w.fixed {
			l.ConvWeightGrad(l.mul.Backward, l.shape, l.x, g, l.w.Grad)
		}
		if dx != nil {
			l.ConvInputGrad(l.mul.Backward, l.shape, g, l.w.Value, dx)
		}
	}
	if l.bias != nil {
		l.SumRows(g.Len()/l.shape.OutC, l.shape.OutC, g, l.bias.Grad)
	}
	l.give(g)
	if dx != nil && !wantInput {
		return l.give(dx)
	}
	return dx
}

func (l *conv2d) Params() []*Param {
	all := []*Param{l.w}
	if l.bias != nil {
		all = append(all, l.bias)
	}
	return append(all, l.whole.scaleParams()...)
}
