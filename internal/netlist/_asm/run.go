package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// slotBytes is the size of a slot: blockWords words in package netlist.
const slotBytes = 512

// operation is a word operation: its steps for one vector, on the memory of its
// operands.
type operation struct {
	name  string
	three bool // it reads three slots
	wide  func(x, y, z Op) VecVirtual
	short func(x, y, z Op) VecVirtual
}

// operations lists the word operations in the order of their numbers in package
// netlist. Truth tables of VPTERNLOGQ have bit 4·x + 2·y + z.
func operations(s set) []operation {
	var ones VecVirtual // of the short ones
	if !s.wide() {
		ones = YMM()
		VPCMPEQD(ones, ones, ones)
	}
	first := func(x Op) VecVirtual {
		v := s.vector()
		s.load(x, v)
		return v
	}
	binary := func(op func(...Op)) func(x, y, z Op) VecVirtual {
		return func(x, y, _ Op) VecVirtual {
			v := first(x)
			op(y, v, v)
			return v
		}
	}
	ternary := func(table uint64) func(x, y, z Op) VecVirtual {
		return func(x, y, z Op) VecVirtual {
			v, w := first(x), first(y)
			VPTERNLOGQ(Imm(table), z, w, v)
			return v
		}
	}
	// of two, with the second one in memory
	table2 := func(table uint64) func(x, y, z Op) VecVirtual {
		return func(x, y, _ Op) VecVirtual {
			v := first(x)
			VPTERNLOGQ(Imm(table), y, v, v)
			return v
		}
	}
	mux := func(negated bool) func(x, y, z Op) VecVirtual {
		return func(x, y, z Op) VecVirtual { // y ^ x&(y^z)
			v, w := first(y), YMM()
			VPXOR(z, v, w)
			if negated {
				VPANDN(x, w, w)
			} else {
				VPAND(x, w, w)
			}
			VPXOR(w, v, v)
			return v
		}
	}
	majority := func(negated bool) func(x, y, z Op) VecVirtual {
		return func(x, y, z Op) VecVirtual { // x ^ (x^y)&(x^z)
			v, w, u := first(x), YMM(), YMM()
			if negated {
				VPXOR(ones, v, v)
			}
			VPXOR(y, v, w)
			VPXOR(z, v, u)
			VPAND(w, u, u)
			VPXOR(u, v, v)
			return v
		}
	}
	return []operation{
		{"and", false, binary(ops(VPANDQ)), binary(ops(VPAND))},
		{"andn", false, binary(ops(VPANDNQ)), binary(ops(VPANDN))},
		{"nor", false, table2(0x05), func(x, y, _ Op) VecVirtual {
			v := first(x)
			VPOR(y, v, v)
			VPXOR(ones, v, v)
			return v
		}},
		{"xor", false, binary(ops(VPXORQ)), binary(ops(VPXOR))},
		{"mux", true, ternary(0xac), mux(false)},
		{"muxn", true, ternary(0x5c), mux(true)},
		{"xor3", true, ternary(0x96), func(x, y, z Op) VecVirtual {
			v := first(x)
			VPXOR(y, v, v)
			VPXOR(z, v, v)
			return v
		}},
		{"maj", true, ternary(0xe8), majority(false)},
		{"majn", true, ternary(0x8e), majority(true)},
		{"not", false, func(x, _, _ Op) VecVirtual {
			v := first(x)
			VPTERNLOGQ(Imm(0x0f), v, v, v)
			return v
		}, func(x, _, _ Op) VecVirtual {
			v := first(x)
			VPXOR(ones, v, v)
			return v
		}},
		{"copy", false, func(x, _, _ Op) VecVirtual { return first(x) }, func(x, _, _ Op) VecVirtual { return first(x) }},
	}
}

// ops gives instructions one type.
func ops[F func(...Op) | func(_, _, _ Op)](f F) func(...Op) {
	switch f := any(f).(type) {
	case func(_, _, _ Op):
		return func(o ...Op) { f(o[0], o[1], o[2]) }
	case func(...Op):
		return f
	}
	panic("unreachable")
}

// run executes word operations. What an operation is, a tree of comparisons finds:
// the sequence is the same for every block, so that branches are predicted.
func run(s set) {
	name := "run" + s.name
	TEXT(name, NOSPLIT, "func(code *uint32, n int, mem *uint64) int")
	Doc(fmt.Sprintf("%s executes n operations, n positive, and returns how many are left where", name),
		"one is unknown.")
	Pragma("noescape")
	code, n, mem := Load(Param("code"), GP64()), Load(Param("n"), GP64()), Load(Param("mem"), GP64())
	all := operations(s)
	label := func(what string) string { return name + what }
	op, d, x, y, z := GP32(), GP64(), GP64(), GP64(), GP64()
	Label(label("next"))
	MOVL(Mem{Base: code}, op)
	for i, r := range []GPVirtual{d, x, y} {
		MOVL(Mem{Base: code, Disp: 4 + 4*i}, r.As32())
		LEAQ(Mem{Base: mem, Index: r, Scale: 8}, r)
	}
	ADDQ(Imm(20), code)
	CMPL(op, Imm(uint64(len(all))))
	JAE(LabelRef(label("end")))
	var tree func(from, to int)
	body := func(o operation) {
		if o.three {
			MOVL(Mem{Base: code, Disp: 16 - 20}, z.As32())
			LEAQ(Mem{Base: mem, Index: z, Scale: 8}, z)
		}
		for at := 0; at < slotBytes; at += s.bytes {
			steps := o.short
			if s.wide() {
				steps = o.wide
			}
			v := steps(Mem{Base: x, Disp: at}, Mem{Base: y, Disp: at}, Mem{Base: z, Disp: at})
			s.store(v, Mem{Base: d, Disp: at})
		}
		DECQ(n)
		JNZ(LabelRef(label("next")))
		JMP(LabelRef(label("end")))
	}
	tree = func(from, to int) {
		if to-from == 1 {
			body(all[from])
			return
		}
		half := (from + to) / 2
		upper := label(fmt.Sprintf("from%d", half))
		CMPL(op, Imm(uint64(half)))
		JAE(LabelRef(upper))
		tree(from, half)
		Label(upper)
		tree(half, to)
	}
	tree(0, len(all))
	Label(label("end"))
	Store(n, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
