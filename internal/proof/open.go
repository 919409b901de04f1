package proof

import (
	"context"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// Options say how a design is read and run. Its golden model is read and run alike.
type Options struct {
	Source  cosim.Source    // files are those of a design in RTL
	Over    cosim.Overrides // of ports and number formats
	Witness witness.Options // of RTL: its simulators
	Timeout time.Duration   // without a product
	Jobs    int             // processes side by side, 0 for one per core

	// Progress, if not nil, is called at the beginning of long work, and returns what is told of its
	// progress, and of its end.
	Progress func(what, unit string) (set func(done, total uint64), finish func())
}

// begin calls Progress.
func (o *Options) begin(what string) (set func(done, total uint64), finish func()) {
	if o.Progress == nil {
		return nil, func() {}
	}
	return o.Progress(what, "products")
}

func (o *Options) build() cosim.Options { return cosim.Options{Timeout: o.Timeout} }

// OpenBuiltin opens the built-in RTL of a multiplier by name; variant "" is the first one.
func OpenBuiltin(ctx context.Context, name, variant string, build cosim.Options, s witness.Options) (*Design, error) {
	m, err := golden.Lookup(name)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	if m, err = m.Variant(variant); err != nil {
		return nil, fault.Usagef("%w", err)
	}
	w, err := witness.OpenBuiltin(ctx, m.RTL, false, build, s)
	if err != nil {
		return nil, err
	}
	d := newDesign(w, m.Name)
	d.Golden = &m
	return d, nil
}

// OpenBuiltin opens the built-in RTL of a multiplier by name, with Over.Wide also that of an integer multiplier
// that no table holds.
func (o *Options) OpenBuiltin(ctx context.Context, name string) (*Design, error) {
	m, err := golden.LookupInteger(name)
	if err != nil || !o.Over.Wide {
		return OpenBuiltin(ctx, name, "", o.build(), o.Witness)
	}
	w, err := witness.OpenBuiltin(ctx, m.RTL, true, o.build(), o.Witness)
	if err != nil {
		return nil, err
	}
	d := newDesign(w, m.Name)
	d.Wide = &m
	return d, nil
}

// OpenRTL opens the user's RTL, the files of Source.
func (o *Options) OpenRTL(ctx context.Context) (*Design, error) {
	r, err := cosim.ElaborateRTL(ctx, o.Source, o.Over, o.build())
	if err != nil {
		return nil, err
	}
	w, err := witness.Open(ctx, r, o.Witness)
	if err != nil {
		return nil, err
	}
	d := newDesign(w, tableName(r.Design.Top, r.Shape()))
	d.Sandbox = sandbox.Summary(o.Source.Trust)
	return d, d.settleKind(ctx)
}

// OpenC opens a function in C. a and b are the bits of integer operands, 0 if its types say them.
func (o *Options) OpenC(ctx context.Context, ref multiplier.Ref, a, b int) (*Design, error) {
	s := cosim.ModelSource{File: ref.Path, Func: ref.Func, Kind: o.Over.Kind, A: a, B: b, Mantissa: o.Over.Mantissa,
		Wide: o.Over.Wide, Trust: o.Source.Trust}
	m, err := cosim.OpenModel(ctx, s, o.build())
	if err != nil {
		return nil, err
	}
	return &Design{Opener: m, Name: tableName(stem(ref.Path), m.Shape()), Sandbox: sandbox.Summary(o.Source.Trust)}, nil
}
