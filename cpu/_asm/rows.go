package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func addNative() {
	TEXT("addNativeAVX2", NOSPLIT, "func(a float32, b, acc *float32, n int)")
	Doc("addNativeAVX2 adds a·b[j] to acc[j] for j < n, a positive multiple of 8.")
	Pragma("noescape")
	a := YMM()
	VBROADCASTSS(arg("a"), a)
	b, acc, n := Load(Param("b"), GP64()), Load(Param("acc"), GP64()), Load(Param("n"), GP64())
	Label("native")
	p := YMM()
	VMULPS(Mem{Base: b}, a, p)
	VADDPS(Mem{Base: acc}, p, p)
	VMOVUPS(p, Mem{Base: acc})
	ADDQ(Imm(32), b)
	ADDQ(Imm(32), acc)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("native"))
	VZEROUPPER()
	RET()
}

// addTable forms products in integers. The sum of the operands' exponents is
// kept 127 too high and with its top bit flipped, so that signed comparisons
// order it from the smallest product to the largest.
func addTable() {
	TEXT("addTableAVX2", NOSPLIT, "func(b, acc *float32, n int, row *uint32, x, base, mask, half, odd uint32, shift uint64)")
	Doc("addTableAVX2 adds the products of one operand A with b[j] to acc[j] for j < n, a",
		"positive multiple of 8. x is A, neither zero, infinite nor NaN, base its exponent",
		"in place with the top bit flipped, row the table's row of A, mask the length of",
		"row less one. shift is the number of fraction bits beyond the table's. half and",
		"odd round B: half less one and 1 to nearest even, 0 and 0 to truncate.")
	Pragma("noescape")
	b, acc, n := Load(Param("b"), GP64()), Load(Param("acc"), GP64()), Load(Param("n"), GP64())
	row := Load(Param("row"), GP64())
	x, base, mask, half, odd := spread("x"), spread("base"), spread("mask"), spread("half"), spread("odd")
	shift := XMM()
	VMOVQ(arg("shift"), shift)
	magnitude, infinity := all(0x7fffffff), all(0x7f800000)
	// Memory operands, as registers run short.
	quiet := constant("quiet", 0x00400000)
	below := constant("below", 1<<31^128<<23-1) // less than any that is not zero
	over := constant("over", 1<<31^382<<23)     // the least that is infinite
	bias := constant("bias", 1<<31-127<<23)
	Label("table")
	y, t, u, nan := YMM(), YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: b}, y)
	VPAND(y, magnitude, t)
	VPCMPGTD(infinity, t, nan)
	VPSRLD(shift, t, u)
	VPAND(u, odd, u)
	VPADDD(u, t, t)
	VPADDD(half, t, t)
	big := YMM()
	VPMAXUD(infinity, t, big)
	VPCMPEQD(t, big, big)
	VPSRLD(shift, t, u)
	VPAND(mask, u, u)
	entry, ones := YMM(), YMM()
	VPCMPEQD(ones, ones, ones)
	VPGATHERDD(ones, Mem{Base: row, Index: u, Scale: 4}, entry)
	VPAND(infinity, t, t)
	VPADDD(t, entry, entry)
	VPADDD(base, entry, entry)
	zero := YMM()
	VPXOR(zero, zero, zero)
	VPCMPEQD(zero, t, zero)
	ok := YMM()
	VPCMPGTD(below, entry, ok)
	VPANDN(ok, zero, ok)
	VPOR(big, ok, ok)
	VPMINSD(over, entry, entry)
	VBLENDVPS(big, over, entry, entry)
	VPADDD(bias, entry, entry)
	VPAND(quiet, nan, nan)
	VPOR(nan, entry, entry)
	VPXOR(x, y, y)
	VPANDN(y, magnitude, y)
	VPOR(y, entry, entry)
	VPAND(ok, entry, entry)
	VADDPS(Mem{Base: acc}, entry, entry)
	VMOVUPS(entry, Mem{Base: acc})
	ADDQ(Imm(32), b)
	ADDQ(Imm(32), acc)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("table"))
	VZEROUPPER()
	RET()
}

