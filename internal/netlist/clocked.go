package netlist

import (
	"context"
	"math/bits"

	"github.com/approxtrain/approxtrain/cosim"
)

// The clocked designs: what is done with their ports, and when, is what
// rtl/testbench/dut_verilated.h does.

const (
	resetCycles = 8
	maxWait     = 1 << 16 // cycles a handshake may take
)

// start brings the registers into their first state, through a reset if there is
// one.
func (d *instance) start() {
	c := d.c
	// Operands and the handshake rest.
	clear(d.held)
	for _, s := range c.layout.inputs {
		fillPlane(slotOf(d.mem, s), 0)
	}
	if c.outReady >= 0 {
		fillPlane(slotOf(d.mem, c.layout.inputs[c.outReady]), ^uint64(0))
	}
	if !c.Clocked() {
		return
	}
	if c.reset == nil {
		setInitial(d.mem, c.layout, c.init)
		if !c.fall {
			d.edge() // the clock goes up, and rests there
		}
		for range c.flush {
			d.edge()
		}
		return
	}
	r := c.reset
	for i, s := range r.layout.inputs {
		copy(slotOf(d.rmem, s), slotOf(d.mem, c.layout.inputs[i]))
	}
	setInitial(d.rmem, r.layout, r.init)
	edges := resetCycles
	if c.fall {
		edges-- // the clock begins low
	}
	for range edges {
		d.tier.advance(r.next, d.rmem, r.layout.states)
	}
	for i, s := range r.states {
		copy(slotOf(d.mem, c.layout.states[i]), slotOf(d.rmem, r.layout.states[s]))
	}
}

func setInitial(mem []uint64, l *layout, init []initial) {
	for i, v := range init {
		to := slotOf(mem, l.states[i])
		switch {
		case v.open >= 0:
			copy(to, slotOf(mem, l.opens[v.open]))
		case v.value:
			fillPlane(to, ^uint64(0))
		default:
			fillPlane(to, 0)
		}
	}
}

// advance lets the registers take their next values, all at once.
func (t *tier) advance(next *program, mem []uint64, states []int) {
	t.exec(next, mem)
	for i, s := range states {
		copy(slotOf(mem, s), slotOf(mem, next.outs[i]))
	}
}

// edge is one cycle of the clock.
func (d *instance) edge() {
	if d.c.Clocked() {
		d.tier.advance(d.c.next, d.mem, d.c.layout.states)
	}
}

// stream gives a pipeline new operands in every cycle: of block i by set(i), whose
// products take(i) takes when they are there.
func (d *instance) stream(ctx context.Context, blocks uint64, set, take func(i uint64)) error {
	latency := uint64(d.c.timing.Latency)
	for t := range blocks + max(latency, 1) - 1 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if t < blocks {
			set(t)
		}
		if latency > 0 {
			d.edge()
		}
		if t+1 >= latency {
			d.tier.exec(d.c.out, d.mem)
			take(t + 1 - max(latency, 1))
		}
	}
	return nil
}

// clocked brings the products of the operands that are set to the output, in every
// instance. a and b are for messages.
func (d *instance) clocked(ctx context.Context, a, b []uint64) error {
	if d.c.outValid >= 0 {
		return d.handshake(ctx, a, b)
	}
	for range d.c.timing.Latency {
		d.edge()
	}
	d.tier.exec(d.c.out, d.mem)
	return ctx.Err()
}

