package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// set is a set of instructions.
type set struct {
	lanes   int // of 32 bits in a vector
	vectors int // of a tile's row
	vector  func() VecVirtual
}

var (
	avx2   = set{8, 2, YMM}
	avx512 = set{16, 4, ZMM}
)

const tileRows = 6

// dot is a tile of native products. A group is 32 bits of a row of A: four bytes or two words. multiply adds the
// products with the groups of 16 columns to their sums; nil stands for VPMADDWD and VPADDD.
func dot(name, operandA, operandB string, s set, multiply func(...Op)) {
	TEXT(name, NOSPLIT, "func(a *"+operandA+", stride uint64, b *"+operandB+
		", groups int, out *int32, ldo uint64, row, col *int32)")
	Doc(fmt.Sprintf("%s adds to %d rows of %d sums in out, whose rows lie ldo bytes apart, the sums of products of as",
		name, tileRows, s.vectors*s.lanes),
		"many groups, at least one, of 4 bytes: of rows of a, which lie stride bytes apart, with columns of b. It adds a",
		"number of row to each sum of its row, and one of col to each sum of its column.")
	Pragma("noescape")
	a, b, groups := load64("a"), load64("b"), load64("groups")
	stride := load64("stride")
	stride3, stride5 := GP64(), GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	LEAQ(Mem{Base: stride3, Index: stride, Scale: 2}, stride5)
	at := []Mem{{Base: a}, {Base: a, Index: stride, Scale: 1}, {Base: a, Index: stride, Scale: 2},
		{Base: a, Index: stride3, Scale: 1}, {Base: a, Index: stride, Scale: 4}, {Base: a, Index: stride5, Scale: 1}}
	acc := make([][]VecVirtual, tileRows)
	for r := range acc {
		for range s.vectors {
			acc[r] = append(acc[r], zero(s.vector()))
		}
	}
	group := func(n int) {
		columns := make([]VecVirtual, s.vectors)
		for q := range columns {
			columns[q] = s.vector()
			move(s, Mem{Base: b, Disp: 4 * s.lanes * (s.vectors*n + q)}, columns[q])
		}
		for r := range acc {
			x := s.vector()
			from := at[r]
			from.Disp = 4 * n
			VPBROADCASTD(from, x)
			for q := range columns {
				if multiply != nil {
					multiply(columns[q], x, acc[r][q])
					continue
				}
				p := x
				if q+1 < len(columns) {
					p = s.vector()
				}
				VPMADDWD(columns[q], x, p)
				VPADDD(p, acc[r][q], acc[r][q])
			}
		}
	}
	next := func(n int) {
		ADDQ(Imm(uint64(4*n)), a)
		ADDQ(U32(4*s.lanes*s.vectors*n), b)
	}
	TESTQ(U32(1), groups)
	JZ(LabelRef(name + "even"))
	group(0)
	next(1)
	DECQ(groups)
	JZ(LabelRef(name + "end"))
	Label(name + "even")
	group(0)
	group(1)
	next(2)
	SUBQ(Imm(2), groups)
	JNZ(LabelRef(name + "even"))
	Label(name + "end")
	out, ldo, row, col := load64("out"), load64("ldo"), load64("row"), load64("col")
	for r := range acc {
		x := s.vector()
		VPBROADCASTD(Mem{Base: row, Disp: 4 * r}, x)
		for q, v := range acc[r] {
			at := 4 * s.lanes * q
			VPADDD(x, v, v)
			VPADDD(Mem{Base: col, Disp: at}, v, v)
			VPADDD(Mem{Base: out, Disp: at}, v, v)
			move(s, v, Mem{Base: out, Disp: at})
		}
		if r+1 < len(acc) {
			ADDQ(ldo, out)
		}
	}
	VZEROUPPER()
	RET()
}

// move loads or stores a vector.
func move(s set, from, to Op) {
	if s.lanes == 16 {
		VMOVDQU32(from, to)
	} else {
		VMOVDQU(from, to)
	}
}

// table holds 256 bytes in registers.
type table [4]VecVirtual

func loadTable(base Register) (t table) {
	for i := range t {
		t[i] = ZMM()
		VMOVDQU32(Mem{Base: base, Disp: 64 * i}, t[i])
	}
	return t
}

// look replaces 64 indices by bytes. The first look-up leaves indices of 128 and more, the second replaces those.
func (t table) look(x VecVirtual) {
	high, low := K(), K()
	VPMOVB2M(x, high)
	KNOTQ(high, low)
	t.masked(x, low, high)
}

