package netlist

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/simd"
)

// Programs of random graphs compute what the graph says, in every word of a block, and
// leave the sources as they are; with owned outputs every output has a slot of its own.
func TestCompile(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	ops, reused := map[uint32]int{}, 0
	for n := range 400 {
		inputs := 1 + rng.IntN(6)
		g := newGraph(inputs)
		lits, tables := expression(rng, g, inputs, 10+rng.IntN(60))
		lits, tables = adders(rng, g, lits, tables)
		// Outputs: some twice, some negated, constants, sources.
		var outs []lit
		var want []uint64
		for range 1 + rng.IntN(12) {
			k := rng.IntN(len(lits))
			if rng.IntN(2) == 0 {
				k = len(lits) - 1 - rng.IntN(8)
			}
			neg := lit(rng.IntN(2))
			for range 1 + rng.IntN(2) {
				outs, want = append(outs, lits[k]^neg), append(want, (tables[k]^-uint64(neg))&tables[1])
			}
		}
		owned := n%2 == 0
		l := newLayout(inputs, 2, 3)
		p := compile(g, l, outs, owned)
		mem := newMemory(p)
		for i := range mem { // what was there before must not matter
			mem[i] = rng.Uint64()
		}
		for i, s := range l.inputs {
			for w := range blockWords { // each word has all the values of the inputs, rotated
				mem[s*blockWords+w] = rotate(patterns[i], w)
			}
		}
		sources := append([]uint64(nil), mem[:l.sources()*blockWords]...)
		for range 2 { // a second run finds the slots of the first
			generic.exec(p, mem)
			require.Equal(t, sources, mem[:l.sources()*blockWords], "sources were written")
			for i, s := range p.outs {
				for w := range blockWords {
					full := want[i]
					for bits := 1 << inputs; bits < 64; bits *= 2 {
						full |= full << bits
					}
					if mem[s*blockWords+w] != rotate(full, w) {
						require.Equal(t, rotate(full, w), mem[s*blockWords+w], "output %d, word %d", i, w)
					}
				}
			}
		}
		seen := map[int]bool{}
		for i, s := range p.outs {
			constant := outs[i].node() == 0
			if owned && !constant {
				require.GreaterOrEqual(t, s, l.sources(), "an owned output is a source")
				require.False(t, seen[s], "owned outputs share a slot")
			}
			seen[s] = true
		}
		for _, c := range p.code {
			ops[c.op]++
		}
		if p.slots < l.sources()+len(p.code) {
			reused++
		}
	}
	for op := range uint32(opCodes) {
		assert.Positive(t, ops[op], "operation %d", op)
	}
	assert.Greater(t, reused, 200, "programs that reuse a slot")
}

func rotate(x uint64, n int) uint64 { return x>>(n&63) | x<<(64-n&63) }

// Programs of one layout may follow each other in one memory.
func TestProgramsShareMemory(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		g := newGraph(6)
		lits, tables := expression(rng, g, 6, 40)
		l := newLayout(6, 0, 0)
		pick := func() (outs []lit, want []uint64) {
			for range 6 {
				k := rng.IntN(len(lits))
				outs, want = append(outs, lits[k]), append(want, tables[k])
			}
			return outs, want
		}
		x, wantX := pick()
		y, wantY := pick()
		p, q := compile(g, l, x, true), compile(g, l, y, false)
		mem := newMemory(p, q)
		for i, s := range l.inputs {
			fillPlane(slotOf(mem, s), patterns[i])
		}
		for range 3 {
			generic.exec(p, mem)
			for i, s := range p.outs {
				require.Equal(t, wantX[i], mem[s*blockWords+7])
			}
			generic.exec(q, mem)
			for i, s := range q.outs {
				require.Equal(t, wantY[i], mem[s*blockWords+63])
			}
		}
	}
}

// generic is the tier that specifies the others.
var generic = &tier{level: simd.Generic, run: runGo, products: productsGo}
