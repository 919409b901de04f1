package golden

import (
	"math"

	"github.com/approxtrain/approxtrain/lut"
)

// exactFloat is the product of floats as IEEE 754 and OCP's OFP8 define it: the exact product, rounded
// once, to the precision of the result or, of a subnormal one, to the least subnormal number. Entries
// of a table are rounded already, so a subnormal result of them would be rounded twice.
//
// It computes with binary64, in which every product of two operands is exact: significands have at most
// 24 bits, and exponents are those of binary32. It shares no code with package lut.
type exactFloat struct {
	operands []float64 // of all codes
	ulp      int       // exponent of the least subnormal product, or of the last bit of the least normal one
	fraction int       // bits of the product's fraction
	largest  float64   // finite product
	least    float64   // normal product
	overflow uint32    // code of magnitude of a product beyond the largest
	nan      uint32
	sign     uint32 // bit of a product's code
	gradual  bool
	nearest  bool // rounding to an integer, ties to even; else toward zero
	saturate bool
}

// newExactFloat returns the rules of a format that does not follow AMSim, with the values of all operands.
func newExactFloat(f lut.Format, nearest bool) *exactFloat {
	e := newRules(f, nearest)
	for code := range uint32(1) << (1 + f.ExponentBits() + f.A) {
		e.operands = append(e.operands, e.value(f, code))
	}
	return e
}

// newRules returns the rules of a format of up to 23 fraction bits.
func newRules(f lut.Format, nearest bool) *exactFloat {
	x, bias, p := f.ExponentBits(), int(f.One()), f.P
	top := 1<<x - 1 // exponent field of special values
	e := &exactFloat{ulp: 1 - bias - p, fraction: p, least: math.Ldexp(1, 1-bias), sign: 1 << (x + p),
		gradual: f.Float.Subnormals != lut.Flush, saturate: f.Float.Saturate, nearest: nearest}
	// The code of all ones is a NaN. It is the only special one if the format is finite, or has no
	// fraction; else the top exponent has an infinity and NaNs.
	all := uint32(1)<<(x+p) - 1
	e.nan, e.overflow = all, all
	e.largest = math.Ldexp(2-math.Ldexp(1, -p), top-1-bias)
	switch {
	case f.Float.Finite:
		e.largest = math.Ldexp(2-math.Ldexp(2, -p), top-bias)
	case p > 0:
		e.nan, e.overflow = uint32(top)<<p|1<<(p-1), uint32(top)<<p
	}
	return e
}

// value returns the number that an operand's code stands for.
func (e *exactFloat) value(f lut.Format, code uint32) float64 {
	x, bias, m := f.ExponentBits(), int(f.One()), f.A
	field, frac, last := int(code>>m)&(1<<x-1), int(code)&(1<<m-1), 1<<m-1
	v := math.Ldexp(float64(1<<m+frac), field-bias-m)
	switch special := field == 1<<x-1; {
	case special && !f.Float.Finite && m > 0 && frac == 0:
		v = math.Inf(1)
	case special && (!f.Float.Finite || frac == last):
		return math.NaN()
	case field == 0 && e.gradual:
		v = math.Ldexp(float64(frac), 1-bias-m)
	case field == 0:
		v = 0
	}
	if code>>(x+m) == 1 {
		v = -v
	}
	return v
}

// product returns the code of the product of two codes. A zero is +0, and there is one NaN.
func (e *exactFloat) product(a, b uint32) uint32 { return e.round(e.operands[a] * e.operands[b]) }

// round returns the code of a product.
func (e *exactFloat) round(q float64) uint32 {
	if q != q {
		return e.nan
	}
	code := e.magnitude(math.Abs(q))
	if q < 0 && code != 0 && code != e.nan {
		code |= e.sign
	}
	return code
}

// magnitude rounds a product that is not negative.
func (e *exactFloat) magnitude(q float64) uint32 {
	switch {
	case q == 0:
		return 0
	case math.IsInf(q, 1):
		return e.overflow
	}
	exp := exponent(q)
	unit := exp - e.fraction
	if e.gradual {
		unit = max(unit, e.ulp)
	}
	q *= power(-unit) // exact, as are all products with powers of two here
	if e.nearest {
		q = math.RoundToEven(q)
	} else {
		q = math.Trunc(q)
	}
	q *= power(unit)
	if q > e.largest {
		if !e.saturate {
			return e.overflow
		}
		q = e.largest
	}
	if q < e.least { // a subnormal one is so many times the least
		if !e.gradual {
			return 0
		}
		return uint32(q * power(-e.ulp))
	}
	field, frac := exponent(q)-e.ulp-e.fraction+1, math.Float64bits(q)&(1<<52-1)
	return uint32(field)<<e.fraction | uint32(frac>>(52-e.fraction))
}

// exponent returns that of the leading one of x > 0, which is no subnormal binary64.
func exponent(x float64) int { return int(math.Float64bits(x)>>52) - 1023 }

// power returns 2^n, a normal binary64.
func power(n int) float64 { return math.Float64frombits(uint64(n+1023) << 52) }

// row writes the products of a with all codes.
func (e *exactFloat) row(a uint32, products []uint32) {
	for b := range products {
		products[b] = e.product(a, uint32(b))
	}
}

// product returns the function of all codes, and of its rows, of a format that design.format let pass; nil
// for integers and for AMSim's rules, which lut.Table.MulNarrow has.
func (d *design) product(f lut.Format, entry func(a, b uint32) uint32) (
	product func(a, b uint32) uint32, row func(a uint32, products []uint32)) {
	if f.Kind != lut.Mantissa || f.AMSim() {
		return nil, nil
	}
	if d.exact {
		e := newExactFloat(f, d.nearest)
		return e.product, e.row
	}
	product = func(a, b uint32) uint32 { return f.MultiplyCodes(a, b, entry) }
	return product, func(a uint32, products []uint32) {
		for b := range products {
			products[b] = product(a, uint32(b))
		}
	}
}
