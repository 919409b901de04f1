package netlist

import "slices"

// The word operations. d, x, y and z are slots; every operation is on the
// words of a whole block.
const (
	opAnd  = iota // d = x & y
	opAndN        // d = ^x & y
	opNor         // d = ^x & ^y
	opXor         // d = x ^ y
	opMux         // d = x ? z : y
	opMuxN        // d = x ? ^z : y
	opXor3        // d = x ^ y ^ z
	opMaj         // d = majority of x, y, z
	opMajN        // d = majority of ^x, y, z
	opNot         // d = ^x
	opCopy        // d = x
	opCodes
)

// instruction is a word operation. Slots are given as offsets in words.
type instruction struct{ op, d, x, y, z uint32 }

// layout gives the sources of a graph their slots: inputs, open bits, states.
// Programs of one layout share the memory of their slots: first the sources, which
// stay as they are, then what each program computes, reused as soon as it is dead.
type layout struct{ inputs, opens, states []int }

func newLayout(inputs, opens, states int) *layout {
	l, next := &layout{}, 0
	for _, s := range []struct {
		to *[]int
		n  int
	}{{&l.inputs, inputs}, {&l.opens, opens}, {&l.states, states}} {
		for range s.n {
			*s.to = append(*s.to, next)
			next++
		}
	}
	return l
}

func (l *layout) sources() int { return len(l.inputs) + len(l.opens) + len(l.states) }

// program is a straight line of word operations. A slot is blockWords words.
type program struct {
	code  []instruction
	slots int   // of sources and of all that is computed
	ops   int   // operations for a block
	outs  []int // slot of each output
	// Slots that hold constants, -1 if there is none; whoever owns the memory fills
	// them once.
	zeros, ones int
}

// compile puts the graph's nodes that the outputs need into a program. With owned,
// every output has a slot of its own, which is not a source's.
func compile(g *graph, l *layout, outs []lit, owned bool) *program {
	g, outs = fuse(g, outs)
	p := &program{zeros: -1, ones: -1, slots: l.sources()}
	uses := countUses(g, outs)
	slot := make([]int, len(g.nodes))
	for i, n := range g.nodes {
		switch n.kind {
		case nInput:
			slot[i] = l.inputs[n.a]
		case nOpen:
			slot[i] = l.opens[n.a]
		case nState:
			slot[i] = l.states[n.a]
		}
	}
	// The lowest free slot is taken first: what was just read is in the cache.
	var free []int
	alloc := func() int {
		if len(free) > 0 {
			s := free[len(free)-1]
			free = free[:len(free)-1]
			return s
		}
		p.slots++
		return p.slots - 1
	}
	release := func(l lit) {
		n := l.node()
		if uses[n]--; uses[n] == 0 && g.nodes[n].kind >= nAnd {
			free = append(free, slot[n])
		}
	}
	emit := func(op, d int, reads ...lit) {
		at := func(i int) uint32 {
			if i < len(reads) {
				return uint32(slot[reads[i].node()] * blockWords)
			}
			return 0
		}
		p.code = append(p.code, instruction{uint32(op), uint32(d * blockWords), at(0), at(1), at(2)})
	}
	for i, n := range g.nodes {
		if n.kind < nAnd || uses[i] == 0 {
			continue
		}
		// An operation reads every word before it writes it, so its result may take the
		// place of what it read last.
		x, y, z := n.a, n.b, n.c
		switch n.kind {
		case nAnd:
			if y.neg() && !x.neg() {
				x, y = y, x
			}
			op := opAnd
			if x.neg() && y.neg() {
				op = opNor
			} else if x.neg() {
				op = opAndN
			}
			release(x)
			release(y)
			slot[i] = alloc()
			emit(op, slot[i], x, y)
		case nXor:
			release(x)
			release(y)
			slot[i] = alloc()
			emit(opXor, slot[i], x, y)
		case nMux: // a is not negated, b is not negated, c may be
			op := opMux
			if z.neg() {
				op = opMuxN
			}
			release(x)
			release(y)
			release(z)
			slot[i] = alloc()
			emit(op, slot[i], x, y, z)
		case nXor3:
			release(x)
			release(y)
			release(z)
			slot[i] = alloc()
			emit(opXor3, slot[i], x, y, z)
		case nMaj:
			op := opMaj
			if x.neg() {
				op = opMajN
			}
			release(x)
			release(y)
			release(z)
			slot[i] = alloc()
			emit(op, slot[i], x, y, z)
		}
	}
	// Outputs have slots of their own where they are negated or constant.
	constant := func(at *int) int {
		if *at < 0 {
			*at = p.slots
			p.slots++
		}
		return *at
	}
	own := func(op int, o lit) int {
		p.slots++
		emit(op, p.slots-1, o)
		return p.slots - 1
	}
	negated, taken := map[uint32]int{}, map[int]bool{}
	for _, o := range outs {
		var s int
		switch {
		case o == lFalse:
			s = constant(&p.zeros)
		case o == lTrue:
			s = constant(&p.ones)
		case o.neg():
			var ok bool
			if s, ok = negated[o.node()]; !ok || owned {
				s = own(opNot, o)
				negated[o.node()] = s
			}
		default:
			if s = slot[o.node()]; owned && (s < l.sources() || taken[s]) {
				s = own(opCopy, o)
			}
		}
		taken[s] = true
		p.outs = append(p.outs, s)
	}
	p.ops = len(p.code)
	return p
}

