package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// plane adds up bytes that it looks up. A sum of bytes at even places and one at odd places have 16 bits each, and so
// many entries fit them: 257, or 128 with signs. 16 columns stand 4 bytes apart, so each half of a word of 32 bits
// has 16 neighbours.
func plane(planes, blocks int, signs bool) {
	name := fmt.Sprintf("plane%dx%d", planes, blocks)
	signature := "func(tables *byte, list *uint64, n int, b, masks *byte, out *int32, sign, add int32)"
	doc := []string{fmt.Sprintf(
		"%sAVX512 looks up %d of each table's planes of 256 bytes for n entries of list and %d columns", name, planes,
		64*blocks),
		"of b, and adds up the products. It adds sign times the sums, plus add, to out. n is from 1 to 256."}
	if signs {
		name = "signedP" + name[1:]
		signature = "func(tables *byte, list *uint64, n int, b, masks, signs *byte, out *int32, sign, add int32)"
		doc = []string{fmt.Sprintf(
			"%sAVX512 is plane%dx%dAVX512 with a sign, 1 or −1, for each product. n is from 1 to 128.", name, planes, blocks)}
	}
	TEXT(name+"AVX512", NOSPLIT, signature)
	Doc(doc...)
	Pragma("noescape")
	tables, list, n, b, masks := load64("tables"), load64("list"), load64("n"), load64("b"), load64("masks")
	var signAt Register
	var low, up VecVirtual
	evenPlaces, oddPlaces := K(), K()
	if signs {
		signAt = load64("signs")
		r := GP64()
		MOVQ(U64(0x5555555555555555), r)
		KMOVQ(r, evenPlaces)
		KNOTQ(evenPlaces, oddPlaces)
	} else {
		low, up = spread16(ZMM(), 0x00ff), spread16(ZMM(), 0x0100)
	}
	var acc [2][4][2]VecVirtual // of a plane, a block; even and odd places
	for p := range planes {
		for q := range blocks {
			for o := range 2 {
				acc[p][q][o] = zero(ZMM())
			}
		}
	}
	Label(name + "loop")
	row, at, at4 := GP64(), GP64(), GP64()
	MOVL(Mem{Base: list}, row.As32())
	MOVL(Mem{Base: list, Disp: 4}, at.As32())
	ADDQ(tables, row)
	MOVQ(at, at4)
	SHLQ(Imm(2), at4)
	var t [2]table
	for p := range planes {
		for i := range 4 {
			t[p][i] = ZMM()
			VMOVDQU32(Mem{Base: row, Disp: 256*p + 64*i}, t[p][i])
		}
	}
	for q := range blocks {
		index, high, rest := ZMM(), K(), K()
		VMOVDQU32(Mem{Base: b, Index: at4, Scale: uint8(blocks), Disp: 64 * q}, index)
		KMOVQ(Mem{Base: masks, Index: at, Scale: uint8(blocks), Disp: 16 * q}, high)
		KMOVQ(Mem{Base: masks, Index: at, Scale: uint8(blocks), Disp: 16*q + 8}, rest)
		var even, odd VecVirtual // signs
		if signs {
			even, odd = ZMM(), ZMM()
			place := Mem{Base: signAt, Index: at4, Scale: uint8(blocks), Disp: 64 * q}
			VMOVDQU8_Z(place, evenPlaces, even)
			VMOVDQU8_Z(place, oddPlaces, odd)
		}
		for p := range planes {
			x := index
			if p+1 < planes {
				x = ZMM()
				VMOVDQA64(index, x)
			}
			t[p].masked(x, rest, high)
			first := ZMM()
			if signs {
				VPMADDUBSW(even, x, first)
				VPMADDUBSW(odd, x, x)
			} else {
				VPANDD(low, x, first)
				VPMULHUW(up, x, x)
			}
			VPADDW(first, acc[p][q][0], acc[p][q][0])
			VPADDW(x, acc[p][q][1], acc[p][q][1])
		}
	}
	ADDQ(Imm(8), list)
	DECQ(n)
	JNZ(LabelRef(name + "loop"))

	out, sign, add := load64("out"), ZMM(), ZMM()
	broadcast("sign", sign)
	broadcast("add", add)
	half := ZMM()
	if !signs {
		r := GP32()
		MOVL(U32(0xffff), r)
		VPBROADCASTD(r, half)
	}
	for q := range blocks {
		for e := range 4 {
			var sum VecVirtual
			for p := range planes {
				v := ZMM()
				from := acc[p][q][e&1]
				switch {
				case signs && e < 2:
					VPSLLD(Imm(16), from, v)
					VPSRAD(Imm(16), v, v)
				case signs:
					VPSRAD(Imm(16), from, v)
				case e < 2:
					VPANDD(half, from, v)
				default:
					VPSRLD(Imm(16), from, v)
				}
				if p > 0 {
					VPSLLD(Imm(8), v, v)
					VPADDD(sum, v, v)
				}
				sum = v
			}
			place := Mem{Base: out, Disp: 256*q + 64*e}
			VPMULLD(sign, sum, sum)
			VPADDD(add, sum, sum)
			VPADDD(place, sum, sum)
			VMOVDQU32(sum, place)
		}
	}
	VZEROUPPER()
	RET()
}

// broadcast spreads a parameter of 32 bits.
func broadcast(name string, v VecVirtual) { VPBROADCASTD(Load(Param(name), GP32()), v) }

// packPlane moves the patterns of 64 columns to the places where plane looks for them.
func packPlane() {
	TEXT("packPlaneAVX512", NOSPLIT, "func(src *byte, stride uint64, rows int, index *byte, indexStep uint64, "+
		"masks *byte, maskStep uint64)")
	Doc("packPlaneAVX512 packs rows of 64 patterns, which lie stride bytes apart, for planes: pattern 16e + c goes to",
		"byte 4c + e of index. It writes a mask of the patterns from 128 on and one of the others. The next row's are so many",
		"bytes further. rows is positive.")
	Pragma("noescape")
	src, stride, rows := load64("src"), load64("stride"), load64("rows")
	index, indexStep := load64("index"), load64("indexStep")
	masks, maskStep := load64("masks"), load64("maskStep")
	order := GLOBL("planeorder", RODATA|NOPTR)
	for c := range 16 {
		DATA(4*c, U32(uint32(c)*0x01010101+0x30201000))
	}
	place := ZMM()
	VMOVDQU32(order, place)
	Label("packPlane")
	x, high, rest := ZMM(), K(), K()
	VMOVDQU32(Mem{Base: src}, x)
	VPERMB(x, place, x)
	VMOVDQU32(x, Mem{Base: index})
	VPMOVB2M(x, high)
	KNOTQ(high, rest)
	KMOVQ(high, Mem{Base: masks})
	KMOVQ(rest, Mem{Base: masks, Disp: 8})
	ADDQ(stride, src)
	ADDQ(indexStep, index)
	ADDQ(maskStep, masks)
	DECQ(rows)
	JNZ(LabelRef("packPlane"))
	VZEROUPPER()
	RET()
}
