package cpu

import (
	"math"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// integers multiplies whole numbers by looking up their product. Those of codes are places; see places. Those of floats are
// their bits; see floatCodes.
type integers struct {
	given    *lut.Table // the user's
	lut      *lut.Table // device.Numbers of it
	products []float32  // of operand patterns, row-major
	cols     int
	a, b     coder  // of codes and floats; else nil
	special  []bool // patterns of floats that are no finite numbers; else nil
}

// coder makes whole numbers of one side's operands.
type coder interface {
	// of returns the numbers, and what their products are to be multiplied by.
	of(d *Device, x []float32) ([]float32, float32)
}

// newIntegers takes a table, and what device.Numbers makes of it.
func newIntegers(given, t *lut.Table) *integers {
	switch t.Format.Kind {
	case lut.Coded:
		return newCodes(given, t)
	case lut.Mantissa:
		return newFloatCodes(given, t)
	}
	m := &integers{given: given, lut: t, cols: t.Format.Cols(), products: make([]float32, 0, t.Format.Pairs())}
	for a := range uint32(t.Format.Rows()) {
		for b := range uint32(t.Format.Cols()) {
			m.products = append(m.products, float32(t.Int(a, b)))
		}
	}
	return m
}

func (m *integers) Table() *lut.Table { return m.given }

// pattern returns the pattern by which a table of n rows or columns knows an
// operand, and the sign that its products get from it.
func (m *integers) pattern(x float32, n int) (pattern int, sign uint32) {
	i := int(x)
	if m.lut.Format.Kind == lut.Signed {
		return i & (n - 1), 0
	}
	if i < 0 {
		return -i, signBit
	}
	return i, 0
}

func (m *integers) addRow(a float32, b, acc []float32) {
	acc = acc[:len(b)]
	at, sign := m.pattern(a, len(m.products)/m.cols)
	row := m.products[at*m.cols:][:m.cols]
	for j, y := range b {
		at, other := m.pattern(y, m.cols)
		acc[j] += math.Float32frombits(math.Float32bits(row[at]) ^ sign ^ other)
	}
}

func (m *integers) addEach(a, b, acc []float32) {
	for j, x := range a {
		m.addRow(x, b[j:j+1], acc[j:j+1])
	}
}

// quantizer is a multiplier whose operands have to be quantized first.
type quantizer interface {
	// quantize returns what the multiplier multiplies in place of operands A, of B, and what the sums of the products
	// are to be multiplied by.
	quantize(d *Device, a, b []float32) (qa, qb []float32, scale float32)
}

func (m *integers) quantize(d *Device, a, b []float32) (qa, qb []float32, scale float32) {
	var sa, sb float32
	if m.a != nil {
		qa, sa = m.a.of(d, a)
		qb, sb = m.b.of(d, b)
	} else {
		f := m.lut.Format
		qa, sa = d.quantize(a, device.Levels(f.Kind.SignedA(), f.A))
		qb, sb = d.quantize(b, device.Levels(f.Kind.SignedB(), f.B))
	}
	return qa, qb, float32(sa * sb)
}

// prepare returns the multiplier, the operands it multiplies in place of a and b, and a function
// that turns the sums of its products, in place, into the result.
func (d *Device) prepare(m device.Multiplier, a, b []float32) (mul multiplier, qa, qb []float32, finish func(c []float32)) {
	mul = m.(multiplier)
	q, ok := mul.(quantizer)
	if !ok {
		return mul, a, b, func([]float32) {}
	}
	qa, qb, scale := q.quantize(d, a, b)
	return mul, qa, qb, func(c []float32) {
		d.split(len(c), 4096, func(from, to int) {
			for i := from; i < to; i++ {
				c[i] *= scale
			}
		})
	}
}

// largestBits returns the bits of the largest magnitude. That of a NaN is above all others.
func largestBits(x []float32) (most uint32) {
	for _, v := range x {
		most = max(most, math.Float32bits(v)&^signBit)
	}
	return most
}

// quantize returns x in whole numbers from −levels to levels and what one of them
// is worth: NaN, with numbers that are all 0, if x is not finite.
func (d *Device) quantize(x []float32, levels float32) ([]float32, float32) {
	most := largestBits(x)
	q := make([]float32, len(x))
	if most >= infinity {
		return q, float32(math.NaN())
	}
	largest := math.Float32frombits(most)
	if largest < device.Negligible {
		return q, 0
	}
	inverse := levels / largest
	d.split(len(x), 4096, func(from, to int) {
		for i := from; i < to; i++ {
			r := float32(math.RoundToEven(float64(float32(x[i] * inverse))))
			q[i] = max(-levels, min(levels, r))
		}
	})
	return q, largest / levels
}
