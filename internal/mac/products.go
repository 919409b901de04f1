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
	const lanes = 32
	const slots = 2048 // in a lane, of one run
	const lead = 2 * longest
	period := 2
	if t.Load {
		period = 1
	}
	out := make([][]uint64, len(all))
	for i := range out {
		out[i] = make([]uint64, n)
	}
	for first := 0; first < n; first += lanes * slots {
		count := min(lanes*slots, n-first)
		each := (count + lanes - 1) / lanes
		cycles := lead + each*period
		steps := make([]Step, cycles*lanes)
		// edge of the pair of a slot, after which the sum is read.
		edge := func(slot int) int { return lead + slot*period + period - 1 }
		for i := range steps {
			steps[i] = Step{Enable: true, A: uint64(i), B: uint64(i / 7)}
		}
		for i := range lanes * each {
			lane, slot := i%lanes, i/lanes
			p := of(first + min(i, count-1))
			e := edge(slot)
			at := &steps[(e-t.Pair+1)*lanes+lane]
			at.A, at.B = p.a, p.b
			if !t.Load {
				e--
			}
			steps[(e-t.Clear+1)*lanes+lane].Clear = true
		}
		for _, m := range all {
			if err := m.begin(ctx, lanes, fill); err != nil {
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
				out[k][first+i] = p[k][edge(i/lanes)*lanes+i%lanes].Lo
			}
		}
	}
	return out, nil
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
