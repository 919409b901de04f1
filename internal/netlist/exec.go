package netlist

import (
	"slices"

	"github.com/approxtrain/approxtrain/internal/simd"
)

// blockWords is the number of words in a slot, blockPairs that of the operand
// pairs that are evaluated together. Half as many would let programs of 100 slots
// stay in the first-level cache, and take as long for each pair: see the package
// comment.
const (
	blockWords = 64
	blockPairs = 64 * blockWords
)

// A tier executes word operations and makes products of planes with the instructions
// of a level. All tiers give the same bits; that of simd.Generic says which.
//
// An architecture file supplies fastTiers, the tiers beyond it that this machine
// has, best first.
type tier struct {
	level simd.Level
	// run executes operations in a memory that holds every slot they name.
	run func(code []instruction, mem []uint64)
	// products writes len(out)/bytes products, at most blockPairs, of 1, 2 or 4 bytes
	// each, from the planes in slots.
	products func(mem []uint64, slots []int, out []byte, bytes int)
	// limit does the loads, the logic and the stores of as many operations of two and of
	// three operands, on four slots; nil of portable Go.
	limit func(two, three int, mem []uint64)
	words int // in a vector
}

// tiers returns what this machine has, best first.
func tiers() []tier {
	return append(fastTiers(), tier{level: simd.Generic, run: runGo, products: productsGo, words: 1})
}

// chooseTier returns the best tier, or the one that the environment names.
func chooseTier() (tier, error) {
	all := tiers()
	var levels []simd.Level
	for _, t := range all {
		levels = append(levels, t.level)
	}
	l, err := simd.Choose(levels)
	if err != nil {
		return tier{}, err
	}
	return all[slices.Index(levels, l)], nil
}

// runGo is the specification of the word operations. The most frequent ones do four
// words at a time, which makes them half as fast again.
func runGo(code []instruction, mem []uint64) {
	at := func(offset uint32) *[blockWords]uint64 { return (*[blockWords]uint64)(mem[offset:]) }
	for i := range code {
		c := &code[i]
		d, x, y := at(c.d), at(c.x), at(c.y)
		switch c.op {
		case opAnd:
			for k := 0; k <= blockWords-4; k += 4 {
				d[k] = x[k] & y[k]
				d[k+1] = x[k+1] & y[k+1]
				d[k+2] = x[k+2] & y[k+2]
				d[k+3] = x[k+3] & y[k+3]
			}
		case opAndN:
			for k := 0; k <= blockWords-4; k += 4 {
				d[k] = y[k] &^ x[k]
				d[k+1] = y[k+1] &^ x[k+1]
				d[k+2] = y[k+2] &^ x[k+2]
				d[k+3] = y[k+3] &^ x[k+3]
			}
		case opNor:
			for k := 0; k <= blockWords-4; k += 4 {
				d[k] = ^(x[k] | y[k])
				d[k+1] = ^(x[k+1] | y[k+1])
				d[k+2] = ^(x[k+2] | y[k+2])
				d[k+3] = ^(x[k+3] | y[k+3])
			}
		case opXor:
			for k := 0; k <= blockWords-4; k += 4 {
				d[k] = x[k] ^ y[k]
				d[k+1] = x[k+1] ^ y[k+1]
				d[k+2] = x[k+2] ^ y[k+2]
				d[k+3] = x[k+3] ^ y[k+3]
			}
		case opMux:
			z := at(c.z)
			for k := range d {
				d[k] = y[k] ^ x[k]&(y[k]^z[k])
			}
		case opMuxN:
			z := at(c.z)
			for k := range d {
				d[k] = y[k] ^ x[k]&^(y[k]^z[k])
			}
		case opXor3:
			z := at(c.z)
			for k := range d {
				d[k] = x[k] ^ y[k] ^ z[k]
			}
		case opMaj:
			z := at(c.z)
			for k := range d {
				d[k] = x[k]&(y[k]|z[k]) | y[k]&z[k]
			}
		case opMajN:
			z := at(c.z)
			for k := range d {
				d[k] = (y[k]|z[k])&^x[k] | y[k]&z[k]
			}
		case opNot:
			for k := range d {
				d[k] = ^x[k]
			}
		case opCopy:
			*d = *x
		default:
			panic("netlist: unknown operation")
		}
	}
}
