// Command asm writes the assembly of package netlist: ../zkernels_amd64.s and the
// declarations in ../zkernels_amd64.go. Run it by `go generate ./internal/netlist`.
//
// What the functions compute is defined by the portable Go in package netlist:
// run.go executes word operations as runGo does, products.go turns planes into
// products as productsGo does, limit.go is what run.go is measured against.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// set is a set of instructions.
type set struct {
	name   string
	bytes  int // in a vector
	vector func() VecVirtual
}

var (
	avx2   = set{"AVX2", 32, YMM}
	avx512 = set{"AVX512", 64, ZMM}
)

func main() {
	ConstraintExpr("amd64")
	for _, s := range []set{avx2, avx512} {
		run(s)
		limit(s)
		for _, bytes := range []int{1, 2, 4} {
			products(s, bytes)
		}
	}
	clock()
	Generate()
}

// wide says whether vectors are of 512 bits.
func (s set) wide() bool { return s.bytes == 64 }

// load and store move vectors, at any alignment.
func (s set) load(from Op, to VecVirtual)  { s.move(from, to) }
func (s set) store(from VecVirtual, to Op) { s.move(from, to) }

func (s set) move(from, to Op) {
	if s.wide() {
		VMOVDQU64(from, to)
	} else {
		VMOVDQU(from, to)
	}
}

// words returns a constant of n words in read-only memory.
func words(name string, w ...uint64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i, v := range w {
		DATA(8*i, U64(v))
	}
	return m
}

// same returns n times the same.
func same(v uint64, n int) []uint64 {
	w := make([]uint64, n)
	for i := range w {
		w[i] = v
	}
	return w
}
