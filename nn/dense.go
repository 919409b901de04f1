package nn

import (
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/device"
)

// dense is a fully connected layer, of whole examples or of each position:
// Y = X · W + bias, X of rows × in, W of in × n.
type dense struct {
	base
	mul     Multipliers
	whole   *integers // of a layer that computes in integers, else nil
	m, k, n int       // rows, in, n
	w, bias *Param
	x, y    device.Buffer
}

// newDense makes a layer of n outputs for every k inputs.
func newDense(b base, rng *rand.Rand, k, n int, deviation float64) *dense {
	l := &dense{base: b, mul: b.common.mul.For(b.name), m: b.batch * b.in.Len() / k, k: k, n: n, y: b.output(),
		w:    newParam(b.Device, rng, b.name+".weight", deviation, k, n),
		bias: newParam(b.Device, rng, b.name+".bias", 0, n)}
	l.whole = l.integers(l.mul, 1, n)
	return l
}

func (l *dense) Forward(x device.Buffer, _ int) device.Buffer {
	l.x = x
	if l.observe != nil {
		l.observe(l.name, 0, false, x, nil)
	}
	if l.whole != nil {
		l.whole.dense(device.Gemm{M: l.m, N: l.n, K: l.k}, x, l.w.Value, l.bias.Value, l.y)
		return l.y
	}
	l.Gemm(l.mul.Forward, device.Gemm{M: l.m, N: l.n, K: l.k}, x, l.w.Value, l.y)
	l.AddBias(l.m, l.n, l.bias.Value, l.y)
	return l.y
}

func (l *dense) Backward(g device.Buffer, wantInput bool) device.Buffer {
	x, w := l.x, l.w.Value
	if l.whole != nil {
		x, w = l.whole.numbers()
		defer l.give(x)
		defer l.give(w)
	}
	l.Gemm(l.mul.Backward, device.Gemm{M: l.k, N: l.n, K: l.m, TransA: true}, x, g, l.w.Grad)
	l.SumRows(l.m, l.n, g, l.bias.Grad)
	if l.whole != nil {
		l.whole.weightGrad(l.w)
	}
	if !wantInput {
		return l.give(g)
	}
	dx := l.takeInput()
	l.Gemm(l.mul.Backward, device.Gemm{M: l.m, N: l.k, K: l.n, TransB: true}, g, w, dx)
	l.give(g)
	if l.whole != nil {
		l.whole.inputGrad(l.x, dx)
	}
	return dx
}

func (l *dense) Params() []*Param { return []*Param{l.w, l.bias} }
