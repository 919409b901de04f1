package nn

import "approxtrain/device"

type relu struct{ base }

func (l *relu) Forward(x device.Buffer, _ int) device.Buffer {
	l.ReLU(x, l.y)
	return l.y
}

func (l *relu) Backward(g device.Buffer, _ bool) device.Buffer {
	l.ReLUGrad(l.y, g, l.dx)
	return l.dx
}

// pool is maximum or average pooling.
type pool struct {
	base
	shape device.Pool
	where device.Buffer // of the maxima; nil for the average
}

func (l *pool) Forward(x device.Buffer, _ int) device.Buffer {
	if l.where != nil {
		l.MaxPool(l.shape, x, l.y, l.where)
	} else {
		l.AvgPool(l.shape, x, l.y)
	}
	return l.y
}

func (l *pool) Backward(g device.Buffer, _ bool) device.Buffer {
	if l.where != nil {
		l.MaxPoolGrad(l.shape, g, l.where, l.dx)
	} else {
		l.AvgPoolGrad(l.shape, g, l.dx)
	}
	return l.dx
}

// dropout leaves elements out while training, with a new mask in every step.
type dropout struct {
	base
	rate float32
	seed uint64
	step int
}

func (l *dropout) Forward(x device.Buffer, step int) device.Buffer {
	if l.step = step; step == 0 {
		return x
	}
	l.Dropout(l.mask(), l.rate, x, l.y)
	return l.y
}

func (l *dropout) Backward(g device.Buffer, _ bool) device.Buffer {
	if l.step == 0 {
		return g
	}
	l.Dropout(l.mask(), l.rate, g, l.dx)
	return l.dx
}

// mask returns the seed of this step's mask.
func (l *dropout) mask() uint64 { return l.seed + uint64(l.step)<<32 }
