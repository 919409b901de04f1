package nn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"approxtrain/device"
)

// Shape is the shape of one example: height, width, channels; a vector is 1 × 1
// × its length.
type Shape struct{ H, W, C int }

// Len returns the number of elements.
func (s Shape) Len() int { return s.H * s.W * s.C }

// String returns "28×28×1", or "120" for a vector.
func (s Shape) String() string {
	if s.H == 1 && s.W == 1 {
		return fmt.Sprint(s.C)
	}
	return fmt.Sprintf("%d×%d×%d", s.H, s.W, s.C)
}

// Multipliers are the multipliers of the two passes.
type Multipliers struct{ Forward, Backward device.Multiplier }

// Layer is a stage of a network, built for a fixed batch. Buffers hold the
// examples of a batch one after the other.
type Layer interface {
	// Name is unique in its network: "conv1".
	Name() string
	// Forward computes the output, which stays the layer's, and remembers what
	// Backward needs. step is the number of the training step from 1, 0 outside
	// training.
	Forward(x device.Buffer, step int) device.Buffer
	// Backward computes the parameters' gradients and, if wanted, that of the
	// input from the output's gradient. It follows a Forward.
	Backward(g device.Buffer, wantInput bool) device.Buffer
	Params() []*Param
	Out() Shape
}

// Param is a tensor of weights with its gradient.
type Param struct {
	Name        string
	Value, Grad device.Buffer
	state       []device.Buffer // of the optimizer
}

// newParam makes a parameter with normally distributed values of the given
// standard deviation.
func newParam(d device.Device, rng *rand.Rand, name string, n int, deviation float64) *Param {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * deviation)
	}
	p := &Param{Name: name, Value: d.Alloc(n), Grad: d.Alloc(n)}
	p.Value.Write(x)
	return p
}

// he is the standard deviation of K. He et al. (2015) for weights in front of a
// ReLU: √(2 / terms of each sum).
func he(terms int) float64 { return math.Sqrt(2 / float64(terms)) }

// base is what all layers have.
type base struct {
	device.Device
	name  string
	batch int
	out   Shape
	y, dx device.Buffer
}

func newBase(d device.Device, name string, batch int, in, out Shape) base {
	return base{d, name, batch, out, d.Alloc(batch * out.Len()), d.Alloc(batch * in.Len())}
}

func (b *base) Name() string     { return b.name }
func (b *base) Out() Shape       { return b.out }
func (b *base) Params() []*Param { return nil }
