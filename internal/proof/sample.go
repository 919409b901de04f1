package proof

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/sample"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Sample says which pairs stand for all: so many uniform ones, drawn from a seed, and those beside them.
type Sample struct{ N, Seed uint64 }

// sample compares a sample of the pairs of a design with its golden model.
func (o *Options) sample(ctx context.Context, d *Design, c CheckOptions, out *Outcome) error {
	s := d.Shape()
	if _, err := s.Format(); err == nil && (s.Kind != cosim.Float || s.A <= lutgen.MaxFullBits) {
		all := fmt.Sprintf("leave out %v", option.Sample)
		if s.Kind == cosim.Float {
			all = fmt.Sprintf("%v in the place of %v", option.Full, option.Sample)
		}
		return fault.Usagef("%v: all pairs are compared: %s", s, all)
	}
	plan, err := sample.New(s, c.Sample.N, c.Sample.Seed)
	if err != nil {
		return err
	}
	want, what, err := o.goldenOfSample(ctx, d, c.Golden)
	if err != nil {
		return err
	}
	out.Golden, out.Inferred = what, d.Describe()
	if want.Side != nil {
		out.note(sharedSources(want.Side.Sources(), d.Sources()), c.Noted)
	}
	set, finish := o.begin("sample")
	defer finish()
	r, err := lutgen.Sample(ctx, d.side(true), want, plan, lutgen.ExhaustiveOptions{Jobs: o.Jobs, Progress: set})
	if err != nil {
		return err
	}
	out.Sample, out.Passed, out.Same = r, r.Equal(), r.Equal()
	said := func(w []lut.Witness) string { return lutgen.AgreementOf(w).String() } // of no more than the sample
	out.agree(d, &r.Witnesses, said)
	if len(r.RefWitnesses) > 0 && c.Golden.Kind == multiplier.RTL {
		out.Agreement += "\ngolden design: " + said(r.RefWitnesses)
	}
	return nil
}

// goldenOfSample is goldenOfAll for a sample.
func (o *Options) goldenOfSample(ctx context.Context, d *Design, g multiplier.Ref) (want lutgen.Expected, what string, err error) {
	s := d.Shape()
	f := s.Numbers()
	switch g.Kind {
	case multiplier.Unknown:
		if d.Wide == nil {
			return want, "", ErrNoGolden
		}
		want.Product = words(d.Wide.Mul)
		return want, "golden model " + d.Wide.Name, nil
	case multiplier.Table:
		return want, "", &GoldenError{g.Text, fault.Usagef("a sample is compared with a built-in, a function in C or RTL, not with a table")}
	case multiplier.CFunc:
		m, err := cosim.OpenModel(ctx, o.sampledModel(g, s, f), o.build())
		if err != nil {
			return want, "", err
		}
		if m.Shape() != s {
			return want, "", fault.Usagef("the design is %v, the golden one %v: they cannot be compared", s, m.Shape())
		}
		side := modelSide(m)
		want.Side = &side
		return want, m.Describe(), nil
	case multiplier.RTL:
		other, err := o.openGolden(ctx, g, d)
		if err != nil {
			return want, "", err
		}
		side := other.side(true)
		want.Side = &side
		return want, other.Describe(), nil
	}
	if f.Kind == lut.Mantissa {
		plain := f
		plain.P = plain.A
		name := g.In(plain.String())
		product, err := golden.FloatProduct(name, f)
		if err != nil {
			return want, "", &GoldenError{Err: fault.Usagef("%w", err)}
		}
		want.Product = words(product)
		return want, "golden model " + name, nil
	}
	if g.Name == ExactDesign {
		return want, exactWhat(f), nil
	}
	part := f.Part != lut.Part{}
	name := FormatName(f)
	if part {
		name = FormatName(f.Whole())
	}
	m, err := golden.LookupInteger(g.In(name))
	if err != nil {
		return want, "", &GoldenError{Err: fault.Usagef("%w; of up to 64 bits there are %v, a function in C and RTL", err, ExactDesign)}
	}
	if whole := f.Whole(); part && m.Format == whole {
		want.Product = words(func(a, b uint32) uint32 { return f.ExactBits(whole.NumberP(m.Mul(a, b))) })
		return want, "golden model " + m.Name + ": " + f.PartText(), nil
	}
	d.adopt(m.Format)
	if f = d.Shape().Numbers(); m.Format != f {
		return want, "", fault.Usagef("the design is a multiplier of format %v, the golden one of %v: they cannot be compared", f, m.Format)
	}
	want.Product = words(m.Mul)
	return want, "golden model " + m.Name, nil
}

// sampledModel is a function in C with the ports of a design.
func (o *Options) sampledModel(g multiplier.Ref, s cosim.Shape, f lut.Format) cosim.ModelSource {
	m := cosim.ModelSource{File: g.Path, Func: g.Func, Wide: true, Sample: true, Trust: o.Source.Trust}
	switch {
	case f.Kind != lut.Mantissa:
		m.Kind, m.A, m.B = s.Kind, s.A, s.B
		if s.Part != (lut.Part{}) {
			m.P, m.Part = s.P, s.Part
		}
	case f.ExponentBits() == 8: // float, whatever is made of subnormal numbers
		m.Kind, m.Mantissa, m.Float = s.Kind, f.A, f.Float
	default:
		m.Format = &f
	}
	return m
}

// words is a function of patterns of 32 bits for patterns of any width.
func words(product func(a, b uint32) uint32) func(a, b uint64) cosim.Word {
	return func(a, b uint64) cosim.Word { return cosim.Word{Lo: uint64(product(uint32(a), uint32(b)))} }
}
