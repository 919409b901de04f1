package proof

import (
	"context"
	"fmt"
	"os"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// openGolden opens RTL that is to be the golden design of another one. It is read
// as that one is, with the same macros and folders; parameters and the names of ports
// hold for both where both have them, else the ports are inferred anew. The design itself, which
// may have been named with its top module or without, is refused.
func (o *Options) openGolden(ctx context.Context, ref multiplier.Ref, d *Design) (*Design, error) {
	file, top, s := ref.Path, ref.Func, d.Shape()
	golden, err := os.Stat(file)
	for _, f := range o.Source.Files {
		own, e := os.Stat(f)
		if err == nil && e == nil && os.SameFile(own, golden) && (top == "" || d.RTL != nil && top == d.RTL.Design.Top) {
			return nil, fault.Usagef("%w", &SameError{File: file})
		}
	}
	src := o.Source
	src.Files, src.Top = []string{file}, top
	over := o.Over
	over.Latency, over.LatencyGiven = 0, false
	over.Kind, over.Wide = s.Kind, s.Wide()
	if _, err := s.Format(); err == nil || s.Wide() {
		over.Sample = false
	}
	if f := s.Numbers(); f.Kind == lut.Mantissa && !f.AMSim() || d.Coded() {
		over.Format = &f
	} else if f.Kind != lut.Mantissa && f.P < f.A+f.B { // its port has the same bits of the product
		over.Format, over.LSBGiven = &f, false
	}
	opts := o.build()
	r, err := cosim.ElaborateRTL(ctx, src, over, opts)
	if err != nil && ctx.Err() == nil {
		src.Params = nil
		over = cosim.Overrides{Kind: over.Kind, Wide: over.Wide, Sample: over.Sample, Mantissa: over.Mantissa, Format: over.Format}
		r, err = cosim.ElaborateRTL(ctx, src, over, opts)
	}
	if err != nil {
		return nil, &GoldenError{Err: err}
	}
	if holds(r, d) {
		return nil, fault.Usagef("%w", &SameError{file, d.RTL.Design.Top})
	}
	w, err := witness.Open(ctx, r, o.Witness)
	if err != nil {
		return nil, fmt.Errorf("golden design %s: %w", file, err)
	}
	if w, err = o.settleBeats(ctx, w, over); err != nil {
		return nil, fmt.Errorf("golden design %s: %w", file, err)
	}
	other := newDesign(w, tableName(r.Design.Top, r.Shape()))
	other.Codes = d.Codes
	return other, nil
}

// goldenRTLTable makes the table of a golden design, with every simulator.
func (o *Options) goldenRTLTable(ctx context.Context, d *Design) (*lut.Table, error) {
	opts := d.Sweep(o.Jobs)
	set, finish := o.begin("sweep of the golden design")
	defer finish()
	opts.Progress = set
	t, err := lutgen.Table(ctx, d.Opener, opts)
	if err != nil {
		return nil, fmt.Errorf("golden design %s: %w", d.RTL.Design.Top, err)
	}
	return t, nil
}

// modelTable makes the table of a C model that is to be the golden one of a
// design: the function has the design's format.
func (o *Options) modelTable(ctx context.Context, ref multiplier.Ref, d *Design, f lut.Format) (
	t *lut.Table, what string, err error) {
	s := d.Shape()
	src := cosim.ModelSource{File: ref.Path, Func: ref.Func, Trust: o.Source.Trust}
	opts := lutgen.Options{Jobs: o.Jobs}
	if s.Kind == cosim.Float && !f.AMSim() {
		src.Format = &f
	} else if f.Kind == lut.Mantissa {
		src.Mantissa, opts.Fraction = f.A, 0 // float or fraction: the function's type says which
	} else {
		src.Kind, src.A, src.B, src.P, src.Part = s.Kind, f.A, f.B, f.P, f.Part
	}
	if d.Coded() {
		src.P = f.P
	}
	m, err := cosim.OpenModel(ctx, src, o.build())
	if err != nil {
		return nil, "", err
	}
	t, err = lutgen.MakeModel(ctx, m, opts)
	if err == nil && d.Coded() {
		t, err = t.WithCodes(d.Codes)
	}
	if err != nil {
		return nil, "", fmt.Errorf("golden model %s: %w", ref.Path, err)
	}
	return t, m.Describe(), nil
}
