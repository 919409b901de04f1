package netlist

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"
)

// Structure holds the properties that the netlist proves of a design.
type Structure struct {
	Kind StructureKind
	// Latency is the number of clock edges from operands to product of a
	// Pipeline.
	Latency int
	// Shortest is the least number of registers on a way from an operand to the
	// product; below Latency the operands must be held.
	Shortest int
	// State lists registers of a StateMachine that feed back into themselves, with
	// their source lines.
	State []string
	// Open lists bits without a value that the product can depend on: an x in the
	// source, an index out of range.
	Open []string
	// Gates counts the two-input gates and multiplexers that the product depends on, Registers the flip-flops.
	Gates, Registers int
	// Depth is the largest number of levels on a way from an operand, a constant or a register to the product, to a
	// handshake's output or to a register. An AND, OR or exclusive-or of two inputs is one level, inverted or
	// not, a multiplexer is two; inverters and registers are none.
	Depth int

	feedback bool  // registers depend on themselves
	idle     []int // registers of a Pipeline that no operand reaches
}

// StructureKind is the kind of circuit that forms the product.
type StructureKind int

const (
	// Combinational: no register between operands and product.
	Combinational StructureKind = iota
	// Pipeline: registers, none of which depends on itself.
	Pipeline
	// StateMachine: registers that depend on themselves, or on both edges of the
	// clock.
	StateMachine
)

// Pure says whether structure proves the product to be a function of the operands:
// of those that are held for Latency cycles if Shortest is below.
func (s *Structure) Pure() bool { return s.Kind != StateMachine }

// String describes the proven properties in a few words.
func (s *Structure) String() string {
	switch {
	case s.Kind == Combinational:
		return "proven, no state"
	case s.Kind == Pipeline && s.Shortest == s.Latency:
		return fmt.Sprintf("proven, a pipeline of %s", english.Plural(s.Latency, "stage", ""))
	case s.Kind == Pipeline:
		return fmt.Sprintf("proven for held operands, registers on %d to %d stages", s.Shortest, s.Latency)
	}
	return "not proven: state in " + strings.Join(s.State[:min(3, len(s.State))], ", ")
}

// analyse classifies the logic of the wanted outputs.
func analyse(b *builder, outs []lit) *Structure {
	s := &Structure{}
	reach := reachable(b, outs)
	for i, n := range b.g.nodes {
		if !reach[i] {
			continue
		}
		switch {
		case n.kind >= nAnd:
			s.Gates++
		case n.kind == nState:
			s.Registers++
		case n.kind == nOpen && b.open[n.a].kind == openX:
			s.Open = append(s.Open, b.open[n.a].name)
		}
	}
	s.Depth = depth(b, outs, reach)
	if s.Registers == 0 {
		return s
	}
	s.Kind = Pipeline
	// The registers that a register reads, by depth-first search over registers.
	reads := make([][]int, len(b.flops))
	input := make([]bool, len(b.flops)) // reads an operand itself
	edges := map[bool]bool{}
	for i, f := range b.flops {
		if !reach[f.q.node()] {
			continue
		}
		edges[f.fall] = true
		reads[i], input[i] = sources(b.g, []lit{f.next})
	}
	cyclic := cycles(reads)
	for i := range b.flops {
		if cyclic[i] {
			s.State = append(s.State, fmt.Sprintf("%s (%s)", b.n.name(b.flops[i].out), b.flops[i].src))
		}
	}
	if len(s.State) > 0 {
		s.Kind, s.feedback = StateMachine, true
		slices.SortFunc(s.State, func(a, b string) int { // the design's own first, then those of the module around it
			around := func(state string) int { return strings.Count(state, "/shell.v:") }
			return cmp.Or(cmp.Compare(around(a), around(b)), strings.Compare(a, b))
		})
		return s
	}
	if len(edges) > 1 {
		s.Kind = StateMachine
		s.State = []string{"registers at both edges of the clock"}
		return s
	}
	// The longest and the shortest way to each register from an operand; a register
	// that no operand reaches holds a constant.
	type way struct{ longest, shortest int }
	const far = 1 << 30
	memo := make([]*way, len(b.flops))
	var to func(i int) way
	to = func(i int) way {
		if memo[i] != nil {
			return *memo[i]
		}
		w := way{0, far}
		if input[i] {
			w = way{1, 1}
		}
		for _, r := range reads[i] {
			if v := to(r); v.longest > 0 {
				w.longest, w.shortest = max(w.longest, v.longest+1), min(w.shortest, v.shortest+1)
			}
		}
		memo[i] = &w
		return w
	}
	regs, direct := sources(b.g, outs)
	s.Shortest = far
	if direct {
		s.Shortest = 0
	}
	for _, r := range regs {
		if w := to(r); w.longest > 0 {
			s.Latency, s.Shortest = max(s.Latency, w.longest), min(s.Shortest, w.shortest)
		}
	}
	s.Shortest = min(s.Shortest, s.Latency)
	for i, f := range b.flops {
		if reach[f.q.node()] && to(i).longest == 0 {
			s.idle = append(s.idle, i)
		}
	}
	return s
}

