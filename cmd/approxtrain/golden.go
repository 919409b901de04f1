package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
	"github.com/approxtrain/approxtrain/multiplier"
)

// goldenFlag is --golden: what a design should be.
type goldenFlag struct {
	text     string
	function string         // of C, or the top module of RTL: in a flag of its own, before FILE:name
	ref      multiplier.Ref // Unknown without the flag
}

func (g *goldenFlag) register(f *pflag.FlagSet, usage string) {
	f.StringVar(&g.text, "golden", "", usage)
	f.StringVar(&g.function, "golden-func", "", "the `function` of --golden FILE.c, or the top module of --golden FILE.v")
	hide(f, "golden-func")
}

// parse finds out, before the work, what the flag names.
func (g *goldenFlag) parse() (err error) {
	if g.text == "" {
		return nil
	}
	if g.ref, err = multiplier.Parse(g.text, multiplier.Golden...); err != nil {
		return fmt.Errorf("--golden: %w", err)
	}
	if k := g.ref.Kind; g.function != "" && (k == multiplier.CFunc || k == multiplier.RTL) {
		g.ref.Func = g.function
		replaced("--golden", g.ref.Path+":"+g.function)
	}
	return nil
}

var noGolden = fault.Usagef("say what the design should be: " +
	"--golden NAME, --golden file.lut, --golden file.c or --golden other.v")

// goldenTable returns the golden table of a design: the one that a reference stands for, or that
// of a built-in design itself if the reference's kind is Unknown.
func (d *designFlags) goldenTable(ctx context.Context, ref multiplier.Ref, o *opened) (
	t *lut.Table, what string, err error) {
	format, err := o.Shape().Format()
	if err != nil {
		return nil, "", err
	}
	switch ref.Kind {
	case multiplier.Unknown:
		if o.golden == nil {
			return nil, "", noGolden
		}
		return o.golden.Table(), "golden model " + o.golden.Name, nil
	case multiplier.Table:
		t, err := ref.Table()
		return t, "table " + ref.Text, err
	case multiplier.CFunc:
		return d.modelTable(ctx, ref, o.Shape(), format)
	case multiplier.RTL:
		other, err := d.openGolden(ctx, ref, o.Shape())
		if err != nil {
			return nil, "", err
		}
		t, err := d.goldenRTLTable(ctx, other)
		return t, other.Describe(), err
	}
	if ref.Name == exactDesign && format.A != format.B {
		t, err := exactTable(format)
		return t, "exact products", err
	}
	m, err := golden.Lookup(ref.In(baseFormat(format)))
	if err != nil {
		return nil, "", fault.Usagef("--golden: %w", err)
	}
	return m.Table(), "golden model " + m.Name, nil
}

// exactDesign is the design that is there in formats of unequal operands too.
const exactDesign = "exact"

// openGolden opens RTL that is to be the golden design of another one. It is read
// as that one is, with the same macros and folders; parameters and the names of ports
// hold for both where both have them, else the ports are inferred anew.
func (d *designFlags) openGolden(ctx context.Context, ref multiplier.Ref, s cosim.Shape) (*opened, error) {
	file, top := ref.Path, ref.Func
	golden, err := os.Stat(file)
	for _, f := range d.source.Files {
		if own, e := os.Stat(f); err == nil && e == nil && os.SameFile(own, golden) && (top == "" || top == d.source.Top) {
			return nil, fault.Usagef("--golden %s is the design itself: a comparison with it proves nothing; "+
				"name another file, or another module of it, as in --golden %[1]s:module", file)
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
	p := cli.NewProgress("sweep of the golden design", "products")
	defer p.Finish()
	opts := o.sweep(d.jobs)
	opts.Progress = p.Set
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
	s, g := o.Shape(), k.golden.ref
	f := s.Numbers()
	switch g.Kind {
	case multiplier.Unknown:
		if o.wide == nil {
			return ref, "", noGolden
		}
		return lutgen.Reference{Row: o.wide.Row}, "golden model " + o.wide.Name, nil
	case multiplier.Table:
		return ref, "", fault.Usagef("--golden %s: a table holds operands of up to %d bits, the design is %v; "+
			"name a built-in, a function in C or RTL", g.Text, lut.MaxInteger, s)
	case multiplier.CFunc:
		m, err := cosim.OpenModel(ctx, cosim.ModelSource{File: g.Path, Func: g.Func, Kind: s.Kind, A: s.A, B: s.B, Wide: true,
			Trust: d.source.Trust}, cosim.Options{Timeout: d.timeout})
		if err != nil {
			return ref, "", err
		}
		side := modelSide(m)
		return lutgen.Reference{Side: &side}, m.Describe(), nil
	case multiplier.RTL:
		other, err := d.openGolden(ctx, g, s)
		if err != nil {
			return ref, "", err
		}
		side := other.side(k.everything)
		return lutgen.Reference{Side: &side}, other.Describe(), nil
	}
	if g.Name == exactDesign {
		return ref, "exact products", nil
	}
	m, err := golden.LookupInteger(g.In(baseFormat(f)))
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
		e.Causes = append(e.Causes, "the builds of a function in C differ where it depends on earlier operands, "+
			"or on what C leaves undefined")
	}
	return s
}
