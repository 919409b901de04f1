package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// limit does what run does but for finding out what to do: loads, logic and stores,
// of slots that stay in the first-level cache.
func limit(s set) {
	name := "limit" + s.name
	TEXT(name, NOSPLIT, "func(two, three int, mem *uint64)")
	Doc(fmt.Sprintf("%s executes two operations of two operands and three of three, on four slots of mem:", name),
		"both numbers are positive.")
	Pragma("noescape")
	two, three, mem := Load(Param("two"), GP64()), Load(Param("three"), GP64()), Load(Param("mem"), GP64())
	all := operations(s)
	for _, loop := range []struct {
		label string
		n     Op
		op    operation
	}{{"two", two, all[0]}, {"three", three, all[6]}} { // and, xor3
		Label(name + loop.label)
		for at := 0; at < slotBytes; at += s.bytes {
			slot := func(i int) Mem { return Mem{Base: mem, Disp: i*slotBytes + at} }
			steps := loop.op.short
			if s.wide() {
				steps = loop.op.wide
			}
			s.store(steps(slot(0), slot(1), slot(2)), slot(3))
		}
		DECQ(loop.n)
		JNZ(LabelRef(name + loop.label))
	}
	VZEROUPPER()
	RET()
}

// clock takes a cycle a step on every processor that is worth measuring.
func clock() {
	TEXT("clock", NOSPLIT, "func(n int)")
	Doc("clock takes n cycles, n positive.")
	n := Load(Param("n"), GP64())
	Label("step")
	DECQ(n)
	JNZ(LabelRef("step"))
	RET()
}
