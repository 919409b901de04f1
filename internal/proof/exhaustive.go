package proof

import (
	"context"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// goldenOfAll is GoldenTable for integers that no table holds: the reference with
// which all pairs are compared.
func (o *Options) goldenOfAll(ctx context.Context, d *Design, g multiplier.Ref, everything bool) (
	ref lutgen.Reference, what string, err error) {
	s := d.Shape()
	f := s.Numbers()
	switch g.Kind {
	case multiplier.Unknown:
		if d.Wide == nil {
			return ref, "", ErrNoGolden
		}
		return lutgen.Reference{Row: d.Wide.Row}, "golden model " + d.Wide.Name, nil
	case multiplier.Table:
		return ref, "", &GoldenError{g.Text, fault.Usagef("a table holds operands of up to %d bits, the design is %v; "+
			"name a built-in, a function in C or RTL", lut.MaxInteger, s)}
	case multiplier.CFunc:
		m, err := cosim.OpenModel(ctx, cosim.ModelSource{File: g.Path, Func: g.Func, Kind: s.Kind, A: s.A, B: s.B, P: s.P, Part: s.Part, Wide: true,
			Trust: o.Source.Trust}, o.build())
		if err != nil {
			return ref, "", err
		}
		side := modelSide(m)
		return lutgen.Reference{Side: &side}, m.Describe(), nil
	case multiplier.RTL:
		other, err := o.openGolden(ctx, g, d)
		if err != nil {
			return ref, "", err
		}
		side := other.side(everything)
		return lutgen.Reference{Side: &side}, other.Describe(), nil
	}
	if g.Name == ExactDesign {
		return exactReference(f), exactWhat(f), nil
	}
	whole := f
	if f.Part != (lut.Part{}) {
		whole = f.Whole()
	}
	m, err := golden.LookupInteger(g.In(FormatName(whole)))
	if err != nil {
		return ref, "", &GoldenError{Err: fault.Usagef("%w", err)}
	}
	if f != whole && m.Format == whole {
		return lutgen.Reference{Row: cutRow(f, m.Row)}, "golden model " + m.Name + ": " + f.PartText(), nil
	}
	d.adopt(m.Format)
	if f = d.Shape().Numbers(); m.Format != f {
		return ref, "", fault.Usagef("the design is a multiplier of format %v, the golden one of %v: they cannot be compared",
			f, m.Format)
	}
	if strings.HasPrefix(m.Name, "exact_") { // needs no model
		return ref, "golden model " + m.Name, nil
	}
	return lutgen.Reference{Row: m.Row}, "golden model " + m.Name, nil
}

// side is a design as all its pairs are compared.
func (d *Design) side(everything bool) lutgen.Side {
	if d.Witnesses == nil {
		return modelSide(d.Opener)
	}
	return d.Witnesses.Side(everything)
}

// modelSide is a model in C, visited twice, of whose products its further builds form a
// sample.
func modelSide(o cosim.Opener) lutgen.Side {
	s := lutgen.Side{Opener: o, Visits: 2, Sample: 1 << 20}
	if m, ok := o.(lutgen.ModelOpener); ok {
		s.Others = m.Builds()
	}
	s.Explain = func(_ context.Context, e *lutgen.DisagreeError) {
		e.Causes = append(e.Causes, "the builds of a function in C differ where it depends on earlier operands, "+
			"or on what C leaves undefined")
	}
	return s
}

// allPairs compares all pairs of a design with a reference.
func (o *Options) allPairs(ctx context.Context, d *Design, ref lutgen.Reference, c CheckOptions) (
	*lutgen.CheckResult, error) {
	set, finish := o.begin("all pairs")
	defer finish()
	return lutgen.Exhaustive(ctx, d.side(c.Everything), ref,
		lutgen.ExhaustiveOptions{Jobs: o.Jobs, Progress: set, Map: c.Map})
}

// agreeAll keeps which simulators agree on all pairs, and adds the one that was asked for a sample.
func (o *Outcome) agreeAll(d *Design, r *lutgen.CheckResult) { o.agree(d, &r.Witnesses, lutgen.Said) }

// agree is agreeAll for the witnesses of a comparison, which said puts into words.
func (o *Outcome) agree(d *Design, witnesses *[]lut.Witness, said func([]lut.Witness) string) {
	w := d.Witnesses
	if w == nil {
		return
	}
	o.Function = w.Function()
	if o.Function == "" {
		o.Function = "sampled: 3 sweeps in different orders"
	}
	*witnesses = append(*witnesses, w.Sampled()...)
	o.Witnesses = *witnesses
	o.Agreement = said(*witnesses)
	if w.Alone != "" {
		o.Agreement += "; only one tool reads the source, because " + w.Alone
	}
	o.Agreement += "\na function of its operands: " + o.Function + "; " + w.FourState()
}

// exhaustive compares all pairs of integers that no table holds.
func (o *Options) exhaustive(ctx context.Context, d *Design, c CheckOptions, out *Outcome) error {
	ref, what, err := o.goldenOfAll(ctx, d, c.Golden, c.Everything)
	if err != nil {
		return err
	}
	out.Golden = what
	if ref.Side != nil {
		out.note(sharedSources(ref.Side.Sources(), d.Sources()), c.Noted)
	}
	r, err := o.allPairs(ctx, d, ref, c)
	if err != nil {
		return err
	}
	out.agreeAll(d, r)
	if len(r.RefWitnesses) > 0 && c.Golden.Kind == multiplier.RTL {
		out.Agreement += "\ngolden design: " + lutgen.Said(r.RefWitnesses)
	}
	if c.Wave != "" && !r.Equal() {
		if d.RTL == nil {
			return fault.Usagef("waveforms and coverage are only there for RTL")
		}
		pairs := r.Pairs.Failing()
		if e := cosim.WriteWave(ctx, d.RTL, pairs, r.Format.P, c.Wave); e != nil {
			err = fault.Failedf("%w", e)
		} else {
			r.Wave = len(pairs)
		}
	}
	out.set(r)
	return err
}
