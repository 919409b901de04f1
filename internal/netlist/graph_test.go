package netlist

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// naive evaluates a literal by the definition of each kind of node, one value of the
// sources at a time.
func naive(g *graph, l lit, sources func(k nodeKind, number int) bool) bool {
	value := make([]bool, len(g.nodes))
	at := func(l lit) bool { return value[l.node()] != l.neg() }
	for i, n := range g.nodes {
		switch n.kind {
		case nConst:
		case nInput, nOpen, nState:
			value[i] = sources(n.kind, int(n.a))
		case nAnd:
			value[i] = at(n.a) && at(n.b)
		case nXor:
			value[i] = at(n.a) != at(n.b)
		case nMux:
			if value[i] = at(n.b); at(n.a) {
				value[i] = at(n.c)
			}
		case nXor3:
			value[i] = at(n.a) != at(n.b) != at(n.c)
		case nMaj:
			count := 0
			for _, l := range []lit{n.a, n.b, n.c} {
				if at(l) {
					count++
				}
			}
			value[i] = count >= 2
		}
	}
	return at(l)
}

// truths are what the gates are, as Yosys's simcells.v has them.
var truths = map[string]func(in []bool) bool{
	"$_BUF_": func(i []bool) bool { return i[0] }, "$_NOT_": func(i []bool) bool { return !i[0] },
	"$_AND_": func(i []bool) bool { return i[0] && i[1] }, "$_NAND_": func(i []bool) bool { return !(i[0] && i[1]) },
	"$_OR_": func(i []bool) bool { return i[0] || i[1] }, "$_NOR_": func(i []bool) bool { return !(i[0] || i[1]) },
	"$_XOR_": func(i []bool) bool { return i[0] != i[1] }, "$_XNOR_": func(i []bool) bool { return i[0] == i[1] },
	"$_ANDNOT_": func(i []bool) bool { return i[0] && !i[1] }, "$_ORNOT_": func(i []bool) bool { return i[0] || !i[1] },
	"$_MUX_":  func(i []bool) bool { return i[2] && i[1] || !i[2] && i[0] },
	"$_NMUX_": func(i []bool) bool { return !(i[2] && i[1] || !i[2] && i[0]) },
	"$_AOI3_": func(i []bool) bool { return !(i[0] && i[1] || i[2]) }, "$_OAI3_": func(i []bool) bool { return !((i[0] || i[1]) && i[2]) },
	"$_AOI4_": func(i []bool) bool { return !(i[0] && i[1] || i[2] && i[3]) },
	"$_OAI4_": func(i []bool) bool { return !((i[0] || i[1]) && (i[2] || i[3])) },
}

// Every gate equals its truth table, whatever its inputs: inputs, constants, the same
// or the complement of another.
func TestGates(t *testing.T) {
	checked := 0
	for kind, pins := range cellPins {
		truth := truths[kind]
		require.NotNil(t, truth, kind)
		n := len(pins) - 1
		choices := []lit{lFalse, lTrue}
		for i := range n {
			choices = append(choices, inputLit(i), inputLit(i).not())
		}
		pick := make([]int, n)
		for {
			g := newGraph(n)
			in := make([]lit, n)
			for i, c := range pick {
				in[i] = choices[c]
			}
			out, ok := g.gate(kind, in)
			require.True(t, ok)
			for v := range 1 << n {
				source := func(_ nodeKind, number int) bool { return v>>number&1 == 1 }
				values := make([]bool, n)
				for i, l := range in {
					values[i] = naive(g, l, source)
				}
				if truth(values) != naive(g, out, source) {
					require.Failf(t, "gate", "%s of %v, inputs %b", kind, in, v)
				}
				checked++
			}
			k := 0
			for ; k < n; k++ {
				if pick[k]++; pick[k] < len(choices) {
					break
				}
				pick[k] = 0
			}
			if k == n {
				break
			}
		}
	}
	assert.Len(t, cellPins, len(truths))
	t.Logf("%d products of gates", checked)
	assert.Greater(t, checked, 300000)
	_, ok := newGraph(1).gate("$_TBUF_", nil)
	assert.False(t, ok)
}

