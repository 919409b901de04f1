package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// packer packs operands: what its functions have in common.
type packer struct {
	half, odd, magnitude, infinity Op
	nan, fraction                  Mem
	shift, least, most             VecVirtual
	span                           Register
}

func newPacker(name string) *packer {
	p := &packer{half: spread("half"), odd: spread("odd"), magnitude: all(0x7fffffff), infinity: all(0x7f800000),
		nan: constant(name+"nan", 0x7fc00000), fraction: constant(name+"fraction", 0x007fffff),
		shift: XMM(), least: YMM(), most: YMM(), span: Load(Param("span"), GP64())}
	VMOVQ(arg("shift"), p.shift)
	VMOVDQU(Mem{Base: p.span}, p.least)
	VMOVDQU(Mem{Base: p.span, Disp: 32}, p.most)
	return p
}

// operands rounds eight operands and splits them: sign and exponent, 0 for a
// zero; the fraction's bits, shifted down; and which of them are zeros.
func (p *packer) operands(from Mem) (scale, fraction, zero VecVirtual) {
	scale, fraction, zero = YMM(), YMM(), YMM()
	y, t := YMM(), YMM()
	VMOVDQU(from, y)
	VPAND(p.magnitude, y, t)
	VPCMPGTD(p.infinity, t, zero)
	VBLENDVPS(zero, p.nan, t, t)
	VPSRLD(p.shift, t, fraction)
	VPAND(p.odd, fraction, fraction)
	VPADDD(p.half, fraction, fraction)
	VPADDD(fraction, t, t)
	VPAND(p.fraction, t, fraction)
	VPSRLD(p.shift, fraction, fraction)
	VPAND(p.infinity, t, t)
	VPXOR(zero, zero, zero)
	VPCMPEQD(zero, t, zero)
	VPMAXUD(t, p.most, p.most)
	VPOR(t, zero, scale)
	VPMINUD(scale, p.least, p.least)
	VPANDN(y, p.magnitude, scale)
	VPOR(t, scale, scale)
	VPANDN(scale, zero, scale)
	return scale, fraction, zero
}

func (p *packer) end() {
	VMOVDQU(p.least, Mem{Base: p.span})
	VMOVDQU(p.most, Mem{Base: p.span, Disp: 32})
	VZEROUPPER()
	RET()
}

const packDoc = "span holds eight least exponents and eight greatest, in place. For half, odd and shift see addTableAVX2."

func packRow() {
	TEXT("packRowAVX2", NOSPLIT, "func(x *float32, dst *byte, n int, span *uint32, half, odd uint32, shift, left uint64)")
	Doc("packRowAVX2 packs n operands A, a positive multiple of 8: sign and exponent, then the",
		"fraction shifted left; both 0 for a zero.", packDoc)
	Pragma("noescape")
	x, dst, n := Load(Param("x"), GP64()), Load(Param("dst"), GP64()), Load(Param("n"), GP64())
	p := newPacker("row")
	left := XMM()
	VMOVQ(arg("left"), left)
	Label("row")
	scale, fraction, zero := p.operands(Mem{Base: x})
	VPSLLD(left, fraction, fraction)
	VPANDN(fraction, zero, fraction)
	low, high := YMM(), YMM()
	VPUNPCKLDQ(fraction, scale, low)
	VPUNPCKHDQ(fraction, scale, high)
	VMOVDQU(low.AsX(), Mem{Base: dst})
	VMOVDQU(high.AsX(), Mem{Base: dst, Disp: 16})
	VEXTRACTI128(Imm(1), low, Mem{Base: dst, Disp: 32})
	VEXTRACTI128(Imm(1), high, Mem{Base: dst, Disp: 48})
	ADDQ(Imm(32), x)
	ADDQ(Imm(64), dst)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("row"))
	p.end()
}

const panelSignature = "func(x *float32, dst *byte, n int, span *uint32, half, odd uint32, shift uint64)"

