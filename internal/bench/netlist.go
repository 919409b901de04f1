package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/netlist"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// benchNetlist measures both simulators in rounds that alternate.
func benchNetlist(ctx context.Context, _ *session) (Figure, error) {
	return againstVerilator(ctx, "mitchell_e8m7", floatRows, 2)
}

func benchNetlistArray(ctx context.Context, _ *session) (Figure, error) {
	return againstVerilator(ctx, "exact_u8", cosim.Rect{NA: 1 << 8, NB: 1 << 8}, 0)
}

// againstVerilator measures the rate of a sweep in the netlist simulator and in Verilator. Both must have the same
// products.
func againstVerilator(ctx context.Context, name string, r cosim.Rect, target float64) (Figure, error) {
	var all []*contestant
	var first cosim.Products
	for _, s := range []witness.Simulators{witness.Netlist, witness.Verilator} {
		o, err := proof.OpenBuiltin(ctx, name, "", cosim.Options{Optimise: true}, witness.Options{Simulators: s})
		if err != nil {
			return Figure{}, err
		}
		d, err := o.Open(ctx)
		if err != nil {
			return Figure{}, err
		}
		defer d.Close()
		got, err := d.Sweep(ctx, r, cosim.RowMajor)
		if err != nil {
			return Figure{}, err
		}
		if s == witness.Netlist {
			first = got.Clone()
		} else if at := got.Differs(first); at >= 0 {
			return Figure{}, fmt.Errorf("product %d of %s is %#x, of the netlist %#x", at, name, got.At(at), first.At(at))
		}
		all = append(all, &contestant{name: string(s), round: func() (float64, error) {
			start := time.Now()
			_, err := d.Sweep(ctx, r, cosim.RowMajor)
			return float64(r.Pairs()) / time.Since(start).Seconds() / 1e6, err
		}})
	}
	if err := contest(ctx, rounds, all...); err != nil {
		return Figure{}, err
	}
	f := Figure{Value: all[0].best, Unit: "M/s"}
	f.compare("Verilator", all[1].best, target)
	return f, nil
}

// benchOperations measures word operations, which are most of the
// work of the netlist simulator.
func benchOperations(ctx context.Context, b *session) (Figure, error) {
	o, err := proof.OpenBuiltin(ctx, "exact_u8", "", cosim.Options{}, witness.Options{Simulators: witness.Netlist})
	if err != nil {
		return Figure{}, err
	}
	e, err := o.Witnesses.Netlist.Effort(ctx)
	if err != nil {
		return Figure{}, err
	}
	if e == nil {
		return Figure{}, fmt.Errorf("%w: no vector instructions that the netlist simulator has code for", errNotHere)
	}
	const repeat = 100
	timed := func(name string, work func(), amount int) *contestant {
		return &contestant{name: name, round: func() (float64, error) {
			s, err := processorTime(func() {
				for range repeat {
					work()
				}
			})
			return repeat * float64(amount) / s / 1e9, err
		}}
	}
	run, limit := timed("run", e.Run, e.Operations), timed("limit", e.Limit, e.Operations)
	clock := &contestant{name: "clock", round: func() (float64, error) {
		for range repeat {
			e.Limit() // a core that executes AVX-512 has a lower clock for a while
		}
		s, err := processorTime(e.Clock)
		return netlist.ClockCycles / s / 1e9, err
	}}
	if err := contest(ctx, rounds, run, limit, clock); err != nil {
		return Figure{}, err
	}
	b.watch.Logf("netlist-operations: %s, %.3g GHz, %.3g cycles for each operation on a block",
		e.Level, clock.best, clock.best*64/run.best)
	f := Figure{Value: run.best, Unit: "G/s"}
	f.compare("limit", limit.best, 0)
	f.compare("ports", clock.best*float64(e.Operations)/e.Cycles, 0)
	return f, nil
}
