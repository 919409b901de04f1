package nn

import (
	"math/rand/v2"

	"approxtrain/device"
)

// dense is a fully connected layer: Y = X · W + bias, W of in × out.
type dense struct {
	base
	mul     Multipliers
	in, n   int
	w, bias *Param
	x       device.Buffer
}

func newDense(b base, rng *rand.Rand, mul Multipliers, in int) *dense {
	n := b.out.Len()
	return &dense{base: b, mul: mul, in: in, n: n,
		w:    newParam(b.Device, rng, b.name+".weight", in*n, he(in)),
		bias: newParam(b.Device, rng, b.name+".bias", n, 0)}
}

func (l *dense) Forward(x device.Buffer, _ int) device.Buffer {
	l.x = x
	l.Gemm(l.mul.Forward, device.Gemm{M: l.batch, N: l.n, K: l.in}, x, l.w.Value, l.y)
	l.AddBias(l.batch, l.n, l.bias.Value, l.y)
	return l.y
}

func (l *dense) Backward(g device.Buffer, wantInput bool) device.Buffer {
	l.Gemm(l.mul.Backward, device.Gemm{M: l.in, N: l.n, K: l.batch, TransA: true}, l.x, g, l.w.Grad)
	l.SumRows(l.batch, l.n, g, l.bias.Grad)
	if !wantInput {
		return nil
	}
	l.Gemm(l.mul.Backward, device.Gemm{M: l.batch, N: l.in, K: l.n, TransB: true}, g, l.w.Value, l.dx)
	return l.dx
}

func (l *dense) Params() []*Param { return []*Param{l.w, l.bias} }
