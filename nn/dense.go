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
	m, k, n int // rows, in, n
	w, bias *Param
	x, y    device.Buffer
}

// newDense makes a layer of n outputs for every k inputs.
func newDense(b base, rng *rand.Rand, k, n int, deviation float64) *dense {
	return &dense{base: b, mul: b.common.mul.For(b.name), m: b.batch * b.in.Len() / k, k: k, n: n, y: b.output(),
		w:    newParam(b.Device, rng, b.name+".weight", deviation, k, n),
		bias: newParam(b.Device, rng, b.name+".bias", 0, n)}
}

func (l *dense) Forward(x device.Buffer, _ int) device.Buffer {
	l.x = x
	l.Gemm(l.mul.Forward, device.Gemm{M: l.m, N: l.n, K: l.k}, x, l.w.Value, l.y)
	l.AddBias(l.m, l.n, l.bias.Value, l.y)
	return l.y
}

func (l *dense) Backward(g device.Buffer, wantInput bool) device.Buffer {
	l.Gemm(l.mul.Backward, device.Gemm{M: l.k, N: l.n, K: l.m, TransA: true}, l.x, g, l.w.Grad)
	l.SumRows(l.m, l.n, g, l.bias.Grad)
	if !wantInput {
		return l.give(g)
	}
	dx := l.takeInput()
	l.Gemm(l.mul.Backward, device.Gemm{M: l.m, N: l.k, K: l.n, TransB: true}, g, l.w.Value, dx)
	l.give(g)
	return dx
}

func (l *dense) Params() []*Param { return []*Param{l.w, l.bias} }
