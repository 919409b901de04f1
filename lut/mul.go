package lut

import (
	"fmt"
	"math"
)

// Fields of a binary32 number.
const (
	signBit  uint32 = 1 << 31
	infinity uint32 = 0x7f800000
	quietNaN uint32 = 0x7fc00000 // the only NaN that a product can be
)

// MulFloat32 returns the product of two binary32 numbers as the multiplier of
// a Mantissa table forms it; see MulBits. It panics on an integer table.
func (t *Table) MulFloat32(a, b float32) float32 {
	return math.Float32frombits(t.MulBits(math.Float32bits(a), math.Float32bits(b)))
}

// MulBits is MulFloat32 on the bits of the operands, and the specification
// that every device follows:
//
//  1. The operands are rounded to m = Format.A mantissa bits, by t.Rounding.
//  2. NaN times anything is the NaN 0x7fc00000, and so is infinity times zero
//     (or a subnormal). Infinity times anything else is infinity.
//  3. Zero or a subnormal times anything else is zero.
//  4. With (carry, frac) the entry of the two fractions, the exponent field of
//     the product is E = ea + eb − 127 + carry.
//  5. E ≤ 0 gives zero and E ≥ 255 infinity; else frac is placed at the top of
//     the 23 fraction bits.
//  6. A zero product is +0; any other has the XOR of the signs.
//
// These are the rules of AMSim. Of another format than e8mY the operands are rounded to numbers of the
// format, range included, and the product is one of the format; see Format.EncodeOperand and
// Format.MultiplyCodes.
//
// Operand A selects the row and is never exchanged with B.
func (t *Table) MulBits(a, b uint32) uint32 {
	t.mustBe(Mantissa)
	if f := t.Format; !f.AMSim() {
		x, y := f.EncodeOperand(a, t.Rounding), f.EncodeOperand(b, t.Rounding)
		return f.DecodeProduct(f.MultiplyCodes(x, y, t.At))
	}
	return Multiply(a, b, t.Format.A, t.Format.P, t.Rounding, t.At)
}

// Multiply is MulBits for a multiplier whose entries are computed: those of
// fractions x and y of m bits are carry<<p | frac. It is the way to multipliers of
// more mantissa bits than a table holds.
func Multiply(a, b uint32, m, p int, r Rounding, entryOf func(x, y uint32) uint32) uint32 {
	a, b = RoundOperand(a, m, r), RoundOperand(b, m, r)
	ea, eb := a>>23&0xff, b>>23&0xff
	sign := (a ^ b) & signBit
	const fraction = infinity ^ ^signBit // the low 23 bits

	switch {
	case ea == 255 && a&fraction != 0, eb == 255 && b&fraction != 0:
		return quietNaN
	case ea == 255 && eb == 0, ea == 0 && eb == 255:
		return quietNaN
	case ea == 255, eb == 255:
		return sign | infinity
	case ea == 0, eb == 0:
		return 0
	}

	entry := entryOf(a&fraction>>(23-m), b&fraction>>(23-m))
	carry, frac := entry>>p, entry&(1<<p-1)
	switch e := int(ea+eb+carry) - 127; {
	case e <= 0:
		return 0
	case e >= 255:
		return sign | infinity
	default:
		return sign | uint32(e)<<23 | frac<<(23-p)
	}
}

// MulNarrow is MulBits in the multiplier's own formats: the operands have
// 1 + X + m bits, the product 1 + X + p bits, where X is the number of exponent bits; a NaN product
// of format e8mY has the top fraction bit set and no other. It is what an RTL multiplier of the format
// returns. It panics if an operand has more bits, and on an integer table.
func (t *Table) MulNarrow(a, b uint32) uint32 {
	t.mustBe(Mantissa)
	f := t.Format
	m, p, extra := f.A, f.P, f.FloatExtra()
	if (a|b)>>(extra+m) != 0 {
		panic(fmt.Sprintf("lut: operands %#x, %#x exceed the %d bits of 1 + %d + %d", a, b, extra+m, extra-1, m))
	}
	if !f.AMSim() {
		return f.MultiplyCodes(a, b, t.At)
	}
	return t.MulBits(a<<(23-m), b<<(23-m)) >> (23 - p)
}

func (t *Table) mustBe(k Kind) {
	if t.Format.Kind != k {
		panic(fmt.Sprintf("lut: table %s of format %v has no floating-point product", t.Name, t.Format))
	}
}