// countUses returns how often each node is read, by nodes that are needed and by
// outputs.
func countUses(g *graph, outs []lit) []int {
	uses := make([]int, len(g.nodes))
	for _, o := range outs {
		uses[o.node()]++
	}
	for i := len(g.nodes) - 1; i > 0; i-- {
		if n := g.nodes[i]; uses[i] > 0 && n.kind >= nAnd {
			for _, l := range n.reads() {
				uses[l.node()]++
			}
		}
	}
	return uses
}

// reads returns the literals that an operation reads.
func (n *node) reads() []lit {
	switch n.kind {
	case nAnd, nXor:
		return []lit{n.a, n.b}
	case nMux, nXor3, nMaj:
		return []lit{n.a, n.b, n.c}
	}
	return nil
}

// fuse returns the graph with full adders as operations of three operands: the
// majority, then the exclusive or of three. Half of a multiplier is full adders.
func fuse(g *graph, outs []lit) (*graph, []lit) {
	g, outs = g.rewrite(outs, func(f *graph, i int, n node, _ []int, at func(lit) lit) (lit, bool) {
		m, ok := g.majority(lit(i) << 1)
		if !ok {
			return 0, false
		}
		return f.maj(at(m[0]), at(m[1]), at(m[2])).not(), true
	})
	return g.rewrite(outs, func(f *graph, i int, n node, uses []int, at func(lit) lit) (lit, bool) {
		if n.kind != nXor {
			return 0, false
		}
		for _, o := range [][2]lit{{n.a, n.b}, {n.b, n.a}} {
			if in := g.nodes[o[0].node()]; in.kind == nXor && uses[o[0].node()] == 1 {
				return f.xor3(at(in.a), at(in.b), at(o[1])), true
			}
		}
		return 0, false
	})
}

// rewrite copies the nodes that the outputs need; of a node for which replace
// returns true its literal is taken instead of a copy. uses counts the readers of
// each node, at gives the copies.
func (g *graph) rewrite(outs []lit, replace func(f *graph, i int, n node, uses []int, at func(lit) lit) (lit, bool)) (*graph, []lit) {
	uses := countUses(g, outs)
	f := newGraph(0)
	to := make([]lit, len(g.nodes))
	at := func(l lit) lit { return to[l.node()] ^ l&1 }
	for i, n := range g.nodes {
		if uses[i] == 0 || n.kind == nConst {
			continue
		}
		if n.kind < nAnd {
			to[i] = f.add(n)
			continue
		}
		if l, ok := replace(f, i, n, uses, at); ok {
			to[i] = l
			continue
		}
		switch n.kind {
		case nAnd:
			to[i] = f.and(at(n.a), at(n.b))
		case nXor:
			to[i] = f.xor(at(n.a), at(n.b))
		case nMux:
			to[i] = f.mux(at(n.a), at(n.b), at(n.c))
		case nMaj:
			to[i] = f.maj(at(n.a), at(n.b), at(n.c))
		case nXor3:
			to[i] = f.xor3(at(n.a), at(n.b), at(n.c))
		}
	}
	moved := make([]lit, len(outs))
	for i, o := range outs {
		moved[i] = at(o)
	}
	return f, moved
}

// majority says whether a node is ^(x&y | z&(x^y)), written with ands: it returns
// x, y and z.
func (g *graph) majority(l lit) ([3]lit, bool) {
	n := g.nodes[l.node()]
	if n.kind != nAnd || !n.a.neg() || !n.b.neg() {
		return [3]lit{}, false
	}
	for _, o := range [][2]lit{{n.a, n.b}, {n.b, n.a}} {
		t2, t3 := g.nodes[o[0].node()], g.nodes[o[1].node()]
		if t2.kind != nAnd || t3.kind != nAnd {
			continue
		}
		for _, c := range [][2]lit{{t3.a, t3.b}, {t3.b, t3.a}} {
			sum, z := g.nodes[c[0].node()], c[1]
			if sum.kind != nXor {
				continue
			}
			// x^y with x and y negated at will, as long as the parity is the same.
			x, y := t2.a, t2.b
			if x.node() != sum.a.node() {
				x, y = y, x
			}
			if x.node() == sum.a.node() && y.node() == sum.b.node() && (x^y^c[0])&1 == 0 {
				return [3]lit{x, y, z}, true
			}
		}
	}
	return [3]lit{}, false
}

func (g *graph) xor3(x, y, z lit) lit {
	neg := (x ^ y ^ z) & 1
	in := []lit{x &^ 1, y &^ 1, z &^ 1}
	slices.Sort(in)
	if in[0] == in[1] || in[1] == in[2] || in[0] == lFalse {
		return g.xor(g.xor(in[0], in[1]), in[2]) ^ neg
	}
	return g.add(node{kind: nXor3, a: in[0], b: in[1], c: in[2]}) ^ neg
}

// maj returns the majority of three: at most one operand of a node is negated,
// and it is the first.
func (g *graph) maj(x, y, z lit) lit {
	in := []lit{x, y, z}
	slices.SortFunc(in, func(a, b lit) int { return int(a.node()) - int(b.node()) })
	x, y, z = in[0], in[1], in[2]
	switch {
	case x.node() == y.node():
		if x == y {
			return x
		}
		return z
	case y.node() == z.node():
		if y == z {
			return y
		}
		return x
	case x == lFalse:
		return g.and(y, z)
	case x == lTrue:
		return g.or(y, z)
	}
	neg := lFalse
	if (x&1)+(y&1)+(z&1) >= 2 {
		x, y, z, neg = x.not(), y.not(), z.not(), 1
	}
	switch {
	case y.neg():
		x, y = y, x
	case z.neg():
		x, z = z, x
	}
	return g.add(node{kind: nMaj, a: x, b: y, c: z}) ^ neg
}
