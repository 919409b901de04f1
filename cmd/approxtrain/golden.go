package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"approxtrain/cosim"
	"approxtrain/golden"
	"approxtrain/internal/fault"
	"approxtrain/lut"
	"approxtrain/lutgen"
)

var noGolden = fault.Usagef("say what the design should be: --golden NAME, --golden file.lut, --golden model.c or --golden other.v")

// openGolden opens RTL that is to be the golden design of another one. It is read
// as that one is, with the same macros and folders; parameters and the names of ports
// hold for both where both have them, else the ports are inferred anew. A function
// names the top module.
func (d *designFlags) openGolden(ctx context.Context, file, top string, s cosim.Shape) (*opened, error) {
	golden, err := os.Stat(file)
	for _, f := range d.source.Files {
		if own, e := os.Stat(f); err == nil && e == nil && os.SameFile(own, golden) && (top == "" || top == d.source.Top) {
			return nil, fault.Usagef("--golden %s is the design itself: a comparison with it proves nothing; name another file, or another module of it with --golden-func", file)
		}
	}
	src := d.source
	src.Files, src.Top = []string{file}, top
	over := d.over
	over.Latency, over.LatencyGiven = 0, false
	over.Kind, over.Wide = s.Kind, s.Wide()
	opts := cosim.Options{Timeout: d.timeout}
	r, err := cosim.ElaborateRTL(ctx, src, over, opts)
	if err != nil && ctx.Err() == nil {
		src.Params = nil
		r, err = cosim.ElaborateRTL(ctx, src, cosim.Overrides{Kind: over.Kind, Wide: over.Wide, Mantissa: over.Mantissa}, opts)
	}
	if err != nil {
		return nil, fmt.Errorf("--golden: %w", err)
	}
	o, err := openedRTL(ctx, r, d.witness(), tableName(r.Design.Top, r.Shape()))
	if err != nil {
		return nil, fmt.Errorf("golden design %s: %w", file, err)
	}
	return o, nil
}

// goldenRTLTable makes the table of a golden design, with every simulator.
func (d *designFlags) goldenRTLTable(ctx context.Context, o *opened) (*lut.Table, error) {
	p := newProgress("sweep of the golden design", "products")
	defer p.finish()
	opts := o.sweep(d.jobs)
	opts.Progress = p.set
	t, err := lutgen.Make(ctx, o.Opener, opts)
	if err != nil {
		return nil, fmt.Errorf("golden design %s: %w", o.rtl.Design.Top, err)
	}
	return t, nil
}

// exactTable is the golden table of operands that differ in width.
func exactTable(f lut.Format) (*lut.Table, error) {
	if f.P < f.A+f.B {
		return nil, fault.Usagef("--golden exact: the product port has %d bits, the exact product has %d", f.P, f.A+f.B)
	}
	t, err := lut.New("exact", f)
	if err != nil {
		return nil, err
	}
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			t.Set(a, b, uint32(t.ExactInt(a, b))&(1<<f.P-1))
		}
	}
	return t, nil
}

// goldenOfAll is goldenTable for integers that no table holds: the reference with
// which all pairs are compared.
func (k *checkFlags) goldenOfAll(ctx context.Context, d *designFlags, o *opened) (ref lutgen.Reference, what string, err error) {
	s, spec := o.Shape(), k.golden
	f := s.Numbers()
	switch ext := strings.ToLower(filepath.Ext(spec)); {
	case spec == "" && o.wide != nil:
		return lutgen.Reference{Row: o.wide.Row}, "golden model " + o.wide.Name, nil
	case spec == "":
		return ref, "", noGolden
	case ext == ".lut":
		return ref, "", fault.Usagef("--golden %s: a table holds operands of up to %d bits, the design is %v; name a built-in, a C model or RTL", spec, lut.MaxInteger, s)
	case slices.Contains(modelExts, ext):
		m, err := cosim.OpenModel(ctx, cosim.ModelSource{File: spec, Func: k.function, Kind: s.Kind, A: s.A, B: s.B, Wide: true, Trust: d.source.Trust}, cosim.Options{Timeout: d.timeout})
		if err != nil {
			return ref, "", err
		}
		side := modelSide(m)
		return lutgen.Reference{Side: &side}, m.Describe(), nil
	case isRTL(spec):
		other, err := d.openGolden(ctx, spec, k.function, s)
		if err != nil {
			return ref, "", err
		}
		side := other.side(k.everything)
		return lutgen.Reference{Side: &side}, other.Describe(), nil
	case spec == "exact":
		return ref, "exact products", nil
	}
	if !strings.Contains(spec, "_") { // a design, in the format at hand
		spec += "_" + baseFormat(f)
	}
	m, err := golden.LookupInteger(spec)
	if err != nil {
		return ref, "", fault.Usagef("--golden: %w", err)
	}
	if m.Format != f {
		return ref, "", fault.Usagef("the design is a multiplier of format %v, the golden one of %v: they cannot be compared", f, m.Format)
	}
	if strings.HasPrefix(m.Name, "exact_") { // needs no model
		return ref, "golden model " + m.Name, nil
	}
	return lutgen.Reference{Row: m.Row}, "golden model " + m.Name, nil
}

// side is a design as all its pairs are compared.
func (o *opened) side(everything bool) lutgen.Side {
	if o.design == nil {
		return modelSide(o.Opener)
	}
	return o.design.Side(everything)
}

// modelSide is a model in C, visited twice, of whose products its further builds form a
// sample.
func modelSide(o cosim.Opener) lutgen.Side {
	s := lutgen.Side{Opener: o, Visits: 2, Sample: 1 << 20}
	if m, ok := o.(lutgen.ModelOpener); ok {
		s.Others = m.Builds()
	}
	s.Explain = func(_ context.Context, e *lutgen.DisagreeError) {
		e.Causes = append(e.Causes, "the builds of a model in C differ where it depends on earlier operands, or on what C leaves undefined")
	}
	return s
}
