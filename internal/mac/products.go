package mac

import (
	"context"

	"github.com/approxtrain/approxtrain/cosim"
)

// pair is two operands, as bits.
type pair struct{ a, b uint64 }

// extract returns what the sum's port shows of each of n pairs that is alone in the sum, clear before it, by every
// machine.
func (c *checker) extract(ctx context.Context, all []machine, fill cosim.Fill, t Timing, n int, of func(i int) pair) ([][]uint64, error) {
	out := make([][]uint64, len(all))
	for i := range out {
		out[i] = make([]uint64, n)
	}
	for first := 0; first < n; first += aloneLanes * aloneSlots {
		count := min(aloneLanes*aloneSlots, n-first)
		steps := t.alone(count, func(i int) pair { return of(first + i) })
		for _, m := range all {
			if err := m.begin(ctx, aloneLanes, fill); err != nil {
				return nil, err
			}
		}
		x, y := c.operands(steps)
		p, err := both(ctx, all, x, y)
		if err != nil {
			return nil, err
		}
		for k := range all {
			for i := range count {
				out[k][first+i] = p[k][t.edge(i/aloneLanes)*aloneLanes+i%aloneLanes].Lo
			}
		}
	}
	return out, nil
}

// Products that are alone in the sum come in so many lanes, and so many in each lane of one run.
const (
	aloneLanes = 32
	aloneSlots = 2048
)

// edge is the clock edge of the pair of a slot, after which the sum is read.
func (t Timing) edge(slot int) int {
	const lead = 2 * longest
	if t.Load {
		return lead + slot
	}
	return lead + 2*slot + 1
}

// alone returns the steps of all lanes in which each of n pairs, of one run, is alone in the sum.
func (t Timing) alone(n int, of func(i int) pair) []Step {
	each := (n + aloneLanes - 1) / aloneLanes
	steps := make([]Step, (t.edge(each-1)+1)*aloneLanes)
	for i := range steps {
		steps[i] = Step{Enable: true, A: uint64(i), B: uint64(i / 7)}
	}
	for i := range aloneLanes * each {
		lane, e, p := i%aloneLanes, t.edge(i/aloneLanes), of(min(i, n-1))
		at := &steps[(e-t.Pair+1)*aloneLanes+lane]
		at.A, at.B = p.a, p.b
		if !t.Load {
			e--
		}
		steps[(e-t.Clear+1)*aloneLanes+lane].Clear = true
	}
	return steps
}

// operands returns the operands of the design for steps of all lanes.
func (c *checker) operands(steps []Step) (a, b []uint64) {
	a, b = make([]uint64, len(steps)), make([]uint64, len(steps))
	for i, s := range steps {
		a[i] = c.acc.Operand(s.Clear, s.Enable, s.A&(1<<c.acc.A-1))
		b[i] = s.B & (1<<c.acc.B - 1)
	}
	return a, b
}

// number is the product that a port of the accumulator shows, and whether its bits above the product's are the
// extension of that one.
func (c *checker) number(port uint64) (n int64, extended bool) {
	bits := c.acc.A + c.acc.B
	n = int64(port & (1<<bits - 1))
	if k, _ := c.acc.Kind.Integer(); k.SignedProduct() {
		n = n << (64 - bits) >> (64 - bits)
	}
	return n, uint64(n)&(1<<c.acc.P-1) == port
}
