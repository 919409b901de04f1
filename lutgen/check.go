package lutgen

import (
	"context"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// CheckOptions says what a check does beside comparing the table.
type CheckOptions struct {
	Options
	// RTL is the design, if it is one in Verilog: for waveforms and coverage.
	RTL  *cosim.RTL
	Full bool // compare all pairs of floats as well
	// Design and Golden, if not nil, are compared pair by pair for Full: design
	// against design, not design against what the table predicts.
	Design, Golden *Side
	Wave           string // file for a waveform of the failing pairs; empty for none
	// Coverage collects line and toggle coverage of RTL, if not nil.
	Coverage *cosim.Coverage
	// FullProgress is Progress for the comparison of all pairs.
	FullProgress func(done, total uint64)
}

// CheckResult is what a check found.
type CheckResult struct {
	Table *lut.Table  `json:"-"`              // of the design
	Pairs *Comparison `json:"pairs"`          // table against table
	All   *Comparison `json:"full,omitempty"` // all pairs of floats
	Wave  int         `json:"wave,omitempty"` // pairs in the waveform
	// WaveExtra are the fraction bits that the expected products of the waveform have more than the product port.
	WaveExtra int `json:"wave_extra_bits,omitempty"`
	// Visits of the table's pairs, and of all pairs.
	Visits    Visits `json:"visits"`
	AllVisits Visits `json:"full_visits,omitzero"`

	// Of a comparison of all pairs without a table: the error figures of integers,
	// against the exact product, and the histogram of their errors.
	Metrics *lut.Metrics `json:"metrics,omitempty"`
	Errors  Spread       `json:"errors,omitempty"`
	// Map has the pictures of those errors, if they were asked for.
	Map *lut.ErrorMap `json:"-"`

	Format    lut.Format    `json:"-"` // of operands and product in Pairs
	Witnesses []lut.Witness `json:"-"` // the simulators, and how many products each formed
	// The same of the reference, if it is a design, and of All.
	RefWitnesses []lut.Witness `json:"golden_witnesses,omitempty"`
	AllWitnesses []lut.Witness `json:"full_witnesses,omitempty"`
}

// Equal says whether every comparison that was asked for found no mismatch.
func (r *CheckResult) Equal() bool {
	return r.Pairs.Equal() && (r.All == nil || r.All.Equal())
}

// Compared returns the number of products compared.
func (r *CheckResult) Compared() uint64 {
	n := r.Pairs.Compared
	if r.All != nil {
		n += r.All.Compared
	}
	return n
}

// Check sweeps a design into a table, compares that with the golden one and,
// where asked, goes on to all pairs of floats, a waveform of what failed, and
// coverage. A mismatch is no error: it is in the result. With a result, an error
// says what failed after mismatches had been found.
func Check(ctx context.Context, o cosim.Opener, want *lut.Table, opts CheckOptions) (*CheckResult, error) {
	rtl := opts.RTL
	if rtl == nil && (opts.Wave != "" || opts.Coverage != nil) {
		return nil, fault.Usagef("waveforms and coverage are only there for RTL")
	}
	if opts.Wave != "" { // before the work, not after it
		if _, err := cosim.TraceOf(opts.Wave); err != nil {
			return nil, err
		}
	}
	sweep := opts.Options
	if opts.Coverage != nil {
		covered, err := rtl.WithVariant(ctx, cosim.Variant{Coverage: true})
		if err != nil {
			return nil, err
		}
		o, sweep.Observe = covered, opts.Coverage.Collect
	}
	r := &CheckResult{}
	sweep.Visits = &r.Visits
	got, err := Table(ctx, o, sweep)
	if err != nil {
		return nil, err
	}
	r.Table, r.Format, r.Witnesses = got, got.Format, got.Witnesses
	if r.Pairs, err = CompareTables(got, want); err != nil {
		return nil, err
	}
	if opts.Full {
		sweep.Visits = &r.AllVisits
		if r.All, r.AllWitnesses, err = opts.allPairs(ctx, o, want, sweep); err != nil {
			if r.All = nil; ctx.Err() != nil && !r.Pairs.Equal() { // interrupted, but the verdict is known
				return r, err
			}
			return nil, err
		}
	}
	if opts.Wave != "" && !r.Equal() {
		pairs, bits := r.failing(rtl.Shape(), want.Format.P)
		if err := cosim.WriteWave(ctx, rtl, pairs, bits, opts.Wave); err != nil {
			return r, fault.Failedf("%w", err)
		}
		r.Wave, r.WaveExtra = len(pairs), bits-rtl.Shape().P
	}
	return r, nil
}

// allPairs compares all pairs of floats. It says who formed how many products.
func (o CheckOptions) allPairs(ctx context.Context, design cosim.Opener, want *lut.Table, sweep Options) (*Comparison, []lut.Witness, error) {
	if o.Golden != nil {
		r, err := Exhaustive(ctx, *o.Design, Reference{Side: o.Golden}, ExhaustiveOptions{Jobs: o.Jobs, Progress: o.FullProgress})
		if err != nil {
			return nil, nil, err
		}
		return r.Pairs, r.Witnesses, nil
	}
	sweep.Progress = o.FullProgress
	c, err := fullOfAll(ctx, design, want, sweep)
	if err != nil {
		return nil, nil, err
	}
	return c, sweep.witnesses(design, c.Compared), nil
}

// fullOfAll compares all pairs in every simulator.
func fullOfAll(ctx context.Context, o cosim.Opener, want *lut.Table, opts Options) (*Comparison, error) {
	first, err := Full(ctx, o, want, opts)
	for _, other := range opts.Others {
		if err != nil {
			return nil, err
		}
		quiet := opts
		quiet.Progress, quiet.Observe, quiet.Visits = nil, nil, nil
		quiet.Histories = HistoriesPure // only the products are compared
		second, err := Full(ctx, other, want, quiet)
		if err != nil {
			return nil, err
		}
		if err := opts.agreeFull(ctx, o, other, first, second); err != nil {
			return nil, err
		}
	}
	return first, err
}

// Failing returns the mismatches kept, of a comparison whose operands and products are those at the ports.
func (c *Comparison) Failing() []cosim.WavePair {
	var pairs []cosim.WavePair
	for _, m := range c.First {
		pairs = append(pairs, cosim.WavePair{A: m.A, B: m.B, Want: m.Want})
	}
	return pairs
}

// failing returns the mismatches kept, as at the ports, and how many bits their expected products have. golden is the
// number of product bits of the golden table's format, of which there may be more than the port has.
func (r *CheckResult) failing(s cosim.Shape, golden int) (pairs []cosim.WavePair, bits int) {
	if r.All != nil && len(r.Pairs.First) == 0 {
		return r.All.Failing(), s.P
	}
	f := r.Table.Format
	pairs, bits = r.Pairs.Failing(), s.P
	rect := tableRect(s, f)
	shift := 0 // from an entry's place to the port's, both of mantissas
	var base uint32
	if f.Kind == lut.Mantissa {
		compared, port := max(f.P, golden), s.Numbers().P
		shift, bits = max(0, port-compared), bits+max(0, compared-port)
		if s.Kind == cosim.Float {
			base = cosim.One << compared // an entry is what its product exceeds 1 by
		}
	}
	if _, ok := s.Kind.Integer(); ok && s.P > f.P {
		for i := range pairs { // the port has the sign above the product
			pairs[i].Want = uint32(f.NumberP(pairs[i].Want)) & uint32(uint64(1)<<s.P-1)
		}
	}
	for i, p := range pairs {
		pairs[i] = cosim.WavePair{A: rect.A0 + p.A, B: rect.B0 + p.B, Want: (base + p.Want) << shift}
	}
	return pairs, bits
}
