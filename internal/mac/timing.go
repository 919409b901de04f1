package mac

import (
	"fmt"
	"strings"
)

// Step is what the ports of a design have in a clock cycle.
type Step struct {
	A, B   uint64 // the operands' bits
	Clear  bool   // the sum is to begin anew
	Enable bool   // false in a pause
}

// Pause says what a design does while its enable is low.
type Pause int

// The ways to pause.
const (
	NoPause   Pause = iota // there is no such port
	SkipsPair              // the pair of the cycle is not added
	Stands                 // nothing moves, the registers between operands and sum included
)

// String returns the way in words.
func (p Pause) String() string { return [...]string{"none", "skips the pair", "stands"}[p] }

// MarshalText writes the words, for JSON.
func (p Pause) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Timing says how the sum follows from the ports: at each edge of the clock it becomes itself plus the product of one
// cycle's pair.
type Timing struct {
	Pair  int `json:"pair"`  // clock edges from a pair to the sum that has it
	Clear int `json:"clear"` // clock edges from a clear to the sum that is cleared
	// Load: a clear makes the sum equal to the product whose turn it is. Otherwise the sum becomes 0.
	Load  bool  `json:"load"`
	Pause Pause `json:"pause"`
	// Held: a clear has no effect in a pause.
	Held bool `json:"held"`
	// Skips: a clear in a pause makes the sum 0 even if Load.
	Skips bool `json:"skips"`
}

// String describes the timing in words.
func (t Timing) String() string {
	var b strings.Builder
	edges := func(n int) string {
		if n == 1 {
			return "1 clock edge"
		}
		return fmt.Sprintf("%d clock edges", n)
	}
	fmt.Fprintf(&b, "a pair is in the sum after %s", edges(t.Pair))
	if t.Load {
		b.WriteString("; a clear loads the product")
	} else {
		b.WriteString("; a clear makes the sum 0 and drops the product")
	}
	switch before := t.Pair - t.Clear; {
	case before == 1:
		fmt.Fprintf(&b, " of the cycle before it, since it acts after %s", edges(t.Clear))
	case before > 0:
		fmt.Fprintf(&b, " of the pair given %d cycles before it, since it acts after %s", before, edges(t.Clear))
	default:
		b.WriteString(" of its own cycle")
	}
	switch t.Pause {
	case SkipsPair:
		b.WriteString("; a pause leaves out the pair of its cycle")
	case Stands:
		b.WriteString("; in a pause nothing moves")
	}
	switch {
	case t.Pause == NoPause:
	case t.Held:
		b.WriteString(", and a clear has no effect")
	case t.Load && t.Skips:
		b.WriteString(", and a clear makes the sum 0")
	default:
		b.WriteString(", and a clear acts as ever")
	}
	return b.String()
}

// longest is the most clock edges from a pair or a clear to the sum.
const longest = 12

// timings lists those that are tried, the simplest first.
func timings(enable bool) (out []Timing) {
	for pair := 1; pair <= longest; pair++ {
		for clear := pair; clear >= 1; clear-- {
			for _, load := range []bool{false, true} {
				t := Timing{Pair: pair, Clear: clear, Load: load}
				if !enable {
					out = append(out, t)
					continue
				}
				t.Pause = SkipsPair
				out = append(out, t)
				if load {
					t.Skips = true
					out = append(out, t)
					t.Skips = false
				}
				t.Held = true
				out = append(out, t)
				t.Pause = Stands
				if pair > 1 {
					out = append(out, t)
				}
				if t.Held = false; pair > 1 && clear == 1 && !load {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// action is what an edge of the clock does to the sum.
type action struct {
	set  bool  // the sum becomes term; otherwise term is added
	term int64 // a product, or 0
	none bool  // the sum stays
	pair bool  // term is the product of a pair
	// early: it depends on what was there before the first step.
	early bool
}

// actor turns the steps of one sequence into actions on the sum, edge by edge.
type actor struct {
	t       Timing
	product func(a, b uint64) int64
	moved   []past // the last steps that moved, a ring of longest
	n       int
}

type past struct {
	clear, enable bool
	term          int64
}

func newActor(t Timing, product func(a, b uint64) int64) *actor {
	return &actor{t: t, product: product, moved: make([]past, longest)}
}

// back returns the step that was given so many edges before the newest, which counts as 1.
func (a *actor) back(edges int) (past, bool) {
	if edges > a.n {
		return past{}, false
	}
	return a.moved[(a.n-edges)%longest], true
}

// act returns the action of the edge that ends a step.
func (a *actor) act(s Step) action {
	t := a.t
	if t.Pause == Stands && !s.Enable {
		return action{none: !s.Clear || t.Held, set: true}
	}
	a.moved[a.n%longest] = past{s.Clear, s.Enable, a.product(s.A, s.B)}
	a.n++
	pair, there := a.back(t.Pair)
	clear, known := a.back(t.Clear)
	if !there || !known {
		return action{early: true}
	}
	out := action{term: pair.term, pair: true}
	skip := t.Pause == SkipsPair && !pair.enable
	if clear.clear && !(t.Pause == SkipsPair && t.Held && !clear.enable) {
		out.set = true
		if !t.Load || skip && t.Skips {
			out.term, out.pair = 0, false
		}
		return out
	}
	out.none, out.pair = skip, !skip
	return out
}
