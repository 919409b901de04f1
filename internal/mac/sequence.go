package mac

import (
	"cmp"
	"iter"
	"math/rand/v2"
	"slices"
)

// valued is a pair with its product.
type valued struct {
	pair
	product int64
}

// source has the pairs of which sequences are made, by the sign of their products, the smallest in size first, one for
// each product.
type source struct {
	a, b               int // bits of the operands
	positive, negative []valued
	zero               valued // the smallest product
	port               int    // bits of the sum's port
	signed             bool
	pauses             bool
	product            func(a, b uint64) int64
}

func newSource(a, b, port int, signed, pauses bool, product func(a, b uint64) int64) *source {
	s := &source{a: a, b: b, port: port, signed: signed, pauses: pauses, product: product}
	seen := map[int64]bool{}
	first := true
	for x := range uint64(1) << a {
		for y := range uint64(1) << b {
			v := valued{pair{x, y}, product(x, y)}
			if first || size(v.product) < size(s.zero.product) {
				s.zero, first = v, false
			}
			if seen[v.product] {
				continue
			}
			seen[v.product] = true
			switch {
			case v.product > 0:
				s.positive = append(s.positive, v)
			case v.product < 0:
				s.negative = append(s.negative, v)
			}
		}
	}
	bySize := func(v, w valued) int { return cmp.Compare(size(v.product), size(w.product)) }
	slices.SortFunc(s.positive, bySize)
	slices.SortFunc(s.negative, bySize)
	return s
}

func size(n int64) int64 { return max(n, -n) }

// needed is the number of cycles after which the walks to the limits have gone over them, or −1 if no products lead
// there.
func (s *source) needed() int {
	top := s.port
	if s.signed {
		top--
	}
	n := 0
	for _, side := range [][]valued{s.positive, s.negative} {
		if len(side) > 0 {
			n = max(n, int(1<<top/size(side[len(side)-1].product))+1)
		}
	}
	if n == 0 {
		return -1
	}
	return n + n/4 + 64*(s.port+8)
}

// directed is the number of sequences of walks.
const directed = 4

// leadIn is the cycles for which each sequence begins with a clear.
const leadIn = 3 * longest

// sequence returns the endless steps of a lane: the first few are walks, the others random.
func (s *source) sequence(number int, seed uint64) iter.Seq[Step] {
	return func(yield func(Step) bool) {
		g := &generator{source: s, rng: rand.New(rand.NewPCG(seed, uint64(number))), yield: yield}
		for range leadIn {
			g.emit(Step{A: g.rng.Uint64(), B: g.rng.Uint64(), Clear: true, Enable: true})
		}
		for !g.done {
			switch number {
			case 0:
				g.walk(s.positive, s.negative)
			case 1:
				if g.walk(s.negative, s.positive); len(s.negative) == 0 {
					g.random(directed + 1)
				}
			case 2:
				g.pausing = s.pauses
				g.walk(s.positive, s.negative)
				g.walk(s.negative, s.positive)
			case 3:
				g.swing()
			default:
				g.random(number)
			}
			if len(s.positive)+len(s.negative) == 0 {
				g.give(s.zero)
			}
		}
	}
}

// generator makes the steps of a lane.
type generator struct {
	*source
	rng     *rand.Rand
	yield   func(Step) bool
	done    bool
	pausing bool
	sum     int64 // of the products since the last clear
}

// emit gives a step, unless the sequence has ended.
func (g *generator) emit(s Step) {
	if !g.done {
		g.done = !g.yield(s)
	}
}

// give adds a pair, sometimes after a pause with other operands.
func (g *generator) give(v valued) {
	for g.pausing && g.rng.IntN(8) == 0 && !g.done {
		g.emit(Step{A: g.rng.Uint64(), B: g.rng.Uint64()})
	}
	g.sum += v.product
	g.emit(Step{A: v.a, B: v.b, Enable: true})
}

// begin clears the sum, with the smallest product around the clear.
func (g *generator) begin() {
	for range longest {
		g.give(g.zero)
	}
	g.emit(Step{A: g.zero.a, B: g.zero.b, Clear: true, Enable: true})
	for range longest {
		g.give(g.zero)
	}
	g.sum = 0
}

