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

func (l *dense) Forward(x device.Buffer, step int) device.Buffer {
	l.x = x
	if l.observe != nil {
		l.observe(l.name, 0, false, x, nil)
	}
	if l.whole != nil {
		l.whole.dense(device.Gemm{M: l.m, N: l.n, K: l.k}, x, l.w.Value, l.bias.Value, l.y, step)
		return l.y
	}
	l.Gemm(l.mul.Forward, device.Gemm{M: l.m, N: l.n, K: l.k}, x, l.w.Value, l.y)
	l.AddBias(l.m, l.n, l.bias.Value, l.y)
	return l.y
}

func (l *dense) Backward(g device.Buffer, wantInput bool) device.Buffer {
	var dx device.Buffer
	if wantInput || l.whole.needsInputGrad() {
		dx = l.takeInput()
	}
	if l.whole != nil {
		l.whole.denseGrad(l.mul.Backward, device.Gemm{M: l.m, N: l.n, K: l.k}, l.x, l.w, g, dx)
	} else {
		if !l.w.fixed {
			l.Gemm(l.mul.Backward, device.Gemm{M: l.k, N: l.n, K: l.m, TransA: true}, l.x, g, l.w.Grad)
		}
		if dx != nil {
			l.Gemm(l.mul.Backward, device.Gemm{M: l.m, N: l.k, K: l.n, TransB: true}, g, l.w.Value, dx)
		}
	}
	l.SumRows(l.m, l.n, g, l.bias.Grad)
	l.give(g)
	if dx != nil && !wantInput {
		return l.give(dx)
	}
	return dx
}

func (l *dense) Params() []*Param { return append([]*Param{l.w, l.bias}, l.whole.scaleParams()...) }
