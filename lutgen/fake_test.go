package lutgen_test

import (
	"context"
	"sync/atomic"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
)

// fake is a design in Go: it lets the sweeps be tested without a simulator, and
// under the race detector.
type fake struct {
	shape cosim.Shape
	// product may use and change the state: the previous operands and the
	// value of open bits.
	product func(s *state, a, b uint32) uint32
	opened  atomic.Int64
	closed  atomic.Int64
}

type state struct {
	fill         cosim.Fill
	lastA, lastB uint32
}

func pure(s cosim.Shape, f func(a, b uint32) uint32) *fake {
	return &fake{shape: s, product: func(_ *state, a, b uint32) uint32 { return f(a, b) }}
}

func (f *fake) Open(context.Context) (cosim.DUT, error) {
	f.opened.Add(1)
	return &fakeDUT{fake: f}, nil
}
func (f *fake) Shape() cosim.Shape    { return f.shape }
func (f *fake) Describe() string      { return "a fake" }
func (f *fake) Sources() []lut.Source { return nil }
func (f *fake) Options() []string     { return []string{"-G W=4"} }
func (f *fake) Tools() []string       { return nil }

type fakeDUT struct {
	*fake
	state state
}

func (d *fakeDUT) Reset(_ context.Context, fill cosim.Fill) error {
	d.state = state{fill: fill}
	return nil
}

func (d *fakeDUT) one(a, b uint32) uint32 {
	p := d.product(&d.state, a, b)
	d.state.lastA, d.state.lastB = a, b
	return p
}

func (d *fakeDUT) Sweep(_ context.Context, r cosim.Rect, o cosim.Order) (cosim.Products, error) {
	n := r.Pairs()
	out := make([]uint32, n)
	for i := range n {
		k := o.Pair(i, n)
		out[k] = d.one(r.A0+uint32(k/uint64(r.NB)), r.B0+uint32(k%uint64(r.NB)))
	}
	switch d.shape.EntryBytes() {
	case 1:
		return cosim.Products{U8: narrow[uint8](out)}, nil
	case 2:
		return cosim.Products{U16: narrow[uint16](out)}, nil
	}
	return cosim.Products{U32: out}, nil
}

func narrow[T uint8 | uint16](in []uint32) []T {
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = T(v)
	}
	return out
}

func (d *fakeDUT) Eval(_ context.Context, a, b, p []uint32) error {
	for i := range a {
		p[i] = d.one(a[i], b[i])
	}
	return nil
}

func (d *fakeDUT) Close() error {
	d.closed.Add(1)
	return nil
}
