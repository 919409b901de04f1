package nn

import (
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/device"
)

// transformerDeviation is the standard deviation of a transformer's initial
// weights and embeddings.
const transformerDeviation = 0.02

// tokens makes the positions of an image a sequence, with a class token in front
// if there is one, and adds a learned embedding of the position.
type tokens struct {
	base
	class, position *Param // no class token: nil
	y               device.Buffer
}

func newTokens(b base, rng *rand.Rand, class bool) *tokens {
	l := &tokens{base: b, y: b.output(),
		position: newParam(b.Device, rng, b.name+".position", transformerDeviation, b.out.Positions(), b.out.C)}
	if class {
		l.class = newParam(b.Device, rng, b.name+".class", transformerDeviation, b.out.C)
	}
	return l
}

// image is the copy of the image's part of the sequence.
func (l *tokens) image() device.Copy {
	return device.Copy{Rows: l.batch, Cols: l.in.Len(), FromStep: l.in.Len(), To: l.out.Len() - l.in.Len(), ToStep: l.out.Len()}
}

func (l *tokens) Forward(x device.Buffer, _ int) device.Buffer {
	l.Copy(l.image(), x, l.y)
	if l.class != nil {
		l.Copy(device.Copy{Rows: l.batch, Cols: l.out.C, ToStep: l.out.Len()}, l.class.Value, l.y)
	}
	l.AddBias(l.batch, l.out.Len(), l.position.Value, l.y)
	return l.y
}

func (l *tokens) Backward(g device.Buffer, wantInput bool) device.Buffer {
	l.SumRows(l.batch, l.out.Len(), g, l.position.Grad)
	if l.class != nil { // the gradient of what it was added to
		l.Copy(device.Copy{Rows: 1, Cols: l.out.C}, l.position.Grad, l.class.Grad)
	}
	if !wantInput {
		return l.give(g)
	}
	dx, c := l.takeInput(), l.image()
	c.From, c.FromStep, c.To, c.ToStep = c.To, c.ToStep, c.From, c.FromStep
	l.Copy(c, g, dx)
	l.give(g)
	return dx
}

func (l *tokens) Params() []*Param {
	if l.class == nil {
		return []*Param{l.position}
	}
	return []*Param{l.class, l.position}
}

// firstToken passes on the first position alone.
type firstToken struct {
	base
	y device.Buffer
}

func (l *firstToken) Forward(x device.Buffer, _ int) device.Buffer {
	l.Copy(device.Copy{Rows: l.batch, Cols: l.out.C, FromStep: l.in.Len(), ToStep: l.out.C}, x, l.y)
	return l.y
}

func (l *firstToken) Backward(g device.Buffer, wantInput bool) device.Buffer {
	if !wantInput {
		return l.give(g)
	}
	dx := l.takeInput()
	l.Zero(dx)
	l.Copy(device.Copy{Rows: l.batch, Cols: l.out.C, FromStep: l.out.C, ToStep: l.in.Len()}, g, dx)
	l.give(g)
	return dx
}
