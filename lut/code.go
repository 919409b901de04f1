package lut

import "math/bits"

// Codes are numbers of a Mantissa format as bits at a port: from the top one sign, the exponent and
// the fraction. Those of operands have A fraction bits, those of products P. docs/formats.md defines
// every rule of this file.

// class is what an operand is.
type class uint8

const (
	zero class = iota
	finite
	infinite
	notNumber
)

// operand is a code taken apart.
type operand struct {
	class class
	sign  uint32 // 0 or 1
	exp   int    // exponent field that the significand 1.frac has; below 1 for a subnormal number
	frac  uint32 // of A bits
}

// operand takes the code of an operand apart. A subnormal is normalized, or is a zero.
func (f Format) operand(code uint32) operand {
	m, x := f.A, f.Float.bits()
	frac, exp := code&(1<<m-1), code>>m&(1<<x-1)
	o := operand{finite, code >> (m + x), int(exp), frac}
	top := uint32(1)<<x - 1
	switch {
	case exp == top && f.Float.Finite:
		if frac == 1<<m-1 {
			o.class = notNumber
		}
	case exp == top && m > 0 && frac == 0:
		o.class = infinite
	case exp == top:
		o.class = notNumber
	case exp == 0 && (frac == 0 || f.Float.Subnormals == Flush):
		o.class = zero
	case exp == 0:
		shift := m + 1 - bits.Len32(frac)
		o.exp, o.frac = 1-shift, frac<<shift&(1<<m-1)
	}
	return o
}

// Codes of magnitude, with n fraction bits: of a NaN, of an infinity or of what stands for one, and
// of the largest finite number.
func (f Format) nanCode(n int) uint32 {
	all := uint32(1)<<(f.Float.bits()+n) - 1
	if f.Float.Finite || n == 0 {
		return all
	}
	return all>>n<<n | 1<<(n-1)
}

func (f Format) infiniteCode(n int) uint32 {
	if f.Float.Finite || n == 0 {
		return f.nanCode(n)
	}
	return (1<<f.Float.bits() - 1) << n
}

func (f Format) largestCode(n int) uint32 {
	if f.Float.Finite {
		return f.nanCode(n) - 1
	}
	return (1<<f.Float.bits()-1)<<n - 1
}

// IsNaN reports whether a product's code is a NaN of any pattern.
func (f Format) IsNaN(code uint32) bool { return f.taken(code).class == notNumber }

// IsInfinite reports whether a product's code is an infinity.
func (f Format) IsInfinite(code uint32) bool { return f.taken(code).class == infinite }

// taken takes the code of a product apart.
func (f Format) taken(code uint32) operand {
	f.A = f.P
	return f.operand(code)
}

// finish returns the code of magnitude of a result that is not zero: a significand 1.rest whose value
// with n fraction bits is sig, 2^n ≤ sig < 2^(n+1), and its exponent field, of any size.
func (f Format) finish(exp int, sig uint32, n int) uint32 {
	if exp >= 1 {
		if exp < 1<<f.Float.bits() {
			if code := uint32(exp-1)<<n + sig; code <= f.largestCode(n) {
				return code
			}
		}
		if f.Float.Saturate {
			return f.largestCode(n)
		}
		return f.infiniteCode(n)
	}
	if f.Float.Subnormals == Flush {
		return 0
	}
	return shiftRight(sig, 1-exp, f.Float.Subnormals == GradualNearest)
}

// shiftRight drops the low n bits of x, or rounds to the nearest, ties to even.
func shiftRight(x uint32, n int, nearest bool) uint32 {
	if n > 32 {
		return 0
	}
	kept := uint64(x) >> n
	if rest, half := uint64(x)&(1<<n-1), uint64(1)<<n>>1; nearest && (rest > half || rest == half && half != 0 && kept&1 == 1) {
		kept++
	}
	return uint32(kept)
}

