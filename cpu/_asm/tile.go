package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// set is a set of instructions.
type set struct {
	name   string
	lanes  int // of 32 bits in a vector
	vector func() VecVirtual
}

var (
	avx2   = set{"AVX2", 8, YMM}
	avx512 = set{"AVX512", 16, ZMM}
)

// tile is what the tile functions have in common: a loop over the terms of a
// chunk that adds to sums of rows × vectors outputs.
type tile struct {
	set
	name       string
	table      Register
	a, b       Register
	stride     []Register // 1, 3 and 5 times the bytes from row to row of a
	acc        [][]VecVirtual
	operand    int // bytes of an operand A
	column     int // bytes of a panel for one k
	terms      Register
	rows, cols int
}

// newTile begins a function.
func newTile(s set, name string, rows, vectors, operand, column int) *tile {
	t := &tile{set: s, name: name, rows: rows, cols: vectors * s.lanes, operand: operand, column: column}
	TEXT(name, NOSPLIT, "func(table, a *byte, stride uint64, b *byte, terms int, c *float32, ldc uint64)")
	Doc(fmt.Sprintf("%s adds one chunk to %d rows of %d outputs in c, whose rows lie ldc bytes apart: the", name, rows, t.cols),
		"sums of the products of operands in a, whose rows lie stride bytes apart, with a",
		"panel b. terms is positive.")
	Pragma("noescape")
	t.a, t.b, t.terms = Load(Param("a"), GP64()), Load(Param("b"), GP64()), Load(Param("terms"), GP64())
	s1 := Load(Param("stride"), GP64())
	t.stride = []Register{s1}
	for n := 3; n < rows; n += 2 {
		m := GP64()
		LEAQ(Mem{Base: t.stride[len(t.stride)-1], Index: s1, Scale: 2}, m)
		t.stride = append(t.stride, m)
	}
	t.acc = make([][]VecVirtual, rows)
	for r := range t.acc {
		for range vectors {
			v := s.vector()
			if s.lanes == 16 {
				VPXORD(v, v, v)
			} else {
				VXORPS(v, v, v)
			}
			t.acc[r] = append(t.acc[r], v)
		}
	}
	return t
}

// loadTable makes the parameter table available.
func (t *tile) loadTable() { t.table = Load(Param("table"), GP64()) }

// at is where the operand of a row lies, disp bytes in.
func (t *tile) at(row, disp int) Mem {
	switch row {
	case 0:
		return Mem{Base: t.a, Disp: disp}
	case 1, 2, 4:
		return Mem{Base: t.a, Index: t.stride[0], Scale: uint8(row), Disp: disp}
	}
	return Mem{Base: t.a, Index: t.stride[row/2], Scale: 1, Disp: disp}
}

// loop repeats body for every term and adds the sums to c.
func (t *tile) loop(body func()) {
	Label(t.name + "loop")
	body()
	ADDQ(Imm(uint64(t.operand)), t.a)
	ADDQ(U32(t.column), t.b)
	DECQ(t.terms)
	JNZ(LabelRef(t.name + "loop"))
	c, ldc := Load(Param("c"), GP64()), Load(Param("ldc"), GP64())
	for r, vectors := range t.acc {
		for q, v := range vectors {
			place := Mem{Base: c, Disp: 4 * t.lanes * q}
			VADDPS(place, v, v)
			VMOVUPS(v, place)
		}
		if r+1 < len(t.acc) {
			ADDQ(ldc, c)
		}
	}
	VZEROUPPER()
	RET()
}

// nativeTile multiplies in binary32, rounding the product and the sum.
func nativeTile(s set, rows int) {
	vectors := 2
	if s.lanes == 16 {
		vectors = 4
	}
	t := newTile(s, fmt.Sprintf("native%d%s", rows, s.name), rows, vectors, 4, 4*vectors*s.lanes)
	t.loop(func() {
		b := make([]VecVirtual, vectors)
		for q := range b {
			b[q] = s.vector()
			VMOVUPS(Mem{Base: t.b, Disp: 4 * s.lanes * q}, b[q])
		}
		for r := range rows {
			a := s.vector()
			if s.lanes == 8 {
				VBROADCASTSS(t.at(r, 0), a)
			}
			for q := range b {
				p := s.vector()
				if s.lanes == 8 {
					VMULPS(b[q], a, p)
				} else {
					VMULPS_BCST(t.at(r, 0), b[q], p)
				}
				VADDPS(p, t.acc[r][q], t.acc[r][q])
			}
		}
	})
}