// depth returns Structure.Depth. Nodes come after those that they read.
func depth(b *builder, outs []lit, reach []bool) (most int) {
	levels := make([]int, len(b.g.nodes))
	for i, n := range b.g.nodes {
		if n.kind < nAnd {
			continue
		}
		for _, r := range n.reads() {
			levels[i] = max(levels[i], levels[r.node()])
		}
		if levels[i]++; n.kind == nMux {
			levels[i]++
		}
	}
	for _, o := range outs {
		most = max(most, levels[o.node()])
	}
	for _, f := range b.flops {
		if reach[f.q.node()] {
			most = max(most, levels[f.next.node()])
		}
	}
	return most
}

// unsettled returns how many edges after the reset outputs may still depend on what
// registers held before; settled has the last change of those that no operand reaches.
func (b *builder) unsettled(outs []lit, settled map[int]int) int {
	memo := map[int]int{}
	var of func(outs []lit) int
	of = func(outs []lit) int {
		last := 0
		regs, _ := sources(b.g, outs)
		for _, r := range regs {
			n, ok := memo[r]
			if !ok {
				if n = of([]lit{b.flops[r].next}); n > 0 {
					n++
				}
				n = max(n, settled[r])
				memo[r] = n
			}
			last = max(last, n)
		}
		return last
	}
	return of(outs)
}

// reachable marks the nodes that outputs depend on, through registers.
func reachable(b *builder, outs []lit) []bool {
	seen := make([]bool, len(b.g.nodes))
	var stack []lit
	push := func(l lit) {
		if !seen[l.node()] {
			seen[l.node()] = true
			stack = append(stack, l)
		}
	}
	for _, o := range outs {
		push(o)
	}
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		n := b.g.nodes[l.node()]
		if n.kind == nState {
			push(b.flops[n.a].next)
		}
		for _, r := range n.reads() {
			push(r)
		}
	}
	return seen
}

// sources returns the registers, and whether an input, that combinational logic
// reads.
func sources(g *graph, outs []lit) (registers []int, input bool) {
	seen := map[uint32]bool{}
	var stack []uint32
	for _, o := range outs {
		stack = append(stack, o.node())
	}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[i] {
			continue
		}
		seen[i] = true
		n := g.nodes[i]
		switch n.kind {
		case nState:
			registers = append(registers, int(n.a))
		case nInput:
			input = true
		}
		for _, r := range n.reads() {
			stack = append(stack, r.node())
		}
	}
	slices.Sort(registers)
	return registers, input
}

// cycles marks the members of cycles in a graph: those that reach themselves.
func cycles(reads [][]int) []bool {
	// Tarjan's strongly connected components, without recursion limits to fear: a
	// multiplier has some thousand registers at most.
	n := len(reads)
	index, low := make([]int, n), make([]int, n)
	on, out := make([]bool, n), make([]bool, n)
	var stack []int
	next := 1
	var visit func(v int)
	visit = func(v int) {
		index[v], low[v] = next, next
		next++
		stack = append(stack, v)
		on[v] = true
		for _, w := range reads[v] {
			if w == v {
				out[v] = true
			}
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if on[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] == index[v] {
			size := 0
			for i := len(stack) - 1; ; i-- {
				size++
				on[stack[i]] = false
				if stack[i] == v {
					if size > 1 {
						for _, w := range stack[i:] {
							out[w] = true
						}
					}
					stack = stack[:i]
					break
				}
			}
		}
	}
	for v := range n {
		if index[v] == 0 {
			visit(v)
		}
	}
	return out
}
