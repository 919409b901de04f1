package netlist

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/cosim"
)

// MostCycled is the most sums, or other runs of a clocked design, that Cycles takes side by side.
const MostCycled = 64

// Cycles runs a clocked design cycle by cycle, in so many instances side by side: before clock edge t, instance j has
// the operands a[t·lanes+j] and b[t·lanes+j]; after it, the product's port shows p[t·lanes+j]. Each instance goes on where
// the call before left it.
func (d *instance) Cycles(ctx context.Context, lanes int, a, b []uint64, p []cosim.Word) error {
	if lanes < 1 || lanes > MostCycled || !d.c.Clocked() || d.c.outValid >= 0 {
		return fmt.Errorf("cycles of %d instances: expected 1 to %d of a clocked design without a handshake", lanes, MostCycled)
	}
	clear(d.held)
	var va, vb, low, high [64]uint64
	for t := 0; t < len(a); t += lanes {
		if t%(1024*lanes) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		copy(va[:], a[t:t+lanes])
		copy(vb[:], b[t:t+lanes])
		valuePlanes(d.mem, d.a, 0, &va)
		valuePlanes(d.mem, d.b, 0, &vb)
		d.edge()
		d.tier.exec(d.c.out, d.mem)
		clear(low[:])
		clear(high[:])
		for k, s := range d.p {
			if k < 64 {
				low[k] = d.mem[s*blockWords]
			} else {
				high[k-64] = d.mem[s*blockWords]
			}
		}
		transpose(&low)
		transpose(&high)
		for j := range lanes {
			p[t+j] = cosim.Word{Lo: low[j], Hi: high[j]}
		}
	}
	return nil
}