// MultiplyCodes returns the code of the product of two operands' codes, by the rules of the format,
// with the entries that entry has for fractions of A bits: carry<<P | frac. A zero product is +0 and a
// NaN has one pattern; see docs/formats.md. The format is Mantissa and valid.
func (f Format) MultiplyCodes(a, b uint32, entry func(x, y uint32) uint32) uint32 {
	return f.multiply(f.operand(a), f.operand(b), entry)
}

func (f Format) multiply(x, y operand, entry func(x, y uint32) uint32) uint32 {
	p := f.P
	sign := (x.sign ^ y.sign) << (f.Float.bits() + p)
	switch {
	case x.class == finite && y.class == finite:
	case x.class == notNumber || y.class == notNumber:
		return f.nanCode(p)
	case x.class == infinite && y.class != zero, y.class == infinite && x.class != zero:
		return sign | f.infiniteCode(p)
	case x.class == infinite || y.class == infinite:
		return f.nanCode(p)
	default:
		return 0
	}
	e := entry(x.frac, y.frac)
	exp := x.exp + y.exp - f.Float.bias() + int(e>>p)
	magnitude := f.finish(exp, 1<<p|e&(1<<p-1), p)
	switch {
	case magnitude == 0:
		return 0
	case magnitude == f.nanCode(p): // out of a range without infinities
		return magnitude
	}
	return sign | magnitude
}

// EncodeOperand returns the code of a binary32 number as an operand: rounded to the numbers of the
// format. Overflow is an infinity, or NaN where the format has none, or the largest number of a
// format that saturates.
func (f Format) EncodeOperand(number uint32, r Rounding) uint32 {
	const fraction = 1<<23 - 1
	m := f.A
	sign := number >> 31 << (f.Float.bits() + m)
	switch magnitude := number &^ signBit; {
	case magnitude > infinity:
		return f.nanCode(m)
	case magnitude == 0:
		return sign
	case magnitude == infinity && f.Float.Saturate:
		return sign | f.largestCode(m)
	case magnitude == infinity && (f.Float.Finite || m == 0):
		return f.nanCode(m)
	case magnitude == infinity:
		return sign | f.infiniteCode(m)
	}
	exp, sig := int(number>>23&0xff), number&fraction
	if exp == 0 {
		shift := 24 - bits.Len32(sig)
		exp, sig = 1-shift, sig<<shift
	}
	sig |= 1 << 23
	exp += f.Float.bias() - 127
	drop := 23 - m
	if exp < 1 && f.Float.Subnormals != Flush {
		code := shiftRight(sig, drop+1-exp, r == NearestEven) // 2^m is the smallest normal number's
		return sign | code
	}
	if sig = shiftRight(sig, drop, r == NearestEven); sig == 1<<(m+1) {
		exp, sig = exp+1, 1<<m
	}
	magnitude := f.finish(exp, sig, m)
	if magnitude == f.nanCode(m) {
		return magnitude
	}
	return sign | magnitude
}

// DecodeOperand returns the number that an operand's code stands for, in binary32, which has them all.
func (f Format) DecodeOperand(code uint32) uint32 { return f.number(code, f.A) }

// DecodeProduct returns the number that a product's code stands for, in binary32.
func (f Format) DecodeProduct(code uint32) uint32 { return f.number(code, f.P) }

// number returns the binary32 number of a code with n fraction bits.
func (f Format) number(code uint32, n int) uint32 {
	g := f
	g.A = n
	o := g.operand(code)
	sign := o.sign << 31
	switch o.class {
	case zero:
		return sign
	case infinite:
		return sign | infinity
	case notNumber:
		return quietNaN
	}
	exp, frac := o.exp+127-f.Float.bias(), o.frac<<(23-n)
	if exp >= 1 {
		return sign | uint32(exp)<<23 | frac
	}
	return sign | (1<<23|frac)>>(1-exp) // exact: the format's numbers are binary32's
}