func packShuffle() {
	TEXT("packShuffleAVX2", NOSPLIT, panelSignature)
	Doc("packShuffleAVX2 packs n times 32 operands B, n positive, for shuffle*AVX2. Column",
		"8q + d has its fraction, 0xff for a zero, at byte 4d + q, and the upper half of its",
		"sign and exponent at byte 32 + 32(q & 1) + 4d + 2(q >> 1).", packDoc)
	Pragma("noescape")
	x, dst, n := Load(Param("x"), GP64()), Load(Param("dst"), GP64()), Load(Param("n"), GP64())
	p := newPacker("shuffle")
	Label("shuffle")
	index := YMM()
	var words [2]VecVirtual
	for q := range 4 {
		scale, fraction, zero := p.operands(Mem{Base: x, Disp: 32 * q})
		if q < 2 {
			VPSRLD(Imm(16), scale, scale)
			words[q] = scale
		} else {
			VPOR(scale, words[q-2], words[q-2])
		}
		VPSRLD(Imm(24), zero, zero)
		VPOR(zero, fraction, fraction)
		if q == 0 {
			index = fraction
			continue
		}
		VPSLLD(Imm(8*uint64(q)), fraction, fraction)
		VPOR(fraction, index, index)
	}
	VMOVDQU(index, Mem{Base: dst})
	VMOVDQU(words[0], Mem{Base: dst, Disp: 32})
	VMOVDQU(words[1], Mem{Base: dst, Disp: 64})
	SUBQ(I32(-128), x)
	ADDQ(Imm(96), dst)
	DECQ(n)
	JNZ(LabelRef("shuffle"))
	p.end()
}

func packGather() {
	TEXT("packGatherAVX2", NOSPLIT, panelSignature)
	Doc("packGatherAVX2 packs n times 16 operands B, n positive, for gather*AVX2: 16 fractions",
		"with the top bit set, 0 for a zero, then 16 signs and exponents.", packDoc)
	Pragma("noescape")
	x, dst, n := Load(Param("x"), GP64()), Load(Param("dst"), GP64()), Load(Param("n"), GP64())
	p := newPacker("gather")
	Label("gather")
	top := YMM()
	for q := range 2 {
		scale, fraction, zero := p.operands(Mem{Base: x, Disp: 32 * q})
		VPCMPEQD(top, top, top)
		VPSLLD(Imm(31), top, top)
		VPOR(top, fraction, fraction)
		VPANDN(fraction, zero, fraction)
		VMOVDQU(fraction, Mem{Base: dst, Disp: 32 * q})
		VMOVDQU(scale, Mem{Base: dst, Disp: 64 + 32*q})
	}
	ADDQ(Imm(64), x)
	SUBQ(I32(-128), dst)
	DECQ(n)
	JNZ(LabelRef("gather"))
	p.end()
}

// packVBMI uses vectors of 256 bits, as the other packers do.
func packVBMI() {
	TEXT("packVBMIAVX512", NOSPLIT, panelSignature)
	Doc("packVBMIAVX512 packs n times 64 operands B, n positive, for vbmi*AVX512: 64 bytes with",
		"a fraction and the top bit set, 0 for a zero, then 64 signs and exponents.", packDoc)
	Pragma("noescape")
	x, dst, n := Load(Param("x"), GP64()), Load(Param("dst"), GP64()), Load(Param("n"), GP64())
	p := newPacker("vbmi")
	top := constant("vbmitop", 0x80)
	Label("vbmi")
	for q := range 8 {
		scale, fraction, zero := p.operands(Mem{Base: x, Disp: 32 * q})
		VPOR(top, fraction, fraction)
		VPANDN(fraction, zero, fraction)
		VPMOVDB(fraction, Mem{Base: dst, Disp: 8 * q})
		VMOVDQU(scale, Mem{Base: dst, Disp: 64 + 32*q})
	}
	ADDQ(U32(256), x)
	ADDQ(U32(320), dst)
	DECQ(n)
	JNZ(LabelRef("vbmi"))
	p.end()
}

func largest() {
	TEXT("largestAVX2", NOSPLIT, "func(x *float32, n int, span *uint32)")
	Doc("largestAVX2 raises eight numbers in span to the greatest magnitudes, as bits, of x;",
		"n is a positive multiple of 8.")
	Pragma("noescape")
	x, n, span := Load(Param("x"), GP64()), Load(Param("n"), GP64()), Load(Param("span"), GP64())
	magnitude, most := all(0x7fffffff), YMM()
	VMOVDQU(Mem{Base: span}, most)
	Label("largest")
	v := YMM()
	VPAND(Mem{Base: x}, magnitude, v)
	VPMAXUD(v, most, most)
	ADDQ(Imm(32), x)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("largest"))
	VMOVDQU(most, Mem{Base: span})
	VZEROUPPER()
	RET()
}
