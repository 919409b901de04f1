package gradient

import (
	"fmt"

	"github.com/approxtrain/approxtrain/device"
)

// side is an operand of a product of codes: the values of the table's operand that codes stand for, and signs.
type side struct {
	lo, hi    int  // codes
	magnitude bool // the table sees the magnitude of a code
}

// value returns the value of the table's operand for a code, and the factor that the product gets from the code's sign.
// The code 0 has the factor 1, as in the products of devices.
func (s side) value(code int) (value int, sign float32) {
	if s.magnitude && code < 0 {
		return -code, -1
	}
	return code, 1
}

// signed returns a slope with a sign, and 0 without one.
func signed(sign, slope float32) float32 { return sign*slope + 0 }

// sides returns both operands of a product, or an error if its table or its codes are not those of g.
func (g *Gradient) sides(p device.IntegerProduct) (a, b side, err error) {
	t := p.Multiplier.Table()
	if t == nil || t.Format != g.Format {
		return a, b, fmt.Errorf("derivatives of products of format %v, for a multiplier of another format", g.Format)
	}
	formA, formB := device.CodeForms(g.Format, p.Magnitude)
	for _, o := range []struct {
		name string
		to   *side
		q    device.Quantizer
		form device.CodeForm
		bits int
	}{{"A", &a, p.A, formA, g.Format.A}, {"B", &b, p.B, formB, g.Format.B}} {
		lo, hi := o.form.Range(o.bits)
		if o.q.Lo < lo || o.q.Hi > hi || o.q.Lo > o.q.Hi {
			return a, b, fmt.Errorf("derivatives for codes of operand %s from %d to %d: expected a range within %d … %d", o.name, o.q.Lo, o.q.Hi, lo, hi)
		}
		*o.to = side{lo: int(o.q.Lo), hi: int(o.q.Hi), magnitude: o.form == device.SignMagnitude}
	}
	return a, b, nil
}

// Derivatives returns the derivatives of a product of codes, in the order of device.Derivatives. p.Multiplier must be of
// a table of g.Format.
//
// In two's complement and with affine codes they are those of the table. An operand in sign and magnitude gives the
// product P(a, b) = s(a) · s(b) · T[|a|][|b|], where s is −1 for a negative code of such an operand, else 1. So
//
//	∂P/∂a = s(b) · ∂T/∂a[|a|][|b|]
//	∂P/∂b = s(a) · ∂T/∂b[|a|][|b|]
//
// since s(a) and the derivative of |a| are one factor, and it is 1 squared. s(0) is 1, as in the product that devices
// compute. At a = 0 the derivative by a is that of the table there, from either side.
func (g *Gradient) Derivatives(p device.IntegerProduct) (device.Derivatives, error) {
	sideA, sideB, err := g.sides(p)
	if err != nil {
		return device.Derivatives{}, err
	}
	size := (sideA.hi - sideA.lo + 1) * (sideB.hi - sideB.lo + 1)
	d := device.Derivatives{A: make([]float32, 0, size), B: make([]float32, 0, size)}
	for a := sideA.lo; a <= sideA.hi; a++ {
		x, signA := sideA.value(a)
		for b := sideB.lo; b <= sideB.hi; b++ {
			y, signB := sideB.value(b)
			d.A = append(d.A, signed(signB, g.ByA(x, y)))
			d.B = append(d.B, signed(signA, g.ByB(x, y)))
		}
	}
	return d, nil
}

// Slopes returns the derivatives of a product of codes where they depend on one operand, for device.Gradients.Slopes:
// ofA has ∂P/∂b for each code of operand A, and stands in the place of a; ofB has ∂P/∂a for each code of operand B. Both
// begin with the least code. See Derivatives for signs. It is an error unless g.OneD is true.
func (g *Gradient) Slopes(p device.IntegerProduct) (ofA, ofB []float32, err error) {
	if !g.OneD {
		return nil, nil, fmt.Errorf("derivatives of kind %s depend on both operands, expected those of one", g.Kind)
	}
	sideA, sideB, err := g.sides(p)
	if err != nil {
		return nil, nil, err
	}
	for a := sideA.lo; a <= sideA.hi; a++ {
		x, sign := sideA.value(a)
		ofA = append(ofA, signed(sign, g.ByB(x, 0)))
	}
	for b := sideB.lo; b <= sideB.hi; b++ {
		y, sign := sideB.value(b)
		ofB = append(ofB, signed(sign, g.ByA(0, y)))
	}
	return ofA, ofB, nil
}
