package nn

import (
	"math"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Optimizer changes parameters by their gradients.
type Optimizer interface {
	// Update makes step number step, from 1, with the learning rate times factor
	// and the gradients times scale.
	Update(d device.Device, params []*Param, step int, factor, scale float64)
}

// Optimizers are the names that NewOptimizer knows.
var Optimizers = []string{"sgd", "nesterov", "adam", "adamw"}

// NewOptimizer returns an optimizer with a learning rate and weight decay: "sgd"
// (momentum 0.9), "nesterov" (the same, looking ahead), "adam" (0.9, 0.999, 1e-8)
// or "adamw", whose decay is apart from the gradient. A rate of 0 stands for the
// usual one: 0.05, or 0.001 for adam and adamw.
func NewOptimizer(name string, rate, decay float64) (Optimizer, error) {
	if rate == 0 {
		rate = DefaultRate(name)
	}
	a := device.Adam{Rate: float32(rate), Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	switch name {
	case "sgd", "nesterov":
		return sgd{device.SGD{Rate: float32(rate), Momentum: 0.9, Decay: float32(decay), Nesterov: name == "nesterov"}}, nil
	case "adam":
		a.L2 = float32(decay)
		return adam{a}, nil
	case "adamw":
		a.Decay = float32(decay)
		return adam{a}, nil
	}
	return nil, fault.Usagef("no optimizer %s: expected %s", name, strings.Join(Optimizers, ", "))
}

// DefaultRate returns the usual learning rate of an optimizer.
func DefaultRate(name string) float64 {
	if strings.HasPrefix(name, "adam") {
		return 0.001
	}
	return 0.05
}

// states returns n buffers of zeros that stay with a parameter.
func (p *Param) states(d device.Device, n int) []device.Buffer {
	for len(p.state) < n {
		p.state = append(p.state, d.Alloc(p.Value.Len()))
	}
	return p.state
}

type sgd struct{ device.SGD }

func (o sgd) Update(d device.Device, params []*Param, _ int, factor, scale float64) {
	s := o.SGD
	s.Rate, s.Scale = float32(float64(s.Rate)*factor), float32(scale)
	for _, p := range params {
		one := s
		if p.of == quantizers {
			one.Decay = 0
		}
		d.SGD(one, p.Value, p.Grad, p.states(d, 1)[0])
	}
}

type adam struct{ device.Adam }

func (o adam) Update(d device.Device, params []*Param, step int, factor, scale float64) {
	a := o.Adam
	a.Rate, a.Scale = float32(float64(a.Rate)*factor), float32(scale)
	a.Correct1 = float32(1 - math.Pow(float64(a.Beta1), float64(step)))
	a.Correct2 = float32(1 - math.Pow(float64(a.Beta2), float64(step)))
	for _, p := range params {
		one, s := a, p.states(d, 2)
		if p.of == quantizers {
			one.Decay, one.L2, one.Rate = 0, 0, a.Rate*p.pace
		}
		d.Adam(one, p.Value, p.Grad, s[0], s[1])
	}
}

// clip returns what to multiply gradients by so that their norm over all
// parameters is at most limit (R. Pascanu et al., 2013); 1 without a limit.
func (n *Network) clip(limit float64) (float64, error) {
	if limit == 0 {
		return 1, nil
	}
	n.dev.Zero(n.norms)
	for i, p := range n.trained() {
		n.dev.SumSquares(p.Grad, n.norm)
		n.dev.Copy(device.Copy{Rows: 1, Cols: 1, To: i}, n.norm, n.norms)
	}
	if err := n.dev.Sync(); err != nil {
		return 0, err
	}
	each, sum := make([]float32, n.norms.Len()), 0.0
	if err := n.norms.Read(each); err != nil {
		return 0, err
	}
	for _, x := range each {
		sum += float64(x)
	}
	return min(1, limit/math.Sqrt(sum)), nil
}
