// Command asm writes the assembly of package cpu: ../zaddrow_amd64.s and the
// declarations in ../zaddrow_amd64.go. Run it by `go generate ./cpu`.
//
// What the functions compute is defined by the portable Go in package cpu.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	addNative()
	addTable()
	for _, groups := range []int{1, 2, 4, 8} {
		panel(groups)
	}
	packPairs()
	packColumns()
	Generate()
}

// arg is where a parameter lies.
func arg(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// all returns a vector of a constant.
func all(bits uint32) VecVirtual {
	r, v := GP32(), YMM()
	MOVL(U32(bits), r)
	VMOVD(r, v.AsX())
	VPBROADCASTD(v.AsX(), v)
	return v
}

// spread returns a vector of a parameter of 32 bits.
func spread(name string) VecVirtual {
	v := YMM()
	VBROADCASTSS(arg(name), v)
	return v
}

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

// constant returns eight copies of 32 bits in read-only memory.
func constant(name string, bits uint32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(bits))
	}
	return m
}

// panel looks up a row of 16·groups bytes by vpshufb, which returns 0 for an
// index with its top bit set. The table holds the exclusive or of each group of
// 16 with the one before, and group t is looked up at index − 16t: every group up
// to the index's own gives its part, the ones beyond it nothing, and what is left
// of the parts is the index's own entry.
//
// A product fits 16 bits: the entry plus B's sign and exponent. A's sign and
// exponent, a power of two, multiply it within the fused addition, exactly.
func panel(groups int) {
	name := fmt.Sprintf("panel%dAVX2", groups)
	TEXT(name, NOSPLIT, "func(table *byte, a *float32, b *byte, n int, c0, c1 *float32)")
	Doc(fmt.Sprintf("%s adds to c0[:32] and c1[:32] one chunk: the sums of n products of the", name),
		"operands of two rows in a with a panel of 32 columns in b. n is positive.")
	Pragma("noescape")
	table, a, b := Load(Param("table"), GP64()), Load(Param("a"), GP64()), Load(Param("b"), GP64())
	n := Load(Param("n"), GP64())
	var acc [2][4]VecVirtual
	for r := range acc {
		for q := range acc[r] {
			acc[r][q] = YMM()
			VXORPS(acc[r][q], acc[r][q], acc[r][q])
		}
	}
	sixteen := constant(name+"sixteen", 0x10101010)
	low := constant(name+"low", 0x00ff00ff)
	high := constant(name+"high", 0xffff0000)
	Label(name + "loop")
	x := YMM()
	VMOVDQU(Mem{Base: b}, x)
	var row [2]Register
	var found [2]VecVirtual
	for r := range row {
		g := GP64()
		MOVL(Mem{Base: a, Disp: 8*r + 4}, g.As32())
		ADDQ(table, g)
		row[r] = g
	}
	for t := range groups {
		if t > 0 {
			VPSUBB(sixteen, x, x)
		}
		for r := range row {
			part := YMM()
			VBROADCASTI128(Mem{Base: row[r], Disp: 16 * t}, part)
			VPSHUFB(x, part, part)
			if t == 0 {
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
		VPADDW(Mem{Base: b, Disp: 32}, even, even)
		VPADDW(Mem{Base: b, Disp: 64}, odd, odd)
		VBROADCASTSS(Mem{Base: a, Disp: 8 * r}, scale)
		for q, word := range []VecVirtual{even, odd} {
			VPSLLD(Imm(16), word, lower)
			VFMADD231PS(lower, scale, acc[r][q])
			VPAND(high, word, word)
			VFMADD231PS(word, scale, acc[r][q+2])
		}
	}
	ADDQ(Imm(16), a)
	ADDQ(Imm(96), b)
	DECQ(n)
	JNZ(LabelRef(name + "loop"))
	for r, param := range []string{"c0", "c1"} {
		c := Load(Param(param), GP64())
		for q, v := range acc[r] {
			VADDPS(Mem{Base: c, Disp: 32 * q}, v, v)
			VMOVUPS(v, Mem{Base: c, Disp: 32 * q})
		}
	}
	VZEROUPPER()
	RET()
}

// packer packs operands: what its two functions have in common.
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
// zero; the fraction's bits, to be shifted down; and which of them are zeros.
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

func packPairs() {
	TEXT("packPairsAVX2", NOSPLIT, "func(x0, x1, dst *float32, n int, span *uint32, half, odd uint32, shift uint64)")
	Doc("packPairsAVX2 packs n operands A of two rows, n a positive multiple of 8, as pairs.", packDoc)
	Pragma("noescape")
	x := []Register{Load(Param("x0"), GP64()), Load(Param("x1"), GP64())}
	dst, n := Load(Param("dst"), GP64()), Load(Param("n"), GP64())
	p := newPacker("pairs")
	Label("pairs")
	var low, high [2]VecVirtual
	for r := range x {
		scale, fraction, zero := p.operands(Mem{Base: x[r]})
		VPSLLD(Imm(7), fraction, fraction)
		VPANDN(fraction, zero, fraction)
		low[r], high[r] = YMM(), YMM()
		VPUNPCKLDQ(fraction, scale, low[r])
		VPUNPCKHDQ(fraction, scale, high[r])
		ADDQ(Imm(32), x[r])
	}
	for i, half := range [][2]VecVirtual{low, high} {
		for j, unpack := range []func(...Op){VPUNPCKLQDQ, VPUNPCKHQDQ} {
			v := YMM()
			unpack(half[1], half[0], v)
			VMOVDQU(v.AsX(), Mem{Base: dst, Disp: 16 * (2*i + j)})
			VEXTRACTI128(Imm(1), v, Mem{Base: dst, Disp: 16 * (4 + 2*i + j)})
		}
	}
	SUBQ(I32(-128), dst)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("pairs"))
	p.end()
}

func packColumns() {
	TEXT("packColumnsAVX2", NOSPLIT, "func(x *float32, dst *byte, n int, span *uint32, half, odd uint32, shift uint64)")
	Doc("packColumnsAVX2 packs n times 32 operands B, n positive, as columns.", packDoc)
	Pragma("noescape")
	x, dst, n := Load(Param("x"), GP64()), Load(Param("dst"), GP64()), Load(Param("n"), GP64())
	p := newPacker("columns")
	Label("columns")
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
	JNZ(LabelRef("columns"))
	p.end()
}
