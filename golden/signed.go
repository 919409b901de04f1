package golden

// Wrappers that make other kinds of multiplier out of an unsigned integer core.

// op maps the bit patterns of two operands to the bit pattern of their product.
type op func(a, b uint64) uint64

// signed wraps an n×n-bit unsigned core for two's complement operands: it
// multiplies the magnitudes (that of −2^(n−1) fits n bits) and negates the
// product if the signs differ. Result: the 2n-bit pattern.
func signed(n int, core op) op {
	magnitude := func(a uint64) (mag uint64, negative bool) {
		if a>>(n-1) == 1 {
			return 1<<n - a, true
		}
		return a, false
	}
	return func(a, b uint64) uint64 {
		ma, na := magnitude(a)
		mb, nb := magnitude(b)
		p := core(ma, mb)
		if na != nb {
			p = -p
		}
		return p & (1<<(2*n) - 1)
	}
}

// asMantissa wraps an (m+1)×(m+1)-bit unsigned core as a mantissa multiplier: it
// gets the significands with their leading ones, and its product is normalized
// and truncated as the exact one is.
func asMantissa(m int, core op) op {
	return func(x, y uint64) uint64 {
		return normalize(m, core(1<<m+x, 1<<m+y))
	}
}