// handshake offers the operands until they are taken and waits for the product, in
// every instance at its own pace. In the end the slots of the product hold them all, and unasked says whether an
// instance showed another product after its own.
func (d *instance) handshake(ctx context.Context, a, b []uint64) error {
	c := d.c
	d.unasked = false
	all := make([]uint64, blockWords)
	fillPlane(all, ^uint64(0))
	offered := append([]uint64(nil), all...) // instances whose operands are not taken yet
	waiting := append([]uint64(nil), all...) // instances without their product
	got := make([][]uint64, c.product)
	for k := range got {
		got[k] = make([]uint64, blockWords)
	}
	valid := func() []uint64 {
		if c.inValid < 0 {
			return nil
		}
		return slotOf(d.mem, c.layout.inputs[c.inValid])
	}()
	for cycle := 0; ; cycle++ {
		if cycle%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if cycle >= 2*maxWait {
			return d.never(offered, waiting, a, b)
		}
		if valid != nil {
			copy(valid, offered)
		}
		d.tier.exec(c.out, d.mem)
		var ready []uint64
		if c.inReady >= 0 {
			ready = slotOf(d.mem, c.out.outs[c.inReady])
		}
		out := slotOf(d.mem, c.out.outs[c.outValid])
		var left uint64
		for w := range blockWords {
			// An instance takes its product in a cycle after the one in which its operands
			// were taken.
			done := out[w] & waiting[w] &^ offered[w]
			if done != 0 {
				for k := range got {
					got[k][w] = got[k][w]&^done | d.mem[d.p[k]*blockWords+w]&done
				}
				waiting[w] &^= done
			}
			if out[w]&^waiting[w]&^offered[w]&^done != 0 {
				d.unasked = true
			}
			if ready != nil {
				offered[w] &^= ready[w]
			} else {
				offered[w] = 0
			}
			left |= waiting[w]
		}
		d.edge()
		if left == 0 {
			break
		}
	}
	if valid != nil {
		fillPlane(valid, 0)
	}
	d.tier.exec(c.out, d.mem)
	for k := range got {
		copy(slotOf(d.mem, d.p[k]), got[k])
	}
	return nil
}

// Unasked implements [cosim.PartCounter].
func (d *instance) Unasked(ctx context.Context, a, b []uint64, cycles int) (bool, error) {
	for len(a) > 0 {
		if err := d.Reset(ctx, cosim.FillZeros); err != nil {
			return false, err
		}
		m := min(len(a), blockPairs)
		if err := d.multiply(ctx, a[:m], b[:m]); err != nil {
			return false, err
		}
		for range cycles {
			d.tier.exec(d.c.out, d.mem)
			for _, v := range slotOf(d.mem, d.c.out.outs[d.c.outValid]) {
				d.unasked = d.unasked || v != 0
			}
			d.edge()
		}
		if d.unasked {
			return true, nil
		}
		a, b = a[m:], b[m:]
	}
	return false, nil
}

// never is the error of the first instance that has no product.
func (d *instance) never(offered, waiting []uint64, a, b []uint64) error {
	for w := range blockWords {
		if waiting[w] == 0 {
			continue
		}
		i := bits.TrailingZeros64(waiting[w])
		at := min(pairAt(w, i), len(a)-1)
		return cosim.NoAnswer(offered[w]>>i&1 == 1, a[at], b[at])
	}
	return nil
}

// Probe holds one pair for n cycles, changes to another and returns what the
// product shows before any edge and after each of n edges.
func (d *instance) Probe(ctx context.Context, a1, b1, a2, b2 uint64, n int) ([]cosim.Word, error) {
	var out []cosim.Word
	show := func() {
		d.tier.exec(d.c.out, d.mem)
		var v cosim.Word
		for k, s := range d.p {
			if bit := d.mem[s*blockWords] & 1; k < 64 {
				v.Lo |= bit << k
			} else {
				v.Hi |= bit << (k - 64)
			}
		}
		out = append(out, v)
	}
	clear(d.held)
	set := func(a, b uint64) {
		for k, s := range d.a {
			fillPlane(slotOf(d.mem, s), -(a >> k & 1))
		}
		for k, s := range d.b {
			fillPlane(slotOf(d.mem, s), -(b >> k & 1))
		}
	}
	set(a1, b1)
	for range n {
		d.edge()
	}
	set(a2, b2)
	show()
	for range n {
		d.edge()
		show()
	}
	return out, ctx.Err()
}
