package nn

import (
	"math"

	"github.com/approxtrain/approxtrain/device"
)

// numbers returns what stands for the operands of a product in the backward pass, in buffers to give back: what the codes of
// the last forward pass stand for, or the slopes in their place.
func (l *integers) numbers(product int) (a, b device.Buffer) {
	p := &l.products[product]
	a, b = l.common.take(p.a.Len()), l.common.take(p.b.Len())
	if s := l.rules.Slopes; s != nil {
		l.gradients().Slopes(p.A, s.B, p.a, a)
		l.gradients().Slopes(p.B, s.A, p.b, b)
		return a, b
	}
	l.Dequantize(p.A, p.a, a)
	l.Dequantize(p.B, p.b, b)
	return a, b
}

// denseGrad computes the gradients of a dense layer's weights w and, unless dx is nil, of its input x, from that of its
// output, dy.
func (l *integers) denseGrad(mul device.Multiplier, g device.Gemm, x device.Buffer, w *Param, dy, dx device.Buffer) {
	l.grad(x, w, dx, func(p *integerProduct, d device.Derivatives, dw device.Buffer) {
		l.gradients().GradientGemm(p.IntegerProduct, d, g, p.a, p.b, dy, dx, dw)
	}, func(a device.Buffer) {
		l.Gemm(mul, device.Gemm{M: g.K, N: g.N, K: g.M, TransA: true}, a, dy, w.Grad)
	}, func(b device.Buffer) {
		l.Gemm(mul, device.Gemm{M: g.M, N: g.K, K: g.N, TransB: true}, dy, b, dx)
	})
}

// convGrad is denseGrad of a convolution.
func (l *integers) convGrad(mul device.Multiplier, s device.Conv, x device.Buffer, w *Param, dy, dx device.Buffer) {
	l.grad(x, w, dx, func(p *integerProduct, d device.Derivatives, dw device.Buffer) {
		l.gradients().GradientConv(p.IntegerProduct, d, s, p.a, p.b, dy, dx, dw)
	}, func(a device.Buffer) {
		l.ConvWeightGrad(mul, s, a, dy, w.Grad)
	}, func(b device.Buffer) {
		l.ConvInputGrad(mul, s, dy, b, dx)
	})
}

// grad computes the gradients of a layer's numbers, by the derivatives of the table, or else by products with what stands for
// the operands; and makes of them those of weights and input.
func (l *integers) grad(x device.Buffer, w *Param, dx device.Buffer, derive func(p *integerProduct, d device.Derivatives, dw device.Buffer),
	ofWeights, ofInput func(operand device.Buffer)) {
	p := &l.products[0]
	dw := w.Grad
	if w.fixed && (l.learned == nil || l.learned[1].scale == nil || l.learned[1].scale.fixed) {
		dw = nil // nobody needs it
	}
	if d := l.rules.Derivatives; d != nil {
		derive(p, *d, dw)
	} else {
		a, b := l.numbers(0)
		if dw != nil {
			ofWeights(a)
		}
		if dx != nil {
			ofInput(b)
		}
		l.common.give(a)
		l.common.give(b)
	}
	l.scaleGrad(0, x, dx) // which needs no dx if codes are frozen
	if dx != nil {
		l.QuantizeGrad(p.A, x, dx, dx)
	}
	if dw != nil {
		l.scaleGrad(1, w.Value, dw)
		l.QuantizeGrad(p.B, w.Value, dw, dw)
	}
}

// scaleGrad computes the gradient of the scales of an operand, from that of the numbers that its codes stand for, if they
// are learned. The factor is that of the paper: 1 / √(elements of each scale · greatest code), with the activations of one
// example.
func (l *integers) scaleGrad(operand int, x, g device.Buffer) {
	if l.learned == nil || l.learned[operand].scale == nil {
		return
	}
	o := l.learned[operand]
	if o.stage != learned {
		l.Zero(o.scale.Grad)
		return
	}
	elements := x.Len() / len(o.q.Scale)
	if !o.weights {
		elements = max(1, elements/l.common.batch)
	}
	factor := 1 / math.Sqrt(float64(elements)*float64(max(1, o.q.Hi-o.q.ZeroOf(0))))
	l.gradients().ScaleGrad(*o.q, float32(factor), x, g, o.scale.Grad)
}

// needsInputGrad says whether the gradient of a layer's input is needed for its scale, whoever else wants it.
func (l *integers) needsInputGrad() bool {
	return l != nil && l.learned != nil && l.learned[0].scale != nil && l.learned[0].stage == learned
}

// partGrad makes of the gradients of the numbers that codes stand for those of one part of the columns of x, in place: the
// columns from the given one on, of all rows of so many.
func (l *integers) partGrad(operand int, x, g device.Buffer, from, columns, row int) {
	part := l.common.take(g.Len())
	shape := device.Copy{Rows: g.Len() / row, Cols: columns, From: from, FromStep: row, To: from, ToStep: row}
	l.Zero(part)
	l.Copy(shape, g, part)
	l.scaleGrad(operand, x, part)
	q := l.products[operand/2].A
	if operand%2 == 1 {
		q = l.products[operand/2].B
	}
	l.QuantizeGrad(q, x, part, part)
	l.Copy(shape, part, g)
	l.common.give(part)
}