func (t table) masked(x VecVirtual, low, high Op) {
	VPERMI2B(t[1], t[0], low, x)
	VPERMI2B(t[3], t[2], high, x)
}

func look() {
	TEXT("lookAVX512", NOSPLIT, "func(table, src, dst *byte, n int) (sum uint64)")
	Doc("lookAVX512 writes table[c], of 256 bytes, for each of n bytes c of src to dst, and returns their sum without",
		"signs. n is a positive multiple of 64.")
	Pragma("noescape")
	t := loadTable(load64("table"))
	src, dst, n := load64("src"), load64("dst"), load64("n")
	none, sums := zero(ZMM()), zero(ZMM())
	Label("look")
	x, s := ZMM(), ZMM()
	VMOVDQU32(Mem{Base: src}, x)
	t.look(x)
	VMOVDQU32(x, Mem{Base: dst})
	VPSADBW(none, x, s)
	VPADDQ(s, sums, sums)
	ADDQ(Imm(64), src)
	ADDQ(Imm(64), dst)
	SUBQ(Imm(64), n)
	JNZ(LabelRef("look"))
	half := YMM()
	VEXTRACTI64X4(Imm(1), sums, half)
	VPADDQ(sums.AsY(), half, half)
	quarter, other := XMM(), XMM()
	VEXTRACTI128(Imm(1), half, quarter)
	VPADDQ(half.AsX(), quarter, quarter)
	VPSRLDQ(Imm(8), quarter, other)
	VPADDQ(other, quarter, quarter)
	r := GP64()
	VMOVQ(quarter, r)
	Store(r, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// packQuads unpacks within lanes of 16 bytes. So that 16 neighbours come together, byte 16·L + 4·q + e of a row is
// moved from 16·q + 4·L + e beforehand.
func packQuads() {
	TEXT("packQuadsAVX512", NOSPLIT, "func(table, src *byte, stride uint64, dst *byte, groups int, sums *int32)")
	Doc("packQuadsAVX512 packs groups of 4 rows of 64 bytes of src, whose rows lie stride bytes apart, for",
		"dotBytesAVX512: table[c], of 256 bytes, of a column's 4 rows stand together. It writes their 64 sums, with signs.",
		"groups is positive.")
	Pragma("noescape")
	t := loadTable(load64("table"))
	src, stride, dst, groups := load64("src"), load64("stride"), load64("dst"), load64("groups")
	order := GLOBL("quadorder", RODATA|NOPTR)
	for l := range 4 {
		for q := range 4 {
			DATA(16*l+4*q, U32(uint32(16*q+4*l)*0x01010101+0x03020100))
		}
	}
	place, ones := ZMM(), ZMM()
	VMOVDQU32(order, place)
	r := GP32()
	MOVL(U32(0x01010101), r)
	VPBROADCASTD(r, ones)
	var sums [4]VecVirtual
	for q := range sums {
		sums[q] = zero(ZMM())
	}
	Label("quads")
	var x [4]VecVirtual
	for h := range x {
		x[h] = ZMM()
		VMOVDQU32(Mem{Base: src}, x[h])
		VPERMB(x[h], place, x[h])
		t.look(x[h])
		ADDQ(stride, src)
	}
	a0, a1, c0, c1 := ZMM(), ZMM(), ZMM(), ZMM()
	VPUNPCKLBW(x[1], x[0], a0)
	VPUNPCKHBW(x[1], x[0], a1)
	VPUNPCKLBW(x[3], x[2], c0)
	VPUNPCKHBW(x[3], x[2], c1)
	for q, pair := range [][2]VecVirtual{{a0, c0}, {a0, c0}, {a1, c1}, {a1, c1}} {
		v := ZMM()
		if q&1 == 0 {
			VPUNPCKLWD(pair[1], pair[0], v)
		} else {
			VPUNPCKHWD(pair[1], pair[0], v)
		}
		VPDPBUSD(v, ones, sums[q])
		VMOVDQU32(v, Mem{Base: dst, Disp: 64 * q})
	}
	ADDQ(U32(256), dst)
	DECQ(groups)
	JNZ(LabelRef("quads"))
	to := load64("sums")
	for q, v := range sums {
		VMOVDQU32(v, Mem{Base: to, Disp: 64 * q})
	}
	VZEROUPPER()
	RET()
}
