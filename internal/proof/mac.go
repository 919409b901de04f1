package proof

import (
	"context"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/mac"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/lut"
)

// Accumulation is a design that adds up products, as [Options.OpenAccumulator] reads it.
type Accumulation struct {
	*cosim.Accumulator
	Name string // for the table of its products

	design *Design
}

// adder is the design as a multiplier: the shape of its operands and of the products that it adds up.
type adder struct {
	*cosim.RTL
	shape cosim.Shape
}

func (a adder) Shape() cosim.Shape { return a.shape }

// OpenAccumulator reads the design of Source as one that adds up products. clear names the port that clears the sum,
// "!port" if it does so when it is low; empty: it is found by its name.
func (o *Options) OpenAccumulator(ctx context.Context, clear string) (*Accumulation, error) {
	m, err := cosim.ElaborateAccumulator(ctx, o.Source, o.Over, clear, o.build())
	if err != nil {
		return nil, err
	}
	name := tableName(m.RTL.Design.Top, m.Shape())
	return &Accumulation{m, name, &Design{Opener: adder{m.RTL, m.Shape()}, RTL: m.RTL, Name: name}}, nil
}

// CanReplace is [Design.CanReplace].
func (a *Accumulation) CanReplace(path string) error { return a.design.CanReplace(path) }

// Accumulate proves that a design adds up the products of a golden model, or of a table of its own if ref's kind is
// Unknown. The table of the result has the design's sources. If a sum is wrong, wave names the file of its waveform,
// "" for none.
func (o *Options) Accumulate(ctx context.Context, a *Accumulation, ref multiplier.Ref, opts mac.Options, wave string) (*mac.Result, error) {
	var want *lut.Table
	var what string
	var err error
	if ref.Kind != multiplier.Unknown {
		if _, err := a.design.Format(); err != nil {
			return nil, fault.Usagef("the products of an accumulator need a table: %w", err)
		}
		golden := *o
		golden.Over.P, golden.Over.LatencyGiven, golden.Over.Latency = "", false, 0
		if want, what, err = golden.GoldenTable(ctx, ref, a.design); err != nil {
			return nil, err
		}
	}
	finish := func() {}
	if o.Progress != nil {
		opts.Progress, finish = o.Progress("sums", "cycles")
	}
	r, err := mac.Check(ctx, a.Accumulator, want, opts)
	finish()
	if err != nil {
		return nil, err
	}
	r.Design, r.Golden = a.Describe(), what
	if want != nil && r.Wrong == 0 { // the same products, and a table of this design
		own := *want
		r.Table = &own
	}
	if t := r.Table; t != nil {
		t.Name, t.Sources, t.Options, t.Tools = a.Name, a.RTL.Sources(), a.Options(), a.RTL.Tools()
		t.Witnesses, t.Function = nil, "each pair alone in the sum of an accumulator, after a clear"
		if r.Alone != "" {
			t.Function += onlyOne(r.Alone)
		}
		for _, s := range r.Simulators {
			t.Witnesses = append(t.Witnesses, lut.Witness{Tool: s, Products: uint64(r.Products)})
		}
	}
	if wave != "" && !r.Equal() {
		if err := r.WriteWave(ctx, a.Accumulator, wave); err != nil {
			return r, fault.Failedf("%w", err)
		}
	}
	return r, nil
}
