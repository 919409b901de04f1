package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Gradients of products of codes look up lines of 16 factors: the lines of four channels of a code stand together, 256
// bytes. Rows of such lines become columns by transposing a block in registers: with 16 lanes, 8 columns of 16 rows, with 8
// lanes, 4 columns of 8 rows.

// columns is how many columns of a row are transposed at a time.
func (s set) columns() int { return s.lanes / 2 }

// vectors returns n registers. The allocator knows all 32 of AVX-512 and does not spare any, so functions for AVX2 reuse
// theirs.
func (s set) vectors(n int) []VecVirtual {
	v := make([]VecVirtual, n)
	for i := range v {
		v[i] = s.vector()
	}
	return v
}

// transpose reads as many columns as columns says, of as many rows as there are lanes, from where row says, and returns
// the columns. Before, it calls each for every vector of two rows, r and r + 4. It uses as many registers as there are
// lanes.
func (s set) transpose(use []VecVirtual, row func(r int) Mem, each func(v VecVirtual, r int)) []VecVirtual {
	rows, pairs := use[:s.lanes/2], use[s.lanes/2:]
	for q := 0; q < len(rows); q += 4 {
		v, p := rows[q:][:4], pairs[q:][:4]
		for i := range v {
			r := 2*q + i
			if s.lanes == 16 {
				VMOVUPS(row(r), v[i].AsY())
				VINSERTF64X4(Imm(1), row(r+4), v[i], v[i])
			} else {
				VMOVUPS(row(r), v[i].AsX())
				VINSERTF128(Imm(1), row(r+4), v[i], v[i])
			}
			each(v[i], r)
		}
		VUNPCKLPS(v[1], v[0], p[0])
		VUNPCKLPS(v[3], v[2], p[1])
		VUNPCKHPS(v[1], v[0], p[2])
		VUNPCKHPS(v[3], v[2], p[3])
		for i := 0; i < 4; i += 2 { // of each 128 bits, a column of four rows
			VUNPCKLPD(p[i+1], p[i], v[i])
			VUNPCKHPD(p[i+1], p[i], v[i+1])
		}
	}
	if s.lanes == 8 {
		return rows
	}
	for c := range 4 {
		VSHUFF32X4(Imm(0x88), rows[4+c], rows[c], pairs[c]) // 128 bits 0 and 2 of both
		VSHUFF32X4(Imm(0xdd), rows[4+c], rows[c], pairs[4+c])
	}
	return pairs
}

func expandFactors(s set) {
	name := "expandFactors" + s.name
	TEXT(name, NOSPLIT, "func(table *float32, rows *uint32, scale, zero, dst *float32, count int)")
	Doc(name+" makes lines of factors for count codes, a positive multiple of 16: number j of code c is scale[j] ·",
		"(t[c] − zero[j]), where t begins rows[j] bytes into table. Lines are 256 bytes apart.")
	Pragma("noescape")
	table, rows, dst, count := Load(Param("table"), GP64()), Load(Param("rows"), GP64()), Load(Param("dst"), GP64()), Load(Param("count"), GP64())
	scaleAt, zeroAt := Load(Param("scale"), GP64()), Load(Param("zero"), GP64())
	scale, zero, use := s.vectors(16/s.lanes), s.vectors(16/s.lanes), s.vectors(s.lanes)
	for i := range scale {
		VMOVUPS(Mem{Base: scaleAt, Disp: 4 * s.lanes * i}, scale[i])
		VMOVUPS(Mem{Base: zeroAt, Disp: 4 * s.lanes * i}, zero[i])
	}
	Label(name + "loop")
	for i := range scale {
		columns := s.transpose(use, func(r int) Mem {
			at := GP64()
			MOVL(Mem{Base: rows, Disp: 4 * (s.lanes*i + r)}, at.As32())
			return Mem{Base: table, Index: at, Scale: 1}
		}, func(VecVirtual, int) {})
		for c, v := range columns {
			VSUBPS(zero[i], v, v)
			VMULPS(scale[i], v, v)
			VMOVUPS(v, Mem{Base: dst, Disp: 256*c + 4*s.lanes*i})
		}
	}
	ADDQ(Imm(uint64(4*s.columns())), table)
	ADDQ(U32(256*s.columns()), dst)
	SUBQ(Imm(uint64(s.columns())), count)
	JNZ(LabelRef(name + "loop"))
	VZEROUPPER()
	RET()
}

