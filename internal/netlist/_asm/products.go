package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// pairs is the number of pairs that products are formed of at a time: the order of
// pairs repeats after so many.
const pairs = 512

// products forms products of one size. Eight planes at a time become bytes: bit k
// of byte j in vector r is plane k of bit r in byte j of the planes. What is left is
// interleaving bytes of a product; pairs are in an order in which results of 2 bytes
// lie as they are stored.
func products(s set, bytes int) {
	name := fmt.Sprintf("products%d%s", 8*bytes, s.name)
	TEXT(name, 0, "func(planes **uint64, n int, out *byte)")
	Doc(fmt.Sprintf("%s forms %d·n products of %d planes, n positive.", name, pairs, 8*bytes))
	Pragma("noescape")
	planes, n, out := Load(Param("planes"), GP64()), Load(Param("n"), GP64()), Load(Param("out"), GP64())
	var kept, low, high Mem // eight vectors: of one byte, then of words
	if bytes > 1 {
		kept = AllocLocal(8 * s.bytes)
	}
	if bytes == 4 {
		low, high = AllocLocal(8*s.bytes), AllocLocal(8*s.bytes)
	}
	t := newTransposition(s, name)
	var order VecVirtual
	var pick [2]VecVirtual
	if s.wide() && bytes == 1 {
		order = ZMM()
		VMOVDQU64(words(name+"order", 0, 2, 4, 6, 1, 3, 5, 7), order)
	}
	if s.wide() && bytes == 4 {
		for i, w := range [][]uint64{{0, 1, 8, 9, 2, 3, 10, 11}, {4, 5, 12, 13, 6, 7, 14, 15}} {
			pick[i] = ZMM()
			VMOVDQU64(words(fmt.Sprintf("%spick%d", name, i), w...), pick[i])
		}
	}
	at := GP64() // in the planes
	XORQ(at, at)
	Label(name + "next")
	for half := range 64 / s.bytes {
		to := func(pair int) Mem { return Mem{Base: out, Disp: bytes * (16*half + pair)} }
		byteOf := func(j int) []VecVirtual {
			var v []VecVirtual
			for k := range 8 {
				p := GP64()
				MOVQ(Mem{Base: planes, Disp: 8 * (8*j + k)}, p)
				r := s.vector()
				s.load(Mem{Base: p, Index: at, Scale: 1, Disp: s.bytes * half}, r)
				v = append(v, r)
			}
			t.transpose(v)
			return v
		}
		keep := func(v []VecVirtual, in Mem) {
			for r, b := range v {
				s.store(b, in.Offset(s.bytes*r))
			}
		}
		// both returns the interleaved halves of vector r of the lower byte, with the
		// upper one kept.
		both := func(lower VecVirtual, r int) (first, second VecVirtual) {
			first, second = s.vector(), s.vector()
			VPUNPCKLBW(kept.Offset(s.bytes*r), lower, first)
			VPUNPCKHBW(kept.Offset(s.bytes*r), lower, second)
			return first, second
		}
		switch bytes {
		case 1:
			for r, v := range byteOf(0) {
				if s.wide() {
					VPERMQ(v, order, v)
					VMOVDQU64(v, to(64*r))
					continue
				}
				VPERMQ(Imm(0xd8), v, v)
				VMOVDQU(v.AsX(), to(64*r))
				VEXTRACTI128(Imm(1), v, to(64*r+32))
			}
		case 2:
			keep(byteOf(1), kept)
			for r, v := range byteOf(0) {
				for i, w := range pair(both(v, r)) {
					s.store(w, to(64*r+32*i))
				}
			}
		case 4:
			keep(byteOf(3), kept)
			for r, v := range byteOf(2) {
				l, h := both(v, r)
				s.store(l, low.Offset(s.bytes*r))
				s.store(h, high.Offset(s.bytes*r))
			}
			keep(byteOf(1), kept)
			for r, v := range byteOf(0) {
				for i, w := range pair(both(v, r)) {
					upper := []Mem{low, high}[i].Offset(s.bytes * r)
					l, h := s.vector(), s.vector()
					VPUNPCKLWD(upper, w, l)
					VPUNPCKHWD(upper, w, h)
					for k := range 2 {
						v := s.vector()
						place := to(64*r + 32*i + 8*k)
						if s.wide() {
							place = to(64*r + 32*i + 16*k)
							VMOVDQA64(l, v)
							VPERMT2Q(h, pick[k], v)
						} else {
							VPERM2I128(Imm(0x20+0x11*uint64(k)), h, l, v)
						}
						s.store(v, place)
					}
				}
			}
		}
	}
	ADDQ(Imm(pairs/8), at)
	ADDQ(U32(pairs*bytes), out)
	DECQ(n)
	JNZ(LabelRef(name + "next"))
	VZEROUPPER()
	RET()
}

func pair(a, b VecVirtual) []VecVirtual { return []VecVirtual{a, b} }

// transposition exchanges rows and columns of matrices of 8 × 8 bits: a row is a
// vector, a byte of all the columns.
type transposition struct {
	set
	masks [3]Op // for distances 1, 2 and 4
}

func newTransposition(s set, name string) *transposition {
	t := &transposition{set: s}
	for i, m := range []uint64{0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f} {
		c := words(fmt.Sprintf("%smask%d", name, i), same(m, s.bytes/8)...)
		if !s.wide() {
			t.masks[i] = c
			continue
		}
		v := ZMM()
		VMOVDQU64(c, v)
		t.masks[i] = v
	}
	return t
}

func (t *transposition) transpose(v []VecVirtual) {
	for i := 2; i >= 0; i-- {
		d, m := 1<<i, t.masks[i]
		for r := range v {
			if r&d != 0 {
				continue
			}
			a, b := v[r], v[r+d]
			if t.wide() {
				x, y := ZMM(), ZMM()
				VPSLLQ(Imm(uint64(d)), b, x)
				VPSRLQ(Imm(uint64(d)), a, y)
				VPTERNLOGQ(Imm(0xe4), m, x, a) // m ? a : x
				VPTERNLOGQ(Imm(0xd8), m, y, b) // m ? y : b
				continue
			}
			x := YMM()
			VPSRLQ(Imm(uint64(d)), a, x)
			VPXOR(b, x, x)
			VPAND(m, x, x)
			VPXOR(x, b, b)
			VPSLLQ(Imm(uint64(d)), x, x)
			VPXOR(x, a, a)
		}
	}
}
