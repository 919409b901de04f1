package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// expand transposes 16 rows of words, eight columns at once: a register has eight words of row r and eight of row r +
// 8.
func expand() {
	TEXT("expandAVX2", NOSPLIT, "func(table *int16, rows *[16]uint32, dst *int16, columns int)")
	Doc("expandAVX2 writes columns of 16 rows of words: dst[16a + p] = the word a of the row rows[p] bytes into table.",
		"columns is a positive multiple of 8.")
	Pragma("noescape")
	table, rows, dst, columns := load64("table"), load64("rows"), load64("dst"), load64("columns")
	Label("expand")
	// The registers are named: of those that the allocator knows, AVX2 has half.
	v, free := []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7}, []VecPhysical{Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y15}
	for r := range v {
		low, high := GP64(), GP64()
		MOVL(Mem{Base: rows, Disp: 4 * r}, low.As32())
		MOVL(Mem{Base: rows, Disp: 4*r + 32}, high.As32())
		VMOVDQU(Mem{Base: table, Index: low, Scale: 1}, v[r].AsX())
		VINSERTI128(Imm(1), Mem{Base: table, Index: high, Scale: 1}, v[r], v[r])
	}
	// Three steps of unpacking: words, pairs and fours.
	step := func(low, high func(_, _, _ Op), order [4][2]int) {
		for i, p := range order {
			low(v[p[1]], v[p[0]], free[2*i])
			high(v[p[1]], v[p[0]], free[2*i+1])
		}
		v, free = free, v
	}
	op := func(f func(...Op)) func(_, _, _ Op) { return func(a, b, c Op) { f(a, b, c) } }
	step(op(VPUNPCKLWD), op(VPUNPCKHWD), [4][2]int{{0, 1}, {2, 3}, {4, 5}, {6, 7}})
	// 0: rows 0 1, columns 0-3; 1: columns 4-7; 2, 3: rows 2 3; 4, 5: rows 4 5; 6, 7: rows 6 7
	step(op(VPUNPCKLDQ), op(VPUNPCKHDQ), [4][2]int{{0, 2}, {1, 3}, {4, 6}, {5, 7}})
	// 0: rows 0-3, columns 0 1; 1: 2 3; 2: 4 5; 3: 6 7; 4 to 7: rows 4-7
	step(op(VPUNPCKLQDQ), op(VPUNPCKHQDQ), [4][2]int{{0, 4}, {1, 5}, {2, 6}, {3, 7}})
	for i, w := range v {
		VMOVDQU(w, Mem{Base: dst, Disp: 32 * i})
	}
	ADDQ(Imm(16), table)
	ADDQ(U32(256), dst)
	SUBQ(Imm(8), columns)
	JNZ(LabelRef("expand"))
	VZEROUPPER()
	RET()
}

// words adds up words of two tables.
func words(signs bool) {
	name := "wordsAVX2"
	if signs {
		name = "signedWordsAVX2"
		TEXT(name, NOSPLIT, "func(first, second *int16, codes *uint16, signs *int16, rows int, sums *int32)")
		Doc(name + " is wordsAVX2 with two factors, 1 or −1, for each row.")
	} else {
		TEXT(name, NOSPLIT, "func(first, second *int16, codes *uint16, rows int, sums *int32)")
		Doc(name+" adds to each row of 16 sums the 16 words that are 8 times its first code bytes into first, and those that",
			"are 8 times its second code into second. A sum of column c takes word c of 0 to 3 and 12 to 15, c + 4 of",
			"4 to 7 and c − 4 of 8 to 11. rows is positive.")
	}
	Pragma("noescape")
	first, second, codes := load64("first"), load64("second"), load64("codes")
	rows, sums := load64("rows"), load64("sums")
	var signAt Register
	var ones VecVirtual
	if signs {
		signAt = load64("signs")
	} else {
		ones = spread16(YMM(), 1)
	}
	Label(name + "loop")
	a, b := GP64(), GP64()
	MOVWLZX(Mem{Base: codes}, a.As32())
	MOVWLZX(Mem{Base: codes, Disp: 2}, b.As32())
	x, y, low, high := YMM(), YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: first, Index: a, Scale: 8}, x)
	VMOVDQU(Mem{Base: second, Index: b, Scale: 8}, y)
	VPUNPCKLWD(y, x, low)
	VPUNPCKHWD(y, x, high)
	by := ones
	if signs {
		by = YMM()
		VPBROADCASTD(Mem{Base: signAt}, by)
		ADDQ(Imm(4), signAt)
	}
	VPMADDWD(by, low, low)
	VPMADDWD(by, high, high)
	VPADDD(Mem{Base: sums}, low, low)
	VPADDD(Mem{Base: sums, Disp: 32}, high, high)
	VMOVDQU(low, Mem{Base: sums})
	VMOVDQU(high, Mem{Base: sums, Disp: 32})
	ADDQ(Imm(4), codes)
	ADDQ(Imm(64), sums)
	DECQ(rows)
	JNZ(LabelRef(name + "loop"))
	VZEROUPPER()
	RET()
}
