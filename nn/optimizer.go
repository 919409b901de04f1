package nn

import (
	"math"

	"approxtrain/device"
	"approxtrain/internal/fault"
)

// Optimizer changes parameters by their gradients.
type Optimizer interface {
	// Update makes step number step, from 1.
	Update(d device.Device, params []*Param, step int)
}

// NewOptimizer returns "sgd" (momentum 0.9) or "adam" (0.9, 0.999, 1e-8) with a
// learning rate and weight decay.
func NewOptimizer(name string, rate, decay float64) (Optimizer, error) {
	switch name {
	case "sgd":
		return sgd{device.SGD{Rate: float32(rate), Momentum: 0.9, Decay: float32(decay)}}, nil
	case "adam":
		return adam{device.Adam{Rate: float32(rate), Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: float32(decay)}}, nil
	}
	return nil, fault.Usagef("no optimizer %s: expected sgd or adam", name)
}

// states returns n buffers of zeros that stay with a parameter.
func (p *Param) states(d device.Device, n int) []device.Buffer {
	for len(p.state) < n {
		p.state = append(p.state, d.Alloc(p.Value.Len()))
	}
	return p.state
}

type sgd struct{ device.SGD }

func (o sgd) Update(d device.Device, params []*Param, _ int) {
	for _, p := range params {
		d.SGD(o.SGD, p.Value, p.Grad, p.states(d, 1)[0])
	}
}

type adam struct{ device.Adam }

func (o adam) Update(d device.Device, params []*Param, step int) {
	a := o.Adam
	a.Correct1 = float32(1 - math.Pow(float64(a.Beta1), float64(step)))
	a.Correct2 = float32(1 - math.Pow(float64(a.Beta2), float64(step)))
	for _, p := range params {
		s := p.states(d, 2)
		d.Adam(a, p.Value, p.Grad, s[0], s[1])
	}
}
