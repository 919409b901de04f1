package cpu

import (
	"fmt"

	"github.com/approxtrain/approxtrain/device"
)

var _ device.GradientDevice = (*Device)(nil)

// Slopes implements device.Gradients.
func (d *Device) Slopes(q device.Quantizer, slopes []float32, c device.Codes, x device.Buffer) {
	err := checkCodes(q, c, x)
	if n := int(q.Hi-q.Lo) + 1; err == nil && len(slopes) != n {
		err = fmt.Errorf("%d slopes, expected %d: one for each code", len(slopes), n)
	}
	if err == nil {
		err = wrong("", q, codesOf(c))
	}
	if !d.ready("slopes", err) {
		return
	}
	X, C, ranges := floatsOf(x)[0], codesOf(c), rangesOf(q)
	d.rowsOf(len(X), len(ranges), func(from, to int) {
		for at := from; at < to; at += len(ranges) {
			for i := range ranges {
				X[at+i] = ranges[i].scale * (slopes[int32(C[at+i])-q.Lo] - float32(ranges[i].zero))
			}
		}
	})
}

// GradientGemm implements device.Gradients: a product is a convolution of images of one pixel.
func (d *Device) GradientGemm(p device.IntegerProduct, t device.Derivatives, g device.Gemm, a, b device.Codes, dy, da, db device.Buffer) {
	err := g.Check(a.Len(), b.Len(), dy.Len())
	if err == nil {
		err = checkGradient(p, t, g.N, a, b, da, db)
	}
	if !d.ready("gradient of integer gemm", err) {
		return
	}
	dA, dB := floatsOrNone(da), floatsOrNone(db)
	clear(dA)
	clear(dB)
	if g.M == 0 || g.N == 0 || g.K == 0 {
		return
	}
	s := &gradientSums{
		Conv: device.Conv{N: g.M, H: 1, W: 1, C: g.K, OutC: g.N, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
		x:    codesOf(a), w: codesOf(b), dy: floatsOf(dy)[0], dx: dA, dw: dB,
	}
	if g.TransA {
		s.x = transposedOf(s.x, g.K, g.M)
	}
	if g.TransB {
		s.w = transposedOf(s.w, g.N, g.K)
	}
	d.gradient(s, p, t)
	if g.TransA {
		copy(dA, transposedOf(dA, g.M, g.K))
	}
	if g.TransB {
		copy(dB, transposedOf(dB, g.K, g.N))
	}
}

// GradientConv implements device.Gradients.
func (d *Device) GradientConv(p device.IntegerProduct, t device.Derivatives, c device.Conv, x, w device.Codes, dy, dx, dw device.Buffer) {
	err := c.Check(x.Len(), w.Len(), dy.Len())
	if err == nil {
		err = checkGradient(p, t, c.OutC, x, w, dx, dw)
	}
	if !d.ready("gradient of integer convolution", err) {
		return
	}
	d.gradient(&gradientSums{Conv: c, x: codesOf(x), w: codesOf(w), dy: floatsOf(dy)[0], dx: floatsOrNone(dx), dw: floatsOrNone(dw)}, p, t)
}

// checkGradient returns an error unless derivatives, codes and gradients fit a product, for a B of so many channels.
func checkGradient(p device.IntegerProduct, t device.Derivatives, channels int, a, b device.Codes, da, db device.Buffer) error {
	for _, o := range []struct {
		name     string
		q        device.Quantizer
		channels int
		codes    device.Codes
		gradient device.Buffer
	}{{"A", p.A, 1, a, da}, {"B", p.B, channels, b, db}} {
		if err := o.q.Check(o.channels); err != nil {
			return fmt.Errorf("quantizer of operand %s: %w", o.name, err)
		}
		if err := wrong(" of operand "+o.name, o.q, codesOf(o.codes)); err != nil {
			return err
		}
		if o.gradient != nil && o.gradient.Len() != o.codes.Len() {
			return fmt.Errorf("the gradient of operand %s has %d elements, expected %d", o.name, o.gradient.Len(), o.codes.Len())
		}
	}
	return t.Check(p)
}

// floatsOrNone returns the memory of a buffer, nil for none.
func floatsOrNone(b device.Buffer) []float32 {
	if b == nil {
		return nil
	}
	return floatsOf(b)[0]
}

// transposedOf returns x (rows × cols) as cols × rows, nil for none.
func transposedOf[T any](x []T, rows, cols int) []T {
	out := make([]T, 0, len(x))
	if len(x) == 0 {
		return nil
	}
	for c := range cols {
		for r := range rows {
			out = append(out, x[r*cols+c])
		}
	}
	return out
}
