package nn

import (
	"math"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/device"
)

// attention is multi-head self-attention over the positions: A. Vaswani et al.,
// "Attention is all you need", 2017. All its products go through the multiplier,
// with the operands that device.BatchGemm lists.
type attention struct {
	base
	mul          Multipliers // of the heads' products
	whole        *integers   // of heads that compute in integers, else nil
	heads, width int         // width of a head
	qkv, project *dense      // queries, keys and values side by side; the output
	weights      device.Buffer
	joined       device.Buffer // outputs of the heads side by side
	h            device.Buffer // output of qkv
}

func newAttention(b base, rng *rand.Rand, heads int) *attention {
	c := b.in.C
	inner := func(name string, in, out int) *dense {
		part := base{b.common, b.name + "." + name, Shape{1, b.in.Positions(), in}, Shape{1, b.in.Positions(), out}}
		l := newDense(part, rng, in, out, transformerDeviation)
		b.built(l, part.in, "dense")
		return l
	}
	l := &attention{base: b, mul: b.common.mul.For(b.name), heads: heads, width: c / heads,
		qkv: inner("qkv", c, 3*c), project: inner("project", c, c),
		weights: b.Alloc(b.batch * heads * b.in.Positions() * b.in.Positions()), joined: b.Alloc(b.batch * b.in.Len())}
	l.whole = l.integers(l.mul, 2, 1)
	return l
}

// The matrices of the heads in their buffers.
func (l *attention) query() device.View { return l.part(0) }
func (l *attention) key() device.View   { return l.part(1) }
func (l *attention) value() device.View { return l.part(2) }

func (l *attention) part(i int) device.View {
	c := l.in.C
	return device.View{From: i * c, Outer: 3 * l.in.Len(), Inner: l.width, Row: 3 * c, Col: 1}
}

func (l *attention) head() device.View {
	return device.View{Outer: l.in.Len(), Inner: l.width, Row: l.in.C, Col: 1}
}

func (l *attention) square() device.View {
	t := l.in.Positions()
	return device.View{Outer: l.heads * t * t, Inner: t * t, Row: t, Col: 1}
}

// products computes C = A · B for all heads of all examples.
func (l *attention) products(mul device.Multiplier, m, n, k int, a device.View, x device.Buffer, b device.View, y device.Buffer,
	c device.View, z device.Buffer) {
	l.BatchGemm(mul, device.BatchGemm{M: m, N: n, K: k, Outer: l.batch, Inner: l.heads, A: a, B: b, C: c}, x, y, z)
}

// forward computes one of the two products of the forward pass.
func (l *attention) forward(product, m, n, k int, a device.View, x device.Buffer, b device.View, y device.Buffer, c device.View, z device.Buffer, step int) {
	g := device.BatchGemm{M: m, N: n, K: k, Outer: l.batch, Inner: l.heads, A: a, B: b, C: c}
	if l.observe != nil {
		l.observe(l.name, product, false, x, &g)
		l.observe(l.name, product, true, y, &g)
	}
	if l.whole != nil {
		l.whole.batch(product, g, x, y, z, step)
		return
	}
	l.BatchGemm(l.mul.Forward, g, x, y, z)
}

// scale is the factor of the scores.
func (l *attention) scale() float32 { return float32(1 / math.Sqrt(float64(l.width))) }

func (l *attention) Forward(x device.Buffer, step int) device.Buffer {
	t, w := l.in.Positions(), l.width
	l.h = l.qkv.Forward(x, step)
	l.forward(0, t, t, w, l.query(), l.h, l.key().T(), l.h, l.square(), l.weights, step)
	l.Softmax(l.batch*l.heads*t, t, l.scale(), l.weights, l.weights)
	l.forward(1, t, w, t, l.square(), l.weights, l.value(), l.h, l.head(), l.joined, step)
	return l.project.Forward(l.joined, step)
}

func (l *attention) Backward(g device.Buffer, wantInput bool) device.Buffer {
	t, w, mul := l.in.Positions(), l.width, l.mul.Backward
	query, key, weights, value := l.h, l.h, l.weights, l.h // or what their codes stand for
	if l.whole != nil {
		query, key = l.whole.numbers(0)
		weights, value = l.whole.numbers(1)
	}
	g = l.project.Backward(g, true)
	scores, dh := l.take(l.weights.Len()), l.take(l.h.Len())
	l.products(mul, t, t, w, l.head(), g, l.value().T(), value, l.square(), scores)
	l.products(mul, t, w, t, l.square().T(), weights, l.head(), g, l.value(), dh)
	l.give(g)
	if l.whole != nil {
		l.whole.scaleGrad(2, l.weights, scores)
		l.whole.QuantizeGrad(l.whole.products[1].A, l.weights, scores, scores)
	}
	l.SoftmaxGrad(l.batch*l.heads*t, t, l.scale(), l.weights, scores, scores)
	l.products(mul, t, w, t, l.square(), scores, l.key(), key, l.query(), dh)
	l.products(mul, w, t, t, l.query().T(), query, l.square(), scores, l.key().T(), dh)
	l.give(scores)
	if l.whole != nil {
		c := l.in.C
		for part, operand := range []int{0, 1, 3} {
			l.whole.partGrad(operand, l.h, dh, part*c, c, 3*c)
		}
		for _, b := range []device.Buffer{query, key, weights, value} {
			l.give(b)
		}
	}
	return l.qkv.Backward(dh, wantInput)
}

func (l *attention) Params() []*Param {
	return append(append(l.qkv.Params(), l.project.Params()...), l.whole.scaleParams()...)
}