// largest returns the largest product in size that is not above most; false if there is none.
func largest(side []valued, most int64) (valued, bool) {
	i, found := slices.BinarySearchFunc(side, most, func(v valued, most int64) int { return cmp.Compare(size(v.product), most) })
	if found {
		return side[i], true
	}
	if i == 0 {
		return valued{}, false
	}
	return side[i-1], true
}

// walk brings the sum to just below each power of two in turn, and back and forth over it: the carry then runs through
// all bits below. It goes over the port's limits in the end. Other has the products that lead back, if there are any.
func (g *generator) walk(side, other []valued) {
	if len(side) == 0 {
		return
	}
	g.begin()
	height := func() int64 { // of the sum, in the direction of the walk
		if side[0].product < 0 {
			return -g.sum
		}
		return g.sum
	}
	for k := range g.port + 1 {
		target := int64(1) << k
		for !g.done {
			v, ok := largest(side, target-1-height())
			if !ok {
				break
			}
			g.give(v)
		}
		for i := range 24 { // over target − 1 and target, over target and target + 1, then anyhow
			back := height() >= target+[]int64{0, 1, 0}[i/8] && len(other) > 0
			switch {
			case back && i < 16:
				g.give(other[0])
			case back:
				g.give(other[g.rng.IntN(min(16, len(other)))])
			default:
				g.give(side[0])
			}
		}
		for height() <= target && !g.done { // the next walk begins above
			v, ok := largest(side, target+1-height())
			if !ok {
				v = side[0]
			}
			g.give(v)
		}
	}
	for i := range 40 {
		switch {
		case i >= 8 && len(other) > 0 && g.rng.IntN(2) == 0:
			g.give(other[len(other)-1])
		default:
			g.give(side[len(side)-1])
		}
	}
}

// swing adds the largest products, then the least, in runs that become longer.
func (g *generator) swing() {
	g.begin()
	for _, side := range [][]valued{g.positive, g.negative} {
		if len(side) > 0 && len(g.positive) > 0 && len(g.negative) > 0 { // alternating
			for range 32 {
				g.give(side[len(side)-1])
				g.give(g.positive[len(g.positive)-1])
				g.give(g.negative[len(g.negative)-1])
			}
		}
	}
	for n := 1; n < 1<<12 && !g.done; n *= 2 {
		for _, side := range [][]valued{g.positive, g.negative} {
			for range n {
				if len(side) > 0 {
					g.give(side[len(side)-1])
				}
			}
		}
	}
}

// random gives 4,096 pairs of one manner: anywhere, of the largest products, or around a sum of 0, with clears and
// pauses that are frequent or rare.
func (g *generator) random(number int) {
	clears := []int{2, 8, 64, 1024}[number%4]
	pauses := []int{0, 8, 2}[number%3]
	if !g.pauses {
		pauses = 0
	}
	manner := number / 2 % 3
	extremes := slices.Concat(g.positive[max(0, len(g.positive)-4):], g.negative[max(0, len(g.negative)-4):])
	for i := 0; i < 4096 && !g.done; i++ {
		s := Step{A: g.rng.Uint64() & (1<<g.a - 1), B: g.rng.Uint64() & (1<<g.b - 1), Enable: true, Clear: g.rng.IntN(clears) == 0}
		switch {
		case manner == 1 && len(extremes) > 0 && g.rng.IntN(8) > 0:
			v := extremes[g.rng.IntN(len(extremes))]
			s.A, s.B = v.a, v.b
		case manner == 2: // back to a sum of 0 and over it
			side := g.positive
			if g.sum >= 0 {
				side = g.negative
			}
			if v, ok := largest(side, size(g.sum)+1); ok && g.rng.IntN(4) > 0 {
				s.A, s.B = v.a, v.b
			} else if len(side) > 0 && g.rng.IntN(2) == 0 {
				s.A, s.B = side[0].a, side[0].b
			}
		}
		if pauses > 0 && g.rng.IntN(pauses) == 0 {
			s.Enable = false
		}
		switch {
		case s.Clear:
			g.sum = 0
		case s.Enable:
			g.sum += g.product(s.A, s.B)
		}
		g.emit(s)
	}
}