// expression grows a random graph by gates and returns, beside each literal, its truth
// table over up to six inputs, computed without the graph.
func expression(rng *rand.Rand, g *graph, inputs, gates int) ([]lit, []uint64) {
	mask := ^uint64(0)
	if inputs < 6 {
		mask = 1<<(1<<inputs) - 1
	}
	lits, tables := []lit{lFalse, lTrue}, []uint64{0, mask}
	for i := range inputs {
		lits, tables = append(lits, inputLit(i)), append(tables, patterns[i]&mask)
	}
	kinds := sortedKeys(cellPins)
	for range gates {
		kind := kinds[rng.IntN(len(kinds))]
		var in []lit
		var from []int
		for range len(cellPins[kind]) - 1 {
			k := rng.IntN(len(lits))
			if rng.IntN(3) > 0 { // of late, for depth
				k = len(lits) - 1 - rng.IntN(min(len(lits), 6))
			}
			in, from = append(in, lits[k]), append(from, k)
		}
		l, _ := g.gate(kind, in)
		var table uint64
		values := make([]bool, len(in))
		for v := range 1 << inputs {
			for i, k := range from {
				values[i] = tables[k]>>v&1 == 1
			}
			if truths[kind](values) {
				table |= 1 << v
			}
		}
		lits, tables = append(lits, l), append(tables, table)
	}
	return lits, tables
}

// adders appends sums and carries, half of what a multiplier is, written in several ways.
func adders(rng *rand.Rand, g *graph, lits []lit, tables []uint64) ([]lit, []uint64) {
	for range 4 {
		pick := func() (lit, uint64) {
			k, neg := rng.IntN(len(lits)), lit(rng.IntN(2))
			return lits[k] ^ neg, (tables[k] ^ -uint64(neg)) & tables[1]
		}
		a, ta := pick()
		b, tb := pick()
		c, tc := pick()
		sum := g.xor(a, b)
		carry := g.or(g.and(a, b), g.and(sum, c))
		if rng.IntN(2) == 0 {
			carry = g.or(g.and(c, sum), g.and(b, a))
		}
		lits = append(lits, g.xor(sum, c), carry)
		tables = append(tables, ta^tb^tc, ta&tb|ta&tc|tb&tc)
	}
	return lits, tables
}

// tableOf returns the truth table of a literal.
func tableOf(g *graph, l lit, inputs int) (table uint64) {
	for v := range 1 << inputs {
		if naive(g, l, func(_ nodeKind, number int) bool { return v>>number&1 == 1 }) {
			table |= 1 << v
		}
	}
	return table
}

func TestFoldingKeepsFunctions(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		inputs := 1 + rng.IntN(6)
		g := newGraph(inputs)
		lits, tables := expression(rng, g, inputs, 20)
		for i, l := range lits {
			require.Equal(t, tables[i], tableOf(g, l, inputs))
		}
	}
}

// Fusion keeps every function, and finds full adders.
func TestFusion(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	kinds := map[nodeKind]int{}
	for range 500 {
		inputs := 3 + rng.IntN(4)
		g := newGraph(inputs)
		lits, tables := expression(rng, g, inputs, 24)
		lits, tables = adders(rng, g, lits, tables)
		f, moved := fuse(g, lits)
		for i, l := range moved {
			require.Equal(t, tables[i], tableOf(f, l, inputs))
		}
		for _, n := range f.nodes {
			kinds[n.kind]++
		}
	}
	assert.Greater(t, kinds[nMaj], 400)
	assert.Greater(t, kinds[nXor3], 400)
	t.Logf("nodes after fusion: %d majorities, %d exclusive ors of three", kinds[nMaj], kinds[nXor3])
}

