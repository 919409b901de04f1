package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// line loads the address of a line: src, or zero for a negative offset.
func line(src, zero, offset Register) Register {
	at := GP64()
	LEAQ(Mem{Base: src, Index: offset, Scale: 4}, at)
	TESTQ(offset, offset)
	CMOVQLT(zero, at)
	return at
}

func copyLines() {
	TEXT("copyLinesAVX2", NOSPLIT, "func(src *float32, lines *int, n, length int, dst *float32, stride uint64, zero *float32)")
	Doc("copyLinesAVX2 copies n lines, n positive, of length numbers: line r begins at",
		"src[lines[r]], or at zero if lines[r] is negative, and goes stride bytes behind line",
		"r-1 in dst.")
	Pragma("noescape")
	src, lines, n, length := Load(Param("src"), GP64()), Load(Param("lines"), GP64()), Load(Param("n"), GP64()), Load(Param("length"), GP64())
	dst, stride, zero := Load(Param("dst"), GP64()), Load(Param("stride"), GP64()), Load(Param("zero"), GP64())
	offset, to, left := GP64(), GP64(), GP64()
	Label("line")
	MOVQ(Mem{Base: lines}, offset)
	from := line(src, zero, offset)
	MOVQ(dst, to)
	MOVQ(length, left)
	SUBQ(Imm(8), left)
	JLT(LabelRef("rest"))
	Label("eight")
	v := YMM()
	VMOVUPS(Mem{Base: from}, v)
	VMOVUPS(v, Mem{Base: to})
	ADDQ(Imm(32), from)
	ADDQ(Imm(32), to)
	SUBQ(Imm(8), left)
	JGE(LabelRef("eight"))
	Label("rest")
	for _, some := range []struct {
		bit   uint64
		label string
		move  func(from, to Op)
	}{
		{4, "two", func(from, to Op) { x := XMM(); VMOVUPS(from, x); VMOVUPS(x, to) }},
		{2, "one", func(from, to Op) { x := XMM(); VMOVQ(from, x); VMOVQ(x, to) }},
		{1, "next", func(from, to Op) { x := XMM(); VMOVD(from, x); VMOVD(x, to) }},
	} {
		TESTQ(U32(some.bit), left) // less 8 or not, its low bits are the same
		JZ(LabelRef(some.label))
		some.move(Mem{Base: from}, Mem{Base: to})
		ADDQ(Imm(4*some.bit), from)
		ADDQ(Imm(4*some.bit), to)
		Label(some.label)
	}
	ADDQ(Imm(8), lines)
	ADDQ(stride, dst)
	DECQ(n)
	JNZ(LabelRef("line"))
	VZEROUPPER()
	RET()
}

func transposeLines() {
	TEXT("transposeLinesAVX2", NOSPLIT, "func(src *float32, from int, lines *int, length int, dst *float32, stride uint64, zero *float32)")
	Doc("transposeLinesAVX2 makes columns of eight lines: of each, length numbers, a positive",
		"multiple of 8, from one on. Number from+j of line r goes to number r behind j times",
		"stride bytes in dst. Lines begin as those of copyLinesAVX2.")
	Pragma("noescape")
	src, lines, zero := Load(Param("src"), GP64()), Load(Param("lines"), GP64()), Load(Param("zero"), GP64())
	first := Load(Param("from"), GP64())
	LEAQ(Mem{Base: src, Index: first, Scale: 4}, src)
	LEAQ(Mem{Base: zero, Index: first, Scale: 4}, zero)
	var from [8]Register
	for r := range from {
		offset := GP64()
		MOVQ(Mem{Base: lines, Disp: 8 * r}, offset)
		from[r] = line(src, zero, offset)
	}
	dst, stride := Load(Param("dst"), GP64()), Load(Param("stride"), GP64())
	stride3, at := GP64(), GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	XORQ(at, at)
	Label("columns")
	// Halves of four numbers of lines r and r + 4 side by side, so that transposing
	// within the halves is all that is left.
	var low, high [4]VecVirtual
	for r := range 4 {
		low[r], high[r] = YMM(), YMM()
		VMOVUPS(Mem{Base: from[r], Index: at, Scale: 4}, low[r].AsX())
		VINSERTF128(Imm(1), Mem{Base: from[r+4], Index: at, Scale: 4}, low[r], low[r])
		VMOVUPS(Mem{Base: from[r], Index: at, Scale: 4, Disp: 16}, high[r].AsX())
		VINSERTF128(Imm(1), Mem{Base: from[r+4], Index: at, Scale: 4, Disp: 16}, high[r], high[r])
	}
	for _, half := range [][4]VecVirtual{low, high} {
		a, b, c, d := YMM(), YMM(), YMM(), YMM()
		VUNPCKLPS(half[1], half[0], a)
		VUNPCKHPS(half[1], half[0], b)
		VUNPCKLPS(half[3], half[2], c)
		VUNPCKHPS(half[3], half[2], d)
		for i, pair := range [][2]VecVirtual{{a, c}, {b, d}} {
			even, odd := YMM(), YMM()
			VUNPCKLPD(pair[1], pair[0], even)
			VUNPCKHPD(pair[1], pair[0], odd)
			if i == 0 {
				VMOVUPS(even, Mem{Base: dst})
				VMOVUPS(odd, Mem{Base: dst, Index: stride, Scale: 1})
			} else {
				VMOVUPS(even, Mem{Base: dst, Index: stride, Scale: 2})
				VMOVUPS(odd, Mem{Base: dst, Index: stride3, Scale: 1})
			}
		}
		LEAQ(Mem{Base: dst, Index: stride, Scale: 4}, dst)
	}
	ADDQ(Imm(8), at)
	CMPQ(at, arg("length"))
	JLT(LabelRef("columns"))
	VZEROUPPER()
	RET()
}
