package proof

import (
	"context"
	"fmt"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Options say how a design is read and run. Its golden model is read and run alike.
type Options struct {
	Source  cosim.Source    // files are those of a design in RTL
	Over    cosim.Overrides // of ports and number formats; of Codes, the unsigned integers that they are
	Codes   lut.Codings     // what operands and product are codes of; the zero value: they are numbers
	Witness witness.Options // of RTL: its simulators
	Timeout time.Duration   // without a product
	Jobs    int             // processes side by side, 0 for one per core
	// AllPairs: all pairs of floating-point operands will be compared, and not only those of fractions. It is worth
	// an optimising compiler.
	AllPairs bool

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

func (o *Options) build() cosim.Options {
	return cosim.Options{Timeout: o.Timeout, Optimise: o.AllPairs}
}

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

// OpenRTL opens the user's RTL, the files of Source. Ports that may be those of floats or of integers with a
// part of the product, and floating-point ports of 16 bits whose format nobody names, are read by their products.
func (o *Options) OpenRTL(ctx context.Context) (*Design, error) {
	w, err := o.openWitnesses(ctx, o.Over)
	if err != nil {
		return nil, err
	}
	if w, err = o.settleBeats(ctx, w, o.Over); err != nil {
		return nil, err
	}
	why := ""
	if o.ambiguous(w.Shape()) {
		var over cosim.Overrides
		if over, why, err = o.reread(ctx, w); err != nil {
			return nil, err
		}
		if over.Format != nil || over.Integers { // the simulators choose some pairs by the format
			if w, err = o.openWitnesses(ctx, over); err != nil {
				return nil, err
			}
		}
	}
	d := newDesign(w, tableName(w.RTL.Design.Top, w.Shape()))
	d.Sandbox, d.Reading = sandbox.Summary(o.Source.Trust), why
	if o.coded() {
		d.readCodes(o.Codes, w.RTL.Design.Top)
		return d, nil
	}
	return d, d.settle(ctx)
}

// coded reports whether the design's operands and products are codes.
func (o *Options) coded() bool { return o.Codes != lut.Codings{} }

// readCodes says what the integers of a design are codes of; name is that of its module or file.
func (d *Design) readCodes(c lut.Codings, name string) {
	d.Codes, d.Name = c, named(name, lut.CodedFormat(c))
}

// openWitnesses opens the files of Source in the simulators.
func (o *Options) openWitnesses(ctx context.Context, over cosim.Overrides) (*witness.Design, error) {
	r, err := cosim.ElaborateRTL(ctx, o.Source, over, o.build())
	if err != nil {
		return nil, err
	}
	return witness.Open(ctx, r, o.Witness)
}

// formatOf tells a function in C the number format that the user named: floats other than binary32 are bits.
func (o *Options) formatOf(s *cosim.ModelSource) error {
	f := o.Over.Format
	switch {
	case f == nil:
		return nil
	case s.Kind != "" || s.A != 0:
		return fault.Usagef("%v %v says what a function in C takes: without %v and %v", option.Format, f, option.Kind, option.Width)
	case f.AMSim():
		s.Mantissa = f.A
	case f.Kind == lut.Mantissa:
		s.Format = f
	default:
		s.Kind, s.A, s.B, s.P, s.Part = f.Kind.Ports(), f.A, f.B, f.P, f.Part
	}
	return nil
}

// integersOf takes the widths of integers, and whether each is signed, from the types of a function's parameters, as far
// as the user did not say them: int16_t f(int8_t, uint8_t) multiplies a signed and an unsigned number of 8 bits.
func integersOf(s *cosim.ModelSource) error {
	if s.Kind != "" || s.Mantissa != 0 || s.Format != nil {
		return nil
	}
	text, err := cmodel.Source(s.File)
	if err != nil {
		return err
	}
	name, err := cmodel.Numbers.Function(s.File, s.Func, text)
	if err != nil {
		return err
	}
	a, b, ok := cmodel.Operands(text, name)
	if !ok || s.A != 0 && (s.A != a.Bits || s.B != b.Bits) {
		return nil
	}
	for _, k := range lut.IntegerKinds {
		if k.SignedA() == a.Signed && k.SignedB() == b.Signed {
			s.Kind, s.A, s.B = k.Ports(), a.Bits, b.Bits
		}
	}
	return nil
}

// OpenC opens a function in C. a and b are the bits of integer operands, 0 if its types say them.
func (o *Options) OpenC(ctx context.Context, ref multiplier.Ref, a, b int) (*Design, error) {
	s := cosim.ModelSource{File: ref.Path, Func: ref.Func, Kind: o.Over.Kind, A: a, B: b, Mantissa: o.Over.Mantissa,
		Wide: o.Over.Wide, Sample: o.Over.Sample, Trust: o.Source.Trust}
	if o.coded() {
		s.Kind, s.A, s.B, s.P = cosim.Unsigned, o.Codes.A.Bits(), o.Codes.B.Bits(), o.Codes.P.Bits()
	} else if err := o.formatOf(&s); err != nil {
		return nil, err
	}
	given := s.Kind
	if err := integersOf(&s); err != nil {
		return nil, err
	}
	m, err := cosim.OpenModel(ctx, s, o.build())
	if err != nil {
		return nil, err
	}
	why := ""
	if given == "" && s.Kind == cosim.Unsigned { // as the types say, which have no other bits than the operands
		if s.Kind, why, err = bitsOf(ctx, m); err != nil {
			return nil, err
		}
		if s.Kind != cosim.Unsigned {
			if m, err = cosim.OpenModel(ctx, s, o.build()); err != nil {
				return nil, err
			}
		}
	}
	d := &Design{Opener: m, Name: tableName(stem(ref.Path), m.Shape()), Sandbox: sandbox.Summary(o.Source.Trust), Reading: why}
	if o.coded() {
		d.readCodes(o.Codes, stem(ref.Path))
	}
	return d, nil
}

// bitsOf returns how the operands of a function are to be read whose types are unsigned: published models of signed
// multipliers take and give the bits of two's complement in such types. why is empty if they are unsigned. An error of
// the sample is left to the sweep, as for ports.
func bitsOf(ctx context.Context, m *cosim.Model) (k cosim.Kind, why string, err error) {
	s := m.Shape()
	if s.P < s.A+s.B {
		return s.Kind, "", nil
	}
	r, err := lutgen.ReadAllWays(ctx, m)
	if err != nil {
		return s.Kind, "", ctx.Err()
	}
	k, ok := r.Kind(s.Kind)
	if !ok {
		return s.Kind, "", nil
	}
	return k, fmt.Sprintf("read as %s: the mean relative error is %.3g %% so, and %.3g %% as %s (%d products; the function's types are unsigned)",
		k, 100*r.Error[k], 100*r.Error[s.Kind], s.Kind, r.Pairs), nil
}