// Majority and exclusive or of three are right for all kinds of operands.
func TestMajorityAndXor3(t *testing.T) {
	var all []lit
	for i := range 3 {
		all = append(all, inputLit(i), inputLit(i).not())
	}
	all = append(all, lFalse, lTrue)
	checked := 0
	for _, x := range all {
		for _, y := range all {
			for _, z := range all {
				g := newGraph(3)
				m, s := g.maj(x, y, z), g.xor3(x, y, z)
				tx, ty, tz := tableOf(g, x, 3), tableOf(g, y, 3), tableOf(g, z, 3)
				require.Equal(t, tx&ty|tx&tz|ty&tz, tableOf(g, m, 3), "%d %d %d", x, y, z)
				require.Equal(t, tx^ty^tz, tableOf(g, s, 3), "%d %d %d", x, y, z)
				for _, n := range g.nodes {
					if n.kind == nMaj { // as compile expects it
						require.False(t, n.b.neg() || n.c.neg())
					}
				}
				checked++
			}
		}
	}
	assert.Equal(t, 512, checked)
}

// Every tree of three gates over three inputs that may be a carry is fused rightly.
func TestFusionOfTrees(t *testing.T) {
	checked, fused := 0, 0
	for code := range 1 << 12 {
		bit := func(i int) lit { return lit(code >> i & 1) }
		g := newGraph(3)
		a, b, c := inputLit(0)^bit(0), inputLit(1)^bit(1), inputLit(2)^bit(2)
		inner := g.xor(inputLit(0)^bit(3), inputLit(1)^bit(4))
		switch code >> 9 & 3 {
		case 1:
			inner = g.xor(inputLit(1), inputLit(2))
		case 2:
			inner = g.or(inputLit(0), inputLit(1))
		case 3:
			inner = g.and(inputLit(0), inputLit(1))
		}
		t2, t3 := g.and(a, b), g.and(inner^bit(5), c)
		o := g.and(t2^bit(6), t3^bit(7)) ^ bit(8)
		if code>>11 == 1 {
			o = g.and(t3^bit(7), t2^bit(6)) ^ bit(8)
		}
		want := tableOf(g, o, 3)
		f, moved := fuse(g, []lit{o})
		require.Equal(t, want, tableOf(f, moved[0], 3), "%b", code)
		if slices.ContainsFunc(f.nodes, func(n node) bool { return n.kind == nMaj }) {
			fused++
		}
		checked++
	}
	assert.Equal(t, 1<<12, checked)
	assert.Positive(t, fused)
	t.Logf("%d of %d trees are majorities", fused, checked)
}

// Every kind of flip-flop that Yosys has is known by its pins, and nothing else.
func TestRegisterPins(t *testing.T) {
	for kind, pins := range map[string]string{
		"$_DFF_P_": "C D Q", "$_DFF_N_": "C D Q", "$_DFFE_PN_": "C D E Q", "$_DFF_PN0_": "C D R Q", "$_DFFE_NP1N_": "C D R E Q",
		"$_ALDFF_PN_": "C D L AD Q", "$_ALDFFE_PNP_": "C D L AD E Q", "$_DFFSR_PNN_": "C D S R Q", "$_DFFSRE_NNNP_": "C D S R E Q",
		"$_SDFF_PP1_": "C D R Q", "$_SDFFE_PN0P_": "C D R E Q", "$_SDFFCE_PP0N_": "C D R E Q",
		"$_DFF_": "", "$_DFF_X_": "", "$_DFFE_P_": "", "$_DFF_PP_": "C", "$_SDFF_PP_": "", "$_SDFFC_PP0_": "", "$_FF_": "", "$_DLATCH_P_": "", "$_SR_PP_": "", "$_DFFSR_PPP": "",
	} {
		if pins == "C" { // an enable's place without an E
			pins = ""
		}
		assert.Equal(t, pins, strings.Join(registerPins(kind), " "), "%s", fmt.Sprint(kind))
	}
}
