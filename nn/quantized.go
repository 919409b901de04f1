package nn

import (
	"errors"
	"fmt"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Quantized says how the forward pass of a layer computes in integers: which codes the operands of its products have, and
// what adds the products up. The codes do not depend on the batch.
type Quantized struct {
	// Products has the operands of each product: one, of activations by weights, for a dense layer or a convolution, with
	// the output channels as the channels of B; two for attention: queries by keys, and attention weights by values.
	Products    []Operands
	Accumulator device.Accumulator
	// Magnitude means that unsigned operands are in sign and magnitude; see device.CodeForm.
	Magnitude bool
	// Learning says how the codes change while the network is trained. Nil: they do not.
	Learning *Learning
	// Derivatives and Slopes are the derivatives of the products of convolutions and dense layers in the backward pass:
	// of each pair of codes, or of each code of the other operand. With neither of them, and in attention, the backward
	// pass takes products as exact: the straight-through estimator.
	Derivatives *device.Derivatives
	Slopes      *Slopes
}

// Slopes are derivatives that depend on one operand alone; see device.Gradients.
type Slopes struct {
	A []float32 // ∂/∂a, for each code of operand B
	B []float32 // ∂/∂b, for each code of operand A
}

// Operands are the quantizers of the two operands of a product.
type Operands struct{ A, B device.Quantizer }

// OverflowedSums counts the sums of a layer's products that its accumulator could not hold.
type OverflowedSums struct {
	Layer      string
	Sums, Over int
}

// Overflowed returns the sums of all layers that compute in integers, in the order of the network, since it was built.
func (n *Network) Overflowed() []OverflowedSums {
	var all []OverflowedSums
	for _, q := range n.dev.quantized {
		all = append(all, OverflowedSums{q.layer, q.sums, q.over})
	}
	return all
}

// integers are the products of a layer that computes in integers.
type integers struct {
	device.IntegerDevice
	common     *common
	layer      string
	out        Shape
	mul        device.Multiplier
	products   []integerProduct
	learned    []*learnedOperand // of all products, A before B; nil if codes do not change
	rules      *Quantized
	sums, over int
}

// integerProduct is one of a layer's products, with its operands in codes.
type integerProduct struct {
	device.IntegerProduct
	a, b   device.Codes
	sums   device.Sums
	scales []float32 // of the sums: those of A and B multiplied, one or one a channel
}

// integers returns the products of a layer that computes in integers, nil for one that does not, or cannot: that is an
// error of the network's construction. The layer has so many products, and B of each so many channels.
func (b *base) integers(m Multipliers, products, channels int) *integers {
	if m.Quantized == nil {
		return nil
	}
	l, err := b.newIntegers(m, products, channels)
	if err != nil {
		b.fail(fault.Usagef("layer %s: %w", b.name, err))
		return nil
	}
	b.common.quantized = append(b.common.quantized, l)
	return l
}

func (b *base) newIntegers(m Multipliers, products, channels int) (*integers, error) {
	d, ok := b.Device.(device.IntegerDevice)
	if !ok {
		return nil, fmt.Errorf("%s does not compute in integers", b.Device.Name())
	}
	if len(m.Quantized.Products) != products {
		return nil, fmt.Errorf("quantizers for %d products, expected %d", len(m.Quantized.Products), products)
	}
	l := &integers{IntegerDevice: d, common: b.common, layer: b.name, out: b.out, mul: m.Forward, rules: m.Quantized}
	t := m.Forward.Table()
	if t == nil {
		return nil, fmt.Errorf("codes need a multiplier with a table of integers")
	}
	if err := device.CheckIntegerTable(t); err != nil {
		return nil, err
	}
	largest := device.LargestProduct(t)
	for _, o := range m.Quantized.Products {
		p := integerProduct{IntegerProduct: device.IntegerProduct{Multiplier: m.Forward, A: o.A, B: o.B,
			Accumulator: m.Quantized.Accumulator, Magnitude: m.Quantized.Magnitude}}
		if err := p.Check(channels, 1, largest); err != nil {
			return nil, err
		}
		if err := p.rescale(channels); err != nil {
			return nil, err
		}
		l.products = append(l.products, p)
	}
	return l, l.prepareTraining()
}

// rescale computes the scales of the sums from those of the operands.
func (p *integerProduct) rescale(channels int) error {
	p.scales = p.scales[:0]
	for _, s := range p.B.Scale {
		p.scales = append(p.scales, p.A.Scale[0]*s)
	}
	if err := device.CheckScales(p.scales, channels); err != nil {
		return fmt.Errorf("products of the scales of both operands: %w", err)
	}
	return nil
}

// quantize computes the codes of both operands of a product, and makes room for so many sums. view has the elements that
// matter, nil: all.
func (l *integers) quantize(product int, a, b device.Buffer, view *device.BatchGemm, sums, step int) *integerProduct {
	p := &l.products[product]
	if p.a == nil {
		p.a, p.b, p.sums = l.AllocCodes(a.Len()), l.AllocCodes(b.Len()), l.AllocSums(sums)
	}
	l.learn(product, a, b, view, step)
	l.Quantize(p.A, a, p.a)
	l.Quantize(p.B, b, p.b)
	return p
}

// finish makes the layer's output of the sums of a product.
func (l *integers) finish(p *integerProduct, bias, y device.Buffer) {
	count, _, err := p.sums.Overflows()
	if err != nil {
		l.common.fail(err)
		return
	}
	l.sums, l.over = l.sums+p.sums.Len(), l.over+count
	if count > 0 && p.Accumulator.Overflow == device.Refuse {
		l.common.fail(l.refused(l.Sync()))
		return
	}
	l.Rescale(p.scales, bias, p.sums, y)
}

// refused says where a sum was that the accumulator refuses.
func (l *integers) refused(err error) error {
	var over *device.OverflowError
	if !errors.As(err, &over) {
		return err
	}
	each := l.out.Len()
	return fault.Failedf("layer %s, image %d of the batch, channel %d: %w", l.layer, over.Index/each+1, over.Index%l.out.C+1, over)
}

// dense computes y = x · w + bias in integers.
func (l *integers) dense(g device.Gemm, x, w, bias, y device.Buffer, step int) {
	p := l.quantize(0, x, w, nil, y.Len(), step)
	l.IntegerGemm(p.IntegerProduct, g, p.a, p.b, p.sums)
	l.finish(p, bias, y)
}

// conv computes a convolution in integers; bias may be nil.
func (l *integers) conv(s device.Conv, x, w, bias, y device.Buffer, step int) {
	p := l.quantize(0, x, w, nil, y.Len(), step)
	l.IntegerConv(p.IntegerProduct, s, p.a, p.b, p.sums)
	l.finish(p, bias, y)
}

// batch computes one of the products of attention in integers.
func (l *integers) batch(product int, g device.BatchGemm, a, b, y device.Buffer, step int) {
	p := l.quantize(product, a, b, &g, y.Len(), step)
	l.IntegerBatchGemm(p.IntegerProduct, g, p.a, p.b, p.sums)
	l.finish(p, nil, y)
}
