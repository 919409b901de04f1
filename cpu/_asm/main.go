// Command asm writes the assembly of package cpu: ../zkernels_amd64.s and the
// declarations in ../zkernels_amd64.go. Run it by `go generate ./cpu`.
//
// What the functions compute is defined by the portable Go in package cpu: rows.go
// has the rows of any table, the others the tiles of a product (see kernel in
// package cpu) and what they need packed.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	addNative()
	addTable()
	addEachTable()
	for _, rows := range []int{6, 4, 2} {
		nativeTile(avx2, rows)
		nativeTile(avx512, rows)
		vbmiTile(rows)
	}
	for _, groups := range []int{1, 2, 4, 8} {
		shuffleTile(groups)
	}
	for _, rows := range []int{4, 2} {
		gatherTile(rows)
	}
	copyLines()
	transposeLines()
	largest()
	packRow()
	packShuffle()
	packGather()
	packVBMI()
	for _, s := range []set{avx2, avx512} {
		expandFactors(s)
		addInputTerms(s)
		addWeightTerms(s)
	}
	codeKernels()
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

// constant returns eight copies of 32 bits in read-only memory.
func constant(name string, bits uint32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(bits))
	}
	return m
}