func addInputTerms(s set) {
	name := "addInputTerms" + s.name
	TEXT(name, NOSPLIT, "func(table *float32, codes *uint16, dy *float32, list *[2]uint32, n int, sums *float32)")
	Doc(name+" adds 16 terms to each of four sums of n pixels, n a positive multiple of 4: for each pair p, q in list",
		"the terms are the products of line q/8 of dy with the lines of the codes 2p to 2p + 3, one after the other, added to",
		"sums 2p to 2p + 3. A code is 32 times the code of table, which has its four lines.")
	Pragma("noescape")
	table, codes, dy := Load(Param("table"), GP64()), Load(Param("codes"), GP64()), Load(Param("dy"), GP64())
	list, n, sums := Load(Param("list"), GP64()), Load(Param("n"), GP64()), Load(Param("sums"), GP64())
	pixels := s.lanes / 4
	Label(name + "loop")
	var at []Register // twice each pixel
	// The gradients of two pixels at a time, in the places of the vectors of transpose.
	steps := 16 / s.columns()
	lines := make([][]VecVirtual, steps)
	for p := 0; p < pixels; p += 2 {
		var line [2]Register
		for i := range line {
			a := GP64()
			line[i] = GP64()
			MOVL(Mem{Base: list, Disp: 8 * (p + i)}, a.As32())
			MOVL(Mem{Base: list, Disp: 8*(p+i) + 4}, line[i].(GPVirtual).As32())
			at = append(at, a)
		}
		for h := range steps {
			v := s.vector()
			disp := 4 * s.columns() * h
			if s.lanes == 16 {
				VMOVUPS(Mem{Base: dy, Index: line[0], Scale: 8, Disp: disp}, v.AsY())
				VINSERTF64X4(Imm(1), Mem{Base: dy, Index: line[1], Scale: 8, Disp: disp}, v, v)
			} else {
				VMOVUPS(Mem{Base: dy, Index: line[0], Scale: 8, Disp: disp}, v.AsX())
				VINSERTF128(Imm(1), Mem{Base: dy, Index: line[1], Scale: 8, Disp: disp}, v, v)
			}
			lines[h] = append(lines[h], v)
		}
	}
	sum, use := s.vector(), s.vectors(s.lanes)
	place := func(p int) Mem { return Mem{Base: sums, Index: at[p], Scale: 8} }
	VMOVUPS(place(0), sum.AsX())
	for p := 1; p < pixels; p++ {
		if s.lanes == 16 {
			VINSERTF32X4(Imm(uint64(p)), place(p), sum, sum)
		} else {
			VINSERTF128(Imm(1), place(p), sum, sum)
		}
	}
	for h := range steps {
		columns := s.transpose(use, func(r int) Mem {
			code := GP64()
			MOVWLZX(Mem{Base: codes, Index: at[r/4], Scale: 4, Disp: 2 * (r % 4)}, code.As32())
			return Mem{Base: table, Index: code, Scale: 8, Disp: 64*(r%4) + 4*s.columns()*h}
		}, func(v VecVirtual, r int) { VMULPS(lines[h][r/8], v, v) })
		for _, v := range columns {
			VADDPS(v, sum, sum)
		}
	}
	VMOVUPS(sum.AsX(), place(0))
	for p := 1; p < pixels; p++ {
		if s.lanes == 16 {
			VEXTRACTF32X4(Imm(uint64(p)), sum, place(p))
		} else {
			VEXTRACTF128(Imm(1), sum, place(p))
		}
	}
	ADDQ(Imm(uint64(8*pixels)), list)
	SUBQ(Imm(uint64(pixels)), n)
	JNZ(LabelRef(name + "loop"))
	VZEROUPPER()
	RET()
}

func addWeightTerms(s set) {
	name := "addWeightTerms" + s.name
	TEXT(name, NOSPLIT, "func(table *float32, codes *uint16, dy *float32, list *uint32, n int, sums *float32)")
	Doc(name+" adds n terms, n positive, to each of four lines of 16 sums, one after the other. The terms are the",
		"products of the lines of dy in turn with the lines of the codes 4p to 4p + 3, p being the numbers in",
		"list. A code is 32 times the code of table, which has its four lines.")
	Pragma("noescape")
	table, codes, dy := Load(Param("table"), GP64()), Load(Param("codes"), GP64()), Load(Param("dy"), GP64())
	list, n := Load(Param("list"), GP64()), Load(Param("n"), GP64())
	parts := 16 / s.lanes
	var acc [4][]VecVirtual
	sums := Load(Param("sums"), GP64())
	place := func(c, i int) Mem { return Mem{Base: sums, Disp: 64*c + 4*s.lanes*i} }
	for c := range acc {
		for i := range parts {
			v := s.vector()
			VMOVUPS(place(c, i), v)
			acc[c] = append(acc[c], v)
		}
	}
	line, product := s.vectors(parts), s.vectors(parts)
	Label(name + "loop")
	p := GP64()
	MOVL(Mem{Base: list}, p.As32())
	for i := range line {
		VMOVUPS(Mem{Base: dy, Disp: 4 * s.lanes * i}, line[i])
	}
	for c := range acc {
		code := GP64()
		MOVWLZX(Mem{Base: codes, Index: p, Scale: 8, Disp: 2 * c}, code.As32())
		for i := range line {
			VMULPS(Mem{Base: table, Index: code, Scale: 8, Disp: 64*c + 4*s.lanes*i}, line[i], product[i])
			VADDPS(product[i], acc[c][i], acc[c][i])
		}
	}
	ADDQ(Imm(4), list)
	ADDQ(Imm(64), dy)
	DECQ(n)
	JNZ(LabelRef(name + "loop"))
	for c := range acc {
		for i, v := range acc[c] {
			VMOVUPS(v, place(c, i))
		}
	}
	VZEROUPPER()
	RET()
}
