package mac

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/netlist"
)

// machine runs a design in a simulator, several sums side by side.
type machine interface {
	fmt.Stringer
	// begin brings so many lanes into their first state, with open bits filled in.
	begin(ctx context.Context, lanes int, fill cosim.Fill) error
	// run takes all lanes through len(a)/lanes cycles: before clock edge t, lane j has the operands a[t·lanes+j] and
	// b[t·lanes+j], and after it the sum's port shows p[t·lanes+j].
	run(ctx context.Context, a, b []uint64, p []cosim.Word) error
	close() error
}

// harness is a design in Verilator: in one process there are a few lanes.
type harness struct {
	rtl   *cosim.RTL
	lanes int
	duts  []cosim.DUT
}

func (h *harness) String() string { return "Verilator" }

func side(d cosim.DUT) int {
	if o, ok := d.(cosim.Ordered); ok {
		return max(1, o.Lanes())
	}
	return 1
}

func (h *harness) begin(ctx context.Context, lanes int, fill cosim.Fill) error {
	h.lanes = lanes
	for n := 0; n < lanes; {
		var d cosim.DUT
		var err error
		if i := n / max(1, h.per()); i < len(h.duts) {
			d = h.duts[i]
		} else if d, err = h.rtl.Open(ctx); err != nil {
			return err
		} else {
			h.duts = append(h.duts, d)
		}
		if err := d.Reset(ctx, fill); err != nil {
			return err
		}
		n += side(d)
	}
	return nil
}

// per is the number of lanes of a process, 0 if there is none.
func (h *harness) per() int {
	if len(h.duts) == 0 {
		return 0
	}
	return side(h.duts[0])
}

func (h *harness) run(ctx context.Context, a, b []uint64, p []cosim.Word) error {
	per := h.per()
	cycles := len(a) / h.lanes
	x, y, q := make([]uint64, cycles*per), make([]uint64, cycles*per), make([]cosim.Word, cycles*per)
	for first := 0; first < h.lanes; first += per {
		for t := range cycles {
			for l := range per { // what is behind the last lane repeats it
				at := t*h.lanes + min(first+l, h.lanes-1)
				x[t*per+l], y[t*per+l] = a[at], b[at]
			}
		}
		if err := cosim.EvalWords(ctx, h.duts[first/per], x, y, q); err != nil {
			return err
		}
		for t := range cycles {
			copy(p[t*h.lanes+first:t*h.lanes+min(first+per, h.lanes)], q[t*per:])
		}
	}
	return nil
}

func (h *harness) close() (err error) {
	for _, d := range h.duts {
		err = errors.Join(err, d.Close())
	}
	return err
}

// gates is a design in the netlist's simulator.
type gates struct {
	circuit *netlist.Circuit
	lanes   int
	dut     cosim.DUT
}

func (g *gates) String() string { return g.circuit.String() }

func (g *gates) begin(ctx context.Context, lanes int, fill cosim.Fill) (err error) {
	g.lanes = lanes
	if g.dut == nil {
		if g.dut, err = g.circuit.Open(ctx); err != nil {
			return err
		}
	}
	return g.dut.Reset(ctx, fill)
}

func (g *gates) run(ctx context.Context, a, b []uint64, p []cosim.Word) error {
	return g.dut.(interface {
		Cycles(ctx context.Context, lanes int, a, b []uint64, p []cosim.Word) error
	}).Cycles(ctx, g.lanes, a, b, p)
}

func (g *gates) close() error {
	if g.dut == nil {
		return nil
	}
	return g.dut.Close()
}

// both runs the same cycles in all machines, side by side. p[i] has what machine i shows.
func both(ctx context.Context, all []machine, a, b []uint64) (p [][]cosim.Word, err error) {
	g, ctx := errgroup.WithContext(ctx)
	for _, m := range all {
		out := make([]cosim.Word, len(a))
		p = append(p, out)
		g.Go(func() error {
			if err := m.run(ctx, a, b, out); err != nil {
				return fmt.Errorf("%v: %w", m, err)
			}
			return nil
		})
	}
	return p, g.Wait()
}
