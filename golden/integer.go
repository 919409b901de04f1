package golden

import "math/bits"

// Unsigned integer models. Operands a, b have n bits (0 ≤ a, b < 2^n), the
// product has 2n. The models hold for n ≤ 16; tables go to lut.MaxInteger.

// intExact is the exact product.
func intExact(n int, a, b uint64) uint64 { return a * b }

// lead returns the index of the leading one of a ≠ 0.
func lead(a uint64) int { return bits.Len64(a) - 1 }

// logSum adds the binary logarithms of a, b ≠ 0, each an index of the leading
// one and n−1 fraction bits. It returns the sum k of the indices, the carry c of
// the fractions and the fraction f that stays.
func logSum(n int, a, b uint64) (k int, c, f uint64) {
	F := n - 1
	ka, kb := lead(a), lead(b)
	x := (a - 1<<ka) << (F - ka)
	y := (b - 1<<kb) << (F - kb)
	s := x + y
	return ka + kb, s >> F, s & (1<<F - 1)
}

// intMitchell multiplies by adding piecewise linear logarithms: J. N. Mitchell,
// IRE Trans. Electronic Computers, 1962. It never exceeds the exact product and
// falls short by at most 1/9.
func intMitchell(n int, a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return 0
	}
	k, c, f := logSum(n, a, b)
	F := n - 1
	return (1<<F + f) << (uint64(k) + c) >> F
}

// intMBM is Mitchell's multiplier with the constant 5/64 added to the fraction
// (halved under a carry), which nearly removes the bias: H. Saadat et al., IEEE
// TCAD, 2018. Products that would pass 2^2n, as of 255 × 255, saturate at
// 2^2n − 1; wrapping around would break the published worst case.
func intMBM(n int, a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return 0
	}
	k, c, f := logSum(n, a, b)
	F := n - 1
	g := f + 5<<F/64>>c
	return min((1<<F+g)<<(uint64(k)+c)>>F, 1<<(2*n)-1)
}

// intDRUM multiplies windows of k bits that begin at the leading ones: S.
// Hashemi, R. I. Bahar and S. Reda, "DRUM: A Dynamic Range Unbiased Multiplier
// for Approximate Applications", ICCAD 2015.
func intDRUM(k int, a, b uint64) uint64 {
	wa, sa := drumWindow(k, a)
	wb, sb := drumWindow(k, b)
	return wa * wb << (sa + sb)
}

// drumWindow returns the k leading bits of a with the last one set, which
// stands for the mean of the bits below, and the window's shift. Operands below
// 2^k are kept as they are.
func drumWindow(k int, a uint64) (window uint64, shift int) {
	shift = bits.Len64(a) - k
	if shift <= 0 {
		return a, 0
	}
	return a>>shift | 1, shift
}

// intRoBA rounds both operands to powers of two and drops the product of the
// two remainders: R. Zendegani et al., "RoBA Multiplier: A Rounding-Based
// Approximate Multiplier for High-Speed yet Energy-Efficient Digital Signal
// Processing", IEEE TVLSI, 2017.
func intRoBA(n int, a, b uint64) uint64 {
	ra, rb := nearestPower(a), nearestPower(b)
	return ra*b + rb*a - ra*rb
}

// nearestPower returns the power of two nearest to a, the upper one at the
// midpoint 3·2^k, except that 3 goes to 2 as in the paper. Zero stays zero.
func nearestPower(a uint64) uint64 {
	if a == 0 {
		return 0
	}
	p := uint64(1) << lead(a)
	if a != 3 && 2*a >= 3*p && p > 1 {
		return 2 * p
	}
	return p
}

// intUDM builds an n×n multiplier (n a power of two) from 2×2 cells that err
// only in 3 × 3 = 7: P. Kulkarni, P. Gupta and M. Ercegovac, "Trading Accuracy
// for Power with an Underdesigned Multiplier Architecture", VLSI Design 2011.
// The cells' outputs are added exactly.
func intUDM(n int, a, b uint64) uint64 {
	if n == 2 {
		a1, a0, b1, b0 := a>>1, a&1, b>>1, b&1
		return a1&b1<<2 | (a1&b0|a0&b1)<<1 | a0&b0
	}
	h := n / 2
	mask := uint64(1)<<h - 1
	ah, al, bh, bl := a>>h, a&mask, b>>h, b&mask
	return intUDM(h, ah, bh)<<n + (intUDM(h, ah, bl)+intUDM(h, al, bh))<<h + intUDM(h, al, bl)
}

// intTrunc multiplies the operands without their t low bits.
func intTrunc(t int, a, b uint64) uint64 {
	return (a >> t) * (b >> t) << (2 * t)
}

// intBAM is the broken array multiplier: H. R. Mahdiani, A. Ahmadi, S. M.
// Fakhraie and C. Lucas, "Bio-Inspired Imprecise Computational Blocks for
// Efficient VLSI Implementation of Soft-Computing Applications", IEEE TCAS-I,
// 2010. Of the partial products a_i·b_j·2^(i+j) it keeps those with j ≥ h (the
// horizontal break level) and i+j ≥ v (the vertical one), so operand B alone
// loses its low bits.
func intBAM(n, h, v int, a, b uint64) uint64 {
	var sum uint64
	for j := h; j < n; j++ {
		i := max(v-j, 0)
		row := a >> i << i
		sum += row << j * (b >> j & 1)
	}
	return sum
}
