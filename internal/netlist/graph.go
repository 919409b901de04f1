package netlist

// lit is a node of the graph, negated if its lowest bit is set.
type lit uint32

const (
	lFalse lit = 0
	lTrue  lit = 1
)

func (l lit) not() lit     { return l ^ 1 }
func (l lit) node() uint32 { return uint32(l >> 1) }
func (l lit) neg() bool    { return l&1 == 1 }

type nodeKind uint8

const (
	nConst nodeKind = iota
	nInput          // plane of an operand or control input
	nOpen           // x: the designer, or Yosys, left the bit open
	nState          // output of a flip-flop
	nAnd
	nXor
	nMux  // a ? c : b
	nXor3 // made by program.go from pairs of nXor
	nMaj  // majority, as in a full adder
)

// node is an operation of the graph. Sources have their number in a.
type node struct {
	kind    nodeKind
	a, b, c lit
}

// graph is the logic of a netlist: nodes in an order in which each comes after
// those it reads.
type graph struct {
	nodes []node
	hash  map[node]lit
}

// newGraph returns a graph with nothing but its inputs.
func newGraph(inputs int) *graph {
	g := &graph{nodes: []node{{kind: nConst}}, hash: map[node]lit{}}
	for i := range inputs {
		g.source(nInput, i)
	}
	return g
}

func (g *graph) add(n node) lit {
	if l, ok := g.hash[n]; ok {
		return l
	}
	l := lit(len(g.nodes)) << 1
	g.nodes = append(g.nodes, n)
	g.hash[n] = l
	return l
}

func (g *graph) source(k nodeKind, number int) lit { return g.add(node{kind: k, a: lit(number)}) }

func (g *graph) and(x, y lit) lit {
	if x > y {
		x, y = y, x
	}
	switch {
	case x == lFalse || x == y.not():
		return lFalse
	case x == lTrue || x == y:
		return y
	}
	return g.add(node{kind: nAnd, a: x, b: y})
}

func (g *graph) or(x, y lit) lit { return g.and(x.not(), y.not()).not() }

func (g *graph) xor(x, y lit) lit {
	neg := (x ^ y) & 1
	x, y = x&^1, y&^1
	if x > y {
		x, y = y, x
	}
	switch {
	case x == y:
		return lFalse ^ neg
	case x == lFalse:
		return y ^ neg
	}
	return g.add(node{kind: nXor, a: x, b: y}) ^ neg
}

// mux returns s ? y : x.
func (g *graph) mux(s, x, y lit) lit {
	if s.neg() {
		s, x, y = s.not(), y, x
	}
	switch {
	case s == lFalse || x == y:
		return x
	case x == y.not():
		return g.xor(s, x)
	case x == lFalse || x == s:
		return g.and(s, y)
	case x == lTrue:
		return g.or(s.not(), y)
	case y == lFalse || y == s.not():
		return g.and(s.not(), x)
	case y == lTrue || y == s:
		return g.or(s, x)
	case x == s.not():
		return g.or(s.not(), y)
	}
	neg := x & 1
	return g.add(node{kind: nMux, a: s, b: x ^ neg, c: y ^ neg}) ^ neg
}

// cellPins lists the inputs and the output, last, of the gates that are read.
var cellPins = map[string][]string{
	"$_BUF_": {"A", "Y"}, "$_NOT_": {"A", "Y"},
	"$_AND_": {"A", "B", "Y"}, "$_NAND_": {"A", "B", "Y"}, "$_OR_": {"A", "B", "Y"}, "$_NOR_": {"A", "B", "Y"},
	"$_XOR_": {"A", "B", "Y"}, "$_XNOR_": {"A", "B", "Y"}, "$_ANDNOT_": {"A", "B", "Y"}, "$_ORNOT_": {"A", "B", "Y"},
	"$_MUX_": {"A", "B", "S", "Y"}, "$_NMUX_": {"A", "B", "S", "Y"},
	"$_AOI3_": {"A", "B", "C", "Y"}, "$_OAI3_": {"A", "B", "C", "Y"},
	"$_AOI4_": {"A", "B", "C", "D", "Y"}, "$_OAI4_": {"A", "B", "C", "D", "Y"},
}

// gate returns the output of a gate; in has its inputs in the order of cellPins.
func (g *graph) gate(kind string, in []lit) (lit, bool) {
	switch kind {
	case "$_BUF_":
		return in[0], true
	case "$_NOT_":
		return in[0].not(), true
	case "$_AND_":
		return g.and(in[0], in[1]), true
	case "$_NAND_":
		return g.and(in[0], in[1]).not(), true
	case "$_OR_":
		return g.or(in[0], in[1]), true
	case "$_NOR_":
		return g.or(in[0], in[1]).not(), true
	case "$_XOR_":
		return g.xor(in[0], in[1]), true
	case "$_XNOR_":
		return g.xor(in[0], in[1]).not(), true
	case "$_ANDNOT_":
		return g.and(in[0], in[1].not()), true
	case "$_ORNOT_":
		return g.or(in[0], in[1].not()), true
	case "$_MUX_":
		return g.mux(in[2], in[0], in[1]), true
	case "$_NMUX_":
		return g.mux(in[2], in[0], in[1]).not(), true
	case "$_AOI3_":
		return g.or(g.and(in[0], in[1]), in[2]).not(), true
	case "$_OAI3_":
		return g.and(g.or(in[0], in[1]), in[2]).not(), true
	case "$_AOI4_":
		return g.or(g.and(in[0], in[1]), g.and(in[2], in[3])).not(), true
	case "$_OAI4_":
		return g.and(g.or(in[0], in[1]), g.or(in[2], in[3])).not(), true
	}
	return lFalse, false
}
