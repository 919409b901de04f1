package nn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/device"
)

// Shape is the shape of one example: height, width, channels; a vector is 1 × 1
// × its length, a sequence of tokens 1 × tokens × channels.
type Shape struct{ H, W, C int }

// Len returns the number of elements.
func (s Shape) Len() int { return s.H * s.W * s.C }

// Positions returns the number of pixels or tokens.
func (s Shape) Positions() int { return s.H * s.W }

// String returns "28×28×1", or "120" for a vector.
func (s Shape) String() string {
	if s.H == 1 && s.W == 1 {
		return fmt.Sprint(s.C)
	}
	return fmt.Sprintf("%d×%d×%d", s.H, s.W, s.C)
}

// Multipliers are the multipliers of the two passes. As an Assignment they are
// those of every layer.
type Multipliers struct {
	Forward, Backward device.Multiplier
	// Quantized makes the forward pass one of integers, with codes that do not depend on the batch. Forward is then a
	// table of integers. The backward pass multiplies the numbers that the codes stand for (the straight-through
	// estimator of device.Integers). Nil is binary32, or what Forward makes of it; see device.Levels.
	Quantized *Quantized
}

// Assignment gives each layer its multipliers. A network asks once for each layer that multiplies,
// in the order in which they are built.
type Assignment interface {
	For(layer string) Multipliers
}

// For returns the same multipliers for every layer.
func (m Multipliers) For(string) Multipliers { return m }

// AssignFunc is an assignment by name.
type AssignFunc func(layer string) Multipliers

// For calls the function.
func (f AssignFunc) For(layer string) Multipliers { return f(layer) }

// Layer is a stage of a network, built for a fixed batch; a block of layers is a
// layer too. Buffers hold the examples of a batch one after the other.
type Layer interface {
	// Name is unique in its network: "conv1", "stage2.block1.conv1".
	Name() string
	// Forward computes the output, which stays the layer's, and remembers what
	// Backward needs; x stays as it is until then, but see keepsOutput. step is the
	// number of the training step from 1, 0 outside training.
	Forward(x device.Buffer, step int) device.Buffer
	// Backward computes the parameters' gradients and, if wanted, that of the input from the
	// output's gradient g. It follows a Forward. Backward owns g. The caller owns the result,
	// which may be nil, another buffer, or g itself (see common).
	Backward(g device.Buffer, wantInput bool) device.Buffer
	// Params returns the trained parameters.
	Params() []*Param
	// State returns what evaluation needs besides: tensors without a gradient.
	State() []*Param
	Out() Shape
}

// keepsOutput says whether a layer's backward pass looks at its output, or its
// output may be its input. Else the next layer may compute in it.
func keepsOutput(l Layer) bool {
	switch l := l.(type) {
	case *relu, *dropout:
		return true
	case *chain:
		return keepsOutput(l.layers[len(l.layers)-1])
	}
	return false
}

// Param is a tensor of weights with its gradient.
type Param struct {
	Name        string
	Shape       []int           // the last dimension is the fastest
	Value, Grad device.Buffer   // no Grad: not trained
	state       []device.Buffer // of the optimizer

	of    string  // kind of layer, for ParamKinds
	fixed bool    // it is not trained, though it could be
	pace  float32 // factor of Adam's learning rate, 0: 1
}

// newParam makes a parameter of a shape with normally distributed values of the
// given standard deviation.
func newParam(d device.Device, rng *rand.Rand, name string, deviation float64, shape ...int) *Param {
	n := elements(shape)
	p := &Param{Name: name, Shape: shape, Value: d.Alloc(n), Grad: d.Alloc(n)}
	if d.Properties().Discards {
		return p
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * deviation)
	}
	p.Value.Write(x)
	return p
}

// newState makes a tensor without a gradient, of equal values.
func newState(d device.Device, name string, n int, value float32) *Param {
	p := &Param{Name: name, Shape: []int{n}, Value: d.Alloc(n)}
	x := make([]float32, n)
	for i := range x {
		x[i] = value
	}
	p.Value.Write(x)
	return p
}

// newConstant makes a parameter of equal values.
func newConstant(d device.Device, name string, n int, value float32) *Param {
	p := newState(d, name, n, value)
	p.Grad = d.Alloc(n)
	return p
}

// he is the standard deviation of K. He et al. (2015) for weights in front of a
// ReLU: √(2 / terms of each sum).
func he(terms int) float64 { return math.Sqrt(2 / float64(terms)) }

// common is shared by all layers of a network.
//
// Outputs stay where they are, since the backward pass needs them. A gradient is
// needed by the layer below alone: it lies in a buffer that is taken and, after
// use, given to the next who needs one of that length.
type common struct {
	device.Device
	batch int
	mul   Assignment
	spare map[int][]device.Buffer // by length
	// watch, if not nil, receives every output of a forward pass.
	watch func(name string, out device.Buffer)
	// observe, if not nil, receives the activations that a layer multiplies, in a forward pass: its product, as in
	// Quantized, which operand of it, and the buffer with the elements that view picks; nil is all of them.
	observe func(layer string, product int, b bool, x device.Buffer, view *device.BatchGemm)
	// quantized are the layers that compute in integers.
	quantized []*integers
	err       error // of a layer, until Sync returns it
}

// fail keeps the first error of a layer for Sync.
func (c *common) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Sync implements device.Device. An error of a layer goes before one of the device.
func (c *common) Sync() error {
	err := c.Device.Sync()
	if c.err != nil {
		c.err, err = nil, c.err
	}
	return err
}

// take returns a buffer of n numbers, whatever they are.
func (c *common) take(n int) device.Buffer {
	free := c.spare[n]
	if len(free) == 0 {
		return c.Alloc(n)
	}
	c.spare[n] = free[:len(free)-1]
	return free[len(free)-1]
}

// give ends the use of a buffer that was taken. It returns nil.
func (c *common) give(b device.Buffer) device.Buffer {
	c.spare[b.Len()] = append(c.spare[b.Len()], b)
	return nil
}

// base is the part that all layers have.
type base struct {
	*common
	name    string
	in, out Shape
}

func (b *base) Name() string     { return b.name }
func (b *base) Out() Shape       { return b.out }
func (b *base) Params() []*Param { return nil }
func (b *base) State() []*Param  { return nil }

// output allocates the layer's output.
func (b *base) output() device.Buffer { return b.Alloc(b.batch * b.out.Len()) }

// takeInput takes a buffer for the gradient of the input.
func (b *base) takeInput() device.Buffer { return b.take(b.batch * b.in.Len()) }

// rows returns the positions of a batch of inputs.
func (b *base) rows() int { return b.batch * b.in.Positions() }
