// Command asm writes the assembly of package intgemm: ../zkernels_amd64.s and the declarations in
// ../zkernels_amd64.go. Run it by `go generate ./internal/intgemm`.
//
// What the functions compute is defined by the portable Go in package intgemm: dot.go has the native products, plane.go
// the look-ups of bytes, expand.go those of AVX2.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	dot("dotBytesAVX512", "byte", "byte", avx512, VPDPBUSD)
	dot("dotWordsAVX512", "int16", "uint32", avx512, VPDPWSSD)
	dot("dotWordsAVX2", "int16", "uint32", avx2, nil)
	look()
	packQuads()
	for _, signs := range []bool{false, true} {
		for planes := 1; planes <= 2; planes++ {
			for _, blocks := range []int{1, 2, 4} {
				plane(planes, blocks, signs)
			}
		}
	}
	packPlane()
	expand()
	words(false)
	words(true)
	Generate()
}

// load64 loads a parameter of 64 bits.
func load64(name string) Register { return Load(Param(name), GP64()) }

// zero clears a vector.
func zero(v VecVirtual) VecVirtual {
	if v.Size() == 64 {
		VPXORD(v, v, v)
	} else {
		VPXOR(v, v, v)
	}
	return v
}

// spread16 returns a vector of copies of 16 bits.
func spread16(v VecVirtual, bits uint32) VecVirtual {
	r := GP32()
	MOVL(U32(bits<<16|bits), r)
	if v.Size() == 64 {
		VPBROADCASTD(r, v)
	} else {
		VMOVD(r, v.AsX())
		VPBROADCASTD(v.AsX(), v)
	}
	return v
}