// shuffleTile looks up a row of 16·groups bytes by vpshufb, which returns 0 for an
// index with its top bit set. The table holds the exclusive or of each group of
// 16 with the one before, and group t is looked up at index − 16t: every group up
// to the index's own gives its part, the ones beyond it nothing, and what is left
// of the parts is the index's own entry.
//
// A product fits 16 bits: the entry plus B's sign and exponent. A's sign and
// exponent, a power of two, multiply it within the fused addition, exactly.
func shuffleTile(groups int) {
	t := newTile(avx2, fmt.Sprintf("shuffle%dAVX2", groups), 2, 4, 8, 96)
	t.loadTable()
	sixteen := constant(t.name+"sixteen", 0x10101010)
	low := constant(t.name+"low", 0x00ff00ff)
	high := constant(t.name+"high", 0xffff0000)
	t.loop(func() {
		x := YMM()
		VMOVDQU(Mem{Base: t.b}, x)
		var row [2]Register
		var found [2]VecVirtual
		for r := range row {
			g := GP64()
			MOVL(t.at(r, 4), g.As32())
			ADDQ(t.table, g)
			row[r] = g
		}
		for g := range groups {
			if g > 0 {
				VPSUBB(sixteen, x, x)
			}
			for r := range row {
				part := YMM()
				VBROADCASTI128(Mem{Base: row[r], Disp: 16 * g}, part)
				VPSHUFB(x, part, part)
				if g == 0 {
					found[r] = part
				} else {
					VPXOR(part, found[r], found[r])
				}
			}
		}
		for r := range row {
			even, odd, lower, scale := YMM(), found[r], YMM(), YMM()
			VPAND(low, found[r], even)
			VPSRLW(Imm(8), found[r], odd)
			VPADDW(Mem{Base: t.b, Disp: 32}, even, even)
			VPADDW(Mem{Base: t.b, Disp: 64}, odd, odd)
			VBROADCASTSS(t.at(r, 0), scale)
			for q, word := range []VecVirtual{even, odd} {
				VPSLLD(Imm(16), word, lower)
				VFMADD231PS(lower, scale, t.acc[r][q])
				VPAND(high, word, word)
				VFMADD231PS(word, scale, t.acc[r][q+2])
			}
		}
	})
}

// gatherTile looks up entries of 32 bits. An index has its top bit set where
// there is something to look up, which makes it the gather's mask as well; the
// address makes up for the bit.
func gatherTile(rows int) {
	t := newTile(avx2, fmt.Sprintf("gather%dAVX2", rows), rows, 2, 8, 128)
	t.loadTable()
	correct := GP64()
	MOVQ(U64(1<<33), correct)
	ADDQ(correct, t.table)
	t.loop(func() {
		var index [2]VecVirtual
		for q := range index {
			index[q] = YMM()
			VMOVDQU(Mem{Base: t.b, Disp: 32 * q}, index[q])
		}
		for r := range rows {
			row, scale := GP64(), YMM()
			MOVL(t.at(r, 4), row.As32())
			ADDQ(t.table, row)
			VBROADCASTSS(t.at(r, 0), scale)
			for q := range index {
				mask, found := YMM(), YMM()
				VMOVDQA(index[q], mask)
				VPXOR(found, found, found)
				VPGATHERDD(mask, Mem{Base: row, Index: index[q], Scale: 4}, found)
				VPADDD(Mem{Base: t.b, Disp: 64 + 32*q}, found, found)
				VFMADD231PS(found, scale, t.acc[r][q])
			}
		}
	})
}

// vbmiTile looks up a row of 128 bytes, held in two registers, by vpermt2b. Its
// index has the top bit set, which the look-up does not see, where there is
// something to look up; elsewhere the entry is masked to 0. vpermb then places
// the entries of 16 columns where they add to B's sign and exponent.
func vbmiTile(rows int) {
	t := newTile(avx512, fmt.Sprintf("vbmi%dAVX512", rows), rows, 4, 8, 320)
	t.loadTable()
	bytes, present, mask := K(), K(), GP64()
	MOVQ(U64(0x4444444444444444), mask)
	KMOVQ(mask, bytes)
	var place [4]VecVirtual
	for q := range place {
		m := GLOBL(fmt.Sprintf("%splace%d", t.name, q), RODATA|NOPTR)
		for l := range 16 {
			DATA(4*l, U32(uint32(16*q+l)<<16))
		}
		place[q] = ZMM()
		VMOVDQU32(m, place[q])
	}
	t.loop(func() {
		index := ZMM()
		VMOVDQU32(Mem{Base: t.b}, index)
		VPMOVB2M(index, present)
		for r := range rows {
			row, found := GP64(), ZMM()
			MOVL(t.at(r, 4), row.As32())
			VMOVDQU32(Mem{Base: t.table, Index: row, Scale: 1}, found)
			VPERMT2B_Z(Mem{Base: t.table, Index: row, Scale: 1, Disp: 64}, index, present, found)
			for q := range place {
				product := ZMM()
				VPERMB_Z(found, place[q], bytes, product)
				VPADDD(Mem{Base: t.b, Disp: 64 + 64*q}, product, product)
				VFMADD231PS_BCST(t.at(r, 0), product, t.acc[r][q])
			}
		}
	})
}