// addEachTable leaves off where a lane is not plain: where an operand is infinite
// or NaN, or a product of two that are not zero may leave the range of binary32.
func addEachTable() {
	TEXT("addEachTableAVX2", NOSPLIT, "func(a, b, acc *float32, n int, entries *uint32, half, odd uint32, m, shift uint64) int")
	Doc("addEachTableAVX2 adds the products of a[j] with b[j] to acc[j] for j < n, a positive",
		"multiple of 8, and returns how many it did: it stops in front of eight operands with",
		"an infinity, a NaN or a product that may leave the range of binary32. entries is the",
		"table, m the number of its fraction bits; for half, odd and shift see addTableAVX2.")
	Pragma("noescape")
	a, b, acc, n := Load(Param("a"), GP64()), Load(Param("b"), GP64()), Load(Param("acc"), GP64()), Load(Param("n"), GP64())
	entries := Load(Param("entries"), GP64())
	half, odd, magnitude := spread("half"), spread("odd"), all(0x7fffffff)
	shift, m := XMM(), XMM()
	VMOVQ(arg("shift"), shift)
	VMOVQ(arg("m"), m)
	fraction := constant("eachfraction", 0x007fffff)
	least := constant("eachleast", 127)
	most := constant("eachmost", 381)
	special := constant("eachspecial", 254)
	bias := constant("eachbias", 127)
	done := GP64()
	XORQ(done, done)
	Label("each")
	// round returns an operand's exponent and fraction.
	round := func(x Mem) (exponent, index VecVirtual) {
		t, u := YMM(), YMM()
		exponent, index = YMM(), YMM()
		VPAND(x, magnitude, t)
		VPSRLD(Imm(23), t, u) // before it rounds: a NaN could round to a zero
		VPSRLD(shift, t, index)
		VPAND(index, odd, index)
		VPADDD(half, index, index)
		VPADDD(index, t, t)
		VPAND(fraction, t, index)
		VPSRLD(shift, index, index)
		VPSRLD(Imm(23), t, exponent)
		VPMAXUD(u, exponent, exponent)
		return exponent, index
	}
	ea, fa := round(Mem{Base: a})
	eb, fb := round(Mem{Base: b})
	VPSLLD(m, fa, fa)
	VPOR(fb, fa, fa)
	bad, zero, sum := YMM(), YMM(), YMM()
	VPADDD(ea, eb, sum)
	VPMINUD(ea, eb, zero)
	VPXOR(bad, bad, bad)
	VPCMPEQD(bad, zero, zero)
	VPMAXUD(ea, eb, ea)
	// bad: not (127 < sum < 381) and no zero, or special
	t := YMM()
	VPCMPGTD(least, sum, bad)
	VMOVDQU(most, t)
	VPCMPGTD(sum, t, t)
	VPAND(t, bad, bad)
	VPOR(zero, bad, bad)
	VPCMPGTD(special, ea, ea)
	VPANDN(bad, ea, bad)
	good := GP32()
	VMOVMSKPS(bad, good)
	CMPL(good, Imm(255))
	JNE(LabelRef("stop"))
	ones, entry := YMM(), YMM()
	VPCMPEQD(ones, ones, ones)
	VPGATHERDD(ones, Mem{Base: entries, Index: fa, Scale: 4}, entry)
	VPSUBD(bias, sum, sum)
	VPSLLD(Imm(23), sum, sum)
	VPADDD(sum, entry, entry)
	VMOVDQU(Mem{Base: a}, t)
	VPXOR(Mem{Base: b}, t, t)
	VPANDN(t, magnitude, t)
	VPOR(t, entry, entry)
	VPANDN(entry, zero, entry)
	VADDPS(Mem{Base: acc}, entry, entry)
	VMOVUPS(entry, Mem{Base: acc})
	ADDQ(Imm(32), a)
	ADDQ(Imm(32), b)
	ADDQ(Imm(32), acc)
	ADDQ(Imm(8), done)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("each"))
	Label("stop")
	Store(done, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
