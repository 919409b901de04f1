package nn

import (
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// relu is ReLU or, with its limit, ReLU6.
type relu struct {
	base
	six  bool
	y    device.Buffer // nil: computed in the input
	last device.Buffer // output of the last forward pass
}

func (l *relu) Forward(x device.Buffer, _ int) device.Buffer {
	if l.last = l.y; l.y == nil {
		l.last = x
	}
	if l.six {
		l.ReLU6(x, l.last)
	} else {
		l.ReLU(x, l.last)
	}
	return l.last
}

func (l *relu) Backward(g device.Buffer, wantInput bool) device.Buffer {
	switch {
	case !wantInput:
		return l.give(g)
	case l.six:
		l.ReLU6Grad(l.last, g, g)
	default:
		l.ReLUGrad(l.last, g, g)
	}
	return g
}

type gelu struct {
	base
	x, y device.Buffer
}

func (l *gelu) Forward(x device.Buffer, _ int) device.Buffer {
	l.x = x
	l.GELU(x, l.y)
	return l.y
}

func (l *gelu) Backward(g device.Buffer, wantInput bool) device.Buffer {
	if !wantInput {
		return l.give(g)
	}
	l.GELUGrad(l.x, g, g)
	return g
}

// pool is maximum or average pooling.
type pool struct {
	base
	shape device.Pool
	y     device.Buffer
	where device.Buffer // of the maxima; nil for the average
}

// newPool makes the layer of a Spec of any kind of pooling.
func newPool(b base, s Spec) (Layer, error) {
	p := device.Pool{N: b.batch, H: b.in.H, W: b.in.W, C: b.in.C, StrideH: 1, StrideW: 1}
	switch k := max(s.MaxPool, s.AvgPool); {
	case s.GlobalPool:
		p.KH, p.KW = p.H, p.W
	case s.Pool != nil:
		p.KH, p.KW, p.PadH, p.PadW = s.Pool.Kernel, s.Pool.Kernel, s.Pool.Pad, s.Pool.Pad
		p.StrideH, p.StrideW = s.Pool.Stride, s.Pool.Stride
	default:
		p.KH, p.KW, p.StrideH, p.StrideW = k, k, k, k
	}
	if err := p.Validate(); err != nil {
		return nil, fault.Usagef("layer %s on an input of %v: %w", b.name, b.in, err)
	}
	b.out = Shape{p.OutH(), p.OutW(), p.C}
	l := &pool{base: b, shape: p, y: b.output()}
	if s.MaxPool > 0 || s.Pool != nil {
		l.where = b.output()
	}
	return l, nil
}

func (l *pool) Forward(x device.Buffer, _ int) device.Buffer {
	if l.where != nil {
		l.MaxPool(l.shape, x, l.y, l.where)
	} else {
		l.AvgPool(l.shape, x, l.y)
	}
	return l.y
}

func (l *pool) Backward(g device.Buffer, wantInput bool) device.Buffer {
	if !wantInput {
		return l.give(g)
	}
	dx := l.takeInput()
	if l.where != nil {
		l.MaxPoolGrad(l.shape, g, l.where, dx)
	} else {
		l.AvgPoolGrad(l.shape, g, dx)
	}
	l.give(g)
	return dx
}

// dropout leaves elements out while training, with a new mask in every step.
type dropout struct {
	base
	rate float32
	seed uint64
	step int
	y    device.Buffer
}

func (l *dropout) Forward(x device.Buffer, step int) device.Buffer {
	if l.step = step; step == 0 {
		return x
	}
	l.Dropout(l.mask(), l.rate, x, l.y)
	return l.y
}

func (l *dropout) Backward(g device.Buffer, wantInput bool) device.Buffer {
	if !wantInput {
		return l.give(g)
	}
	dx := l.takeInput()
	l.Dropout(l.mask(), l.rate, g, dx)
	l.give(g)
	return dx
}

// mask returns the seed of this step's mask.
func (l *dropout) mask() uint64 { return l.seed + uint64(l.step)<<32 }
