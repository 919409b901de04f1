package proof

import (
	"context"
	"errors"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// CheckOptions say what a check compares, and what it writes.
type CheckOptions struct {
	Golden     multiplier.Ref // the golden model; Unknown is that of a built-in design itself
	Full       bool           // go on to all pairs of floating-point operands
	Everything bool           // let Verilator form every product too, where the netlist does
	Wave       string         // file for a waveform of the failing pairs, "" for none
	Lcov       string         // file for the coverage, "" for none
	Map        bool           // the outcome of integers that no table holds has a map of their errors
	// Limits, if there are any, take the place of the golden model: the error figures against the exact products
	// must not exceed them.
	Limits []Limit
	// Sample, if it is not nil, takes the place of all pairs.
	Sample *Sample
	// Noted, if not nil, is told of a note on the golden model before the work.
	Noted func(note string)
}

// Outcome is what a check found, as far as it came.
type Outcome struct {
	Inferred string `json:"inferred"`
	Sandbox  string `json:"sandbox,omitempty"` // what the design ran in
	Golden   string `json:"golden"`            // what it was compared with
	Note     string `json:"note,omitempty"`    // on the golden model
	Passed   bool   `json:"passed"`
	Same     bool   `json:"equal"` // every product is the golden model's

	// FractionsOnly says that of floats only the products of fractions were compared: neither signs nor exponents nor
	// special values.
	FractionsOnly bool `json:"fractions_only,omitempty"`

	Witnesses           []lut.Witness        `json:"witnesses,omitempty"`
	Function            string               `json:"function,omitempty"` // how it is known that products are one of the operands
	*lutgen.CheckResult                      // nil if nothing was compared with a golden model
	Limited             *Limited             `json:"limited,omitempty"` // nil without limits
	Sample              *lutgen.SampleResult `json:"sample,omitempty"`  // nil unless a sample was compared
	Coverage            *cosim.Summary       `json:"coverage,omitempty"`

	// Which simulators agree, on the table and on all pairs of floats.
	Agreement, AgreementOfAll string `json:"-"`

	Ports lut.Format `json:"-"` // of all operands, as at the ports
	Lcov  string     `json:"-"` // the file of the coverage, "" if it was not written
}

// note keeps a note and tells of it.
func (o *Outcome) note(text string, noted func(string)) {
	o.Note = text
	if text != "" && noted != nil {
		noted(text)
	}
}

// Shortened returns the outcome with no more mismatches of each comparison than are to be shown.
func (o *Outcome) Shortened(show int) *Outcome {
	short := *o
	if o.CheckResult != nil {
		compared := *o.CheckResult
		compared.Pairs, compared.All = o.Pairs.Shortened(show), o.All.Shortened(show)
		short.CheckResult = &compared
	}
	if o.Sample != nil {
		compared := *o.Sample
		compared.First = compared.First[:min(show, len(compared.First))]
		compared.Strata.Wrong = compared.Strata.Wrong[:min(show, len(compared.Strata.Wrong))]
		short.Sample = &compared
	}
	return &short
}

// Compares says whether anything was compared.
func (o *Outcome) Compares() bool { return o.CheckResult != nil || o.Limited != nil || o.Sample != nil }

// set keeps what was compared.
func (o *Outcome) set(r *lutgen.CheckResult) {
	o.CheckResult, o.Witnesses, o.Passed, o.Same = r, r.Witnesses, r.Equal(), r.Equal()
}

// Check compares every product of a design with its golden model, or those of a sample, or its error figures with
// limits. The outcome is never nil. If its CheckResult, its Limited and its Sample are nil too, the error says why
// nothing was compared, else what failed after the comparison.
func (o *Options) Check(ctx context.Context, d *Design, c CheckOptions) (*Outcome, error) {
	s := d.Shape()
	out := &Outcome{Inferred: d.Describe(), Sandbox: d.Sandbox,
		Ports: lut.Format{Kind: lut.Unsigned, A: s.A, B: s.B, P: s.P}}
	switch {
	case c.Sample != nil:
		return out, o.sample(ctx, d, c, out)
	case len(c.Limits) > 0:
		return out, o.limited(ctx, d, c, out)
	case s.Wide():
		return out, o.exhaustive(ctx, d, c, out)
	}
	return out, o.table(ctx, d, c, out)
}

// table compares a design's table with the golden one, and for Full all pairs.
func (o *Options) table(ctx context.Context, d *Design, c CheckOptions, out *Outcome) (err error) {
	var other *Design // golden RTL
	var want *lut.Table
	if c.Golden.Kind == multiplier.RTL {
		if other, err = o.openGolden(ctx, c.Golden, d); err != nil {
			return err
		}
		out.Golden = other.Describe()
		want, err = o.goldenRTLTable(ctx, other)
	} else {
		want, out.Golden, err = o.GoldenTable(ctx, c.Golden, d)
	}
	if err != nil {
		return err
	}
	d.adopt(want.Format)
	out.Inferred, out.FractionsOnly = d.Describe(), d.Shape().Kind == cosim.Float && !c.Full
	out.note(sharedSources(want.Sources, d.Sources()), c.Noted)
	sweep, swept := o.begin("sweep")
	all, done := o.begin("all pairs")
	opts := lutgen.CheckOptions{Options: d.Sweep(o.Jobs), Full: c.Full, Wave: c.Wave, FullProgress: all, RTL: d.RTL}
	opts.Progress = sweep
	if c.Full && d.Shape().Kind == cosim.Float {
		if opts.Row, err = o.goldenRow(c.Golden, d); err != nil {
			return err
		}
	}
	if other != nil && c.Full {
		design, golden := d.side(true), other.side(true)
		opts.Design, opts.Golden = &design, &golden
	}
	if c.Lcov != "" {
		if opts.Coverage, err = cosim.NewCoverage(); err != nil {
			return err
		}
		defer opts.Coverage.Close()
		ctx = opts.Coverage.Writing(ctx)
	}
	r, late := lutgen.Check(ctx, d.Opener, want, opts)
	swept()
	done()
	if r == nil {
		return late
	}
	out.set(r)
	if opts.Coverage != nil {
		late = errors.Join(late, out.cover(ctx, opts.Coverage, c.Lcov))
	}
	out.Agreement, out.Function = d.Agreement(r.Table), r.Table.Function
	if r.All != nil && d.Witnesses != nil {
		out.AgreementOfAll = lutgen.Said(r.AllWitnesses)
	}
	return late
}

// cover summarizes the coverage and writes it.
func (o *Outcome) cover(ctx context.Context, c *cosim.Coverage, lcov string) error {
	s, err := c.Summarize()
	if err != nil {
		return err
	}
	o.Coverage = &s
	if err := c.WriteLcov(ctx, lcov); err != nil {
		return err
	}
	o.Lcov = lcov
	return nil
}
