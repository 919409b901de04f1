package golden

// Mantissa models. Operands x, y are the m-bit fractions of the significands
// 1.x and 1.y (0 ≤ x, y < 2^m); the result is a table entry, carry<<p | frac,
// where p is m unless a model says otherwise.

// normalize turns a significand product q with 2m fraction bits into an entry
// of m fraction bits by truncation. A q below one (possible with approximate
// integer cores) is taken as one; q is below four because an (m+1)×(m+1)-bit
// core has 2m+2 product bits.
func normalize(m int, q uint64) uint64 {
	q = max(q, 1<<(2*m))
	c := q >> (2*m + 1)
	frac := q >> (uint64(m) + c) & (1<<m - 1)
	return c<<m | frac
}

// fracExact is the truncating exact multiplier; with m = 7 that of bfloat16 with
// round toward zero.
func fracExact(m int, x, y uint64) uint64 {
	return normalize(m, (1<<m+x)*(1<<m+y))
}

// fracExactRNE is the exact product rounded to nearest, ties to even (IEEE 754),
// to m fraction bits. A rounding carry-out raises the carry; it can come only
// from products just below two, because (2 − 2^-m)² is two units below four.
func fracExactRNE(m int, x, y uint64) uint64 {
	q := (1<<m + x) * (1<<m + y)
	if m == 0 {
		return 0 // 1 · 1
	}
	c := q >> (2*m + 1)
	drop := uint64(m) + c
	kept, rest, half := q>>drop, q&(1<<drop-1), uint64(1)<<(drop-1)
	if rest > half || rest == half && kept&1 == 1 {
		kept++
	}
	if kept == 1<<(m+1) {
		return 1 << m // frac 0, carry 1
	}
	return c<<m | kept&(1<<m-1)
}

// fracExactFull is the exact product with all p = 2m+1 fraction bits, so that
// nothing is lost whether the product is normalized or not.
func fracExactFull(m int, x, y uint64) uint64 {
	p := 2*m + 1
	q := (1<<m + x) * (1<<m + y)
	c := q >> p
	frac := q << (1 - c) & (1<<p - 1)
	return c<<p | frac
}

// fracMitchell adds the fractions as if they were logarithms: J. N. Mitchell,
// "Computer Multiplication and Division Using Binary Logarithms", IRE Trans.
// Electronic Computers, 1962. The sum is the entry: its top bit is the carry.
func fracMitchell(m int, x, y uint64) uint64 {
	return x + y
}

// fracMBM is the minimally biased multiplier of H. Saadat, H. Bokhari and
// S. Parameswaran, "Minimally Biased Multipliers for Approximate Integer and
// Floating-Point Multiplication", IEEE TCAD, 2018, in the variant ApproxTrain
// ships: both operands get their last bit set, Mitchell's fraction gets the
// constant 5/64 (halved under a carry), an overflow without carry becomes a
// carry, and an overflow with carry drops the constant.
func fracMBM(m int, x, y uint64) uint64 {
	one := uint64(1) << m
	s := (x | 1) + (y | 1)
	c, f := s>>m, s&(one-1)
	g := f + 5*one/64>>c
	switch {
	case g < one:
		return c<<m | g
	case c == 1:
		return c<<m | f
	default:
		return 1<<m | (one+g)>>1&(one-1)
	}
}
