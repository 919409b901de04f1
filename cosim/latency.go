package cosim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

const (
	probeCycles = 256 // the longest latency that is looked for
	probePairs  = 32
)

// measureTiming finds the number of clock edges from operands to product, and
// whether the design takes new operands in every cycle. The sweep verifies both:
// a wrong latency gives each product to a wrong pair, which two visits in
// different orders cannot agree on.
func (r *RTL) measureTiming(ctx context.Context) error {
	d, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	return r.MeasureTiming(ctx, d, func(t Timing) { d.timing = t })
}

// Prober is an instance of a clocked design whose product can be watched.
type Prober interface {
	DUT
	// Probe holds one pair for n cycles, changes to another and returns what the
	// product port shows before any edge and after each of n edges.
	Probe(ctx context.Context, a1, b1, a2, b2 uint64, n int) ([]Word, error)
}

// MeasureTiming finds the timing of a clocked design without a handshake on an
// instance of it, in any simulator; set tells the instance of it. A latency that
// the user gave is taken and verified.
func (r *RTL) MeasureTiming(ctx context.Context, d Prober, set func(Timing)) error {
	a, b := probeOperands(r.Iface.Shape, probePairs)
	settled := make([]Word, probePairs)
	latency, seen := 0, false
	for i := range probePairs {
		before := (i + probePairs - 1) % probePairs
		out, err := d.Probe(ctx, a[before], b[before], a[i], b[i], probeCycles)
		if err != nil {
			return err
		}
		settled[i] = out[probeCycles]
		first := probeCycles
		for first > 0 && out[first-1] == out[probeCycles] {
			first--
		}
		if first > probeCycles/2 {
			return fault.Usagef("%s: the product still changes %d clock cycles after the operands stand still: "+
				"if the design has a handshake, name it with %v and %v; if it is not the product, name it with %v",
				r.Design.Top, first, option.InValid, option.OutValid, option.P)
		}
		if i > 0 && settled[i] != settled[i-1] {
			latency, seen = max(latency, first), true
		}
	}
	if !seen {
		return &StuckError{fault.Usagef("%s: the product is %v for every pair tried, so its latency cannot be measured: "+
			"check %v ('!rst' is active low), %v and the ports of the handshake",
			r.Design.Top, settled[0], option.Reset, option.Tie)}
	}
	if !r.given {
		r.Timing.Latency = latency
	}
	if r.Timing.Latency == 0 {
		return nil
	}
	for _, hold := range []bool{false, true} {
		r.Timing.Hold = hold
		set(r.Timing)
		p := make([]Word, probePairs)
		if err := EvalWords(ctx, d, a, b, p); err != nil {
			return err
		}
		if slices.Equal(p, settled) {
			return nil
		}
	}
	if r.given {
		return fault.Failedf("%s: with %v %d the products are not those of the operands; measured: %d",
			r.Design.Top, option.Latency, r.Timing.Latency, latency)
	}
	return fmt.Errorf("%s: no fixed latency: products that settle after up to %d cycles are not repeated at that distance", r.Design.Top, latency)
}

// ProbeOperands returns a few pairs whose products differ for any multiplier worth the name.
func ProbeOperands(s Shape) (a, b []uint64) { return probeOperands(s, probePairs) }

// probeOperands returns pairs whose products differ for any multiplier worth
// the name: floats near 1, integers anywhere.
func probeOperands(s Shape, n int) (a, b []uint64) {
	rng := rand.New(rand.NewPCG(7, 11))
	draw := func(width int) uint64 {
		if s.Kind == Float {
			m, x := s.Fraction(), s.format().ExponentBits()
			least := max(1, int(s.One())-2)
			exponents := min(5, 1<<x-1-least) // up to the largest of normal numbers
			return uint64(least+rng.IntN(exponents))<<m | uint64(rng.Uint32N(1<<m))
		}
		if width > 32 {
			return rng.Uint64()>>(64-width) | 1
		}
		return uint64(rng.Uint32N(1<<min(width, 31)-1) + 1)
	}
	for range n {
		a = append(a, draw(s.A))
		b = append(b, draw(s.B))
	}
	return a, b
}
