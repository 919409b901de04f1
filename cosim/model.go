package cosim

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"unsafe"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/lut"
)

// ModelSource names a functional model in C or C++: a function
// float f(float, float), or one of integers of any width.
type ModelSource struct {
	File string // C if it ends in .c, else C++
	Func string // empty: the only function that can be one

	// Kind and widths. A float function needs Mantissa; an integer function
	// needs Mantissa (fractions in, carry and fraction out) or A and B.
	Kind     Kind
	Mantissa int
	A, B     int
	P        int         // bits of an integer product, 0 for A + B
	Part     lut.Part    // which bits of it
	Float    lut.Float   // of Kind Float: how the numbers of the design beside it are coded; they are binary32 anyway
	Format   *lut.Format // of a function of codes, the bits of floats other than binary32; else nil
	Wide     bool        // admit integers that no table holds
	Sample   bool        // admit what is compared by a sample
	Trust    bool        // it may run commands, and read and write files
}

// Model is a C or C++ function, built and ready to start. It is an [Opener] of the
// build at -O2; [Model.Builds] has others, whose products must be the same.
type Model struct {
	source ModelSource
	shape  Shape
	tools  toolchain
	opts   Options
	path   string
	deps   []dependency // the source, and what it includes
	others []Opener
}

// OpenModel builds a functional model with the system's compiler. The function
// runs in a process of its own, so a crash or an endless loop in it is an error
// of the call that met it. So is a change of the floating-point environment.
func OpenModel(ctx context.Context, s ModelSource, opts Options) (*Model, error) {
	text, err := cmodel.Source(s.File)
	if err != nil {
		return nil, err
	}
	if s.Func, err = cmodel.Numbers.Function(s.File, s.Func, text); err != nil {
		return nil, err
	}
	t, err := findTools(ctx, false)
	if err != nil {
		return nil, err
	}
	m := &Model{source: s, tools: t, opts: opts}
	// Whether the function takes floats is known once it is compiled, and the
	// widths of integers must be known before: guess, and build again if the
	// guess was wrong.
	if s.Format != nil {
		return m, m.openCodes(ctx, text)
	}
	for _, float := range []bool{s.Kind == Float || s.Kind == "" && s.A == 0, s.Kind != Float && (s.Kind != "" || s.A != 0)} {
		if m.shape, err = s.shape(float); err != nil {
			return nil, err
		}
		if m.path, m.deps, err = m.build(ctx, plainBuild, text); err != nil {
			return nil, err
		}
		is, err := m.takesFloats(ctx)
		if err != nil {
			return nil, err
		}
		if is == float {
			m.others, err = m.buildOthers(ctx, text)
			return m, err
		}
		if s.Kind == Float {
			return nil, fault.Usagef("%s: %s is not a function of floats, as %v fp says", s.File, s.Func, option.Kind)
		} else if s.Kind != "" || s.A != 0 {
			return nil, fault.Usagef("%s: %s is a function of floats: give its mantissa bits with %v 7, no %v, no %v but fp",
				s.File, s.Func, option.Mantissa, option.Width, option.Kind)
		}
	}
	return nil, fault.Failedf("%s: cannot tell what %s takes; say so with %v", s.File, s.Func, option.Kind)
}

// openCodes builds a function whose operands and product are integers that hold the bits of floats.
func (m *Model) openCodes(ctx context.Context, text []byte) (err error) {
	f := *m.source.Format
	extra := f.FloatExtra()
	m.shape = Shape{Kind: Float, A: extra + f.A, B: extra + f.B, P: extra + f.P, Float: f.Float}
	if _, err := m.shape.Format(); err != nil {
		return err
	}
	if m.path, m.deps, err = m.build(ctx, plainBuild, text); err != nil {
		return err
	}
	is, err := m.takesFloats(ctx)
	if err != nil {
		return err
	}
	if is {
		return fault.Usagef("%s: %s is a function of floats, which are binary32; of format %v it takes and returns bits: "+
			"uint16_t %[2]s(uint16_t, uint16_t)", m.source.File, m.source.Func, f)
	}
	m.others, err = m.buildOthers(ctx, text)
	return err
}

// shape returns the shape under the assumption that the function takes floats,
// or that it does not.
func (s ModelSource) shape(float bool) (Shape, error) {
	var sh Shape
	switch {
	case float:
		sh = Shape{Kind: Float, A: lut.FloatExtra + s.Mantissa, B: lut.FloatExtra + s.Mantissa, P: 32, Float: s.Float}
	case s.integers() || s.Kind == "" && s.A != 0:
		sh = Shape{Kind: s.Kind, A: s.A, B: s.B, P: cmp.Or(s.P, s.A+s.B), Part: s.Part}
		if s.Kind == "" {
			sh.Kind = Unsigned
		}
	default:
		sh = Shape{Kind: Mantissa, A: s.Mantissa, B: s.Mantissa, P: s.Mantissa + 1}
	}
	if (float || sh.Kind == Mantissa) && s.Mantissa == 0 {
		return sh, fault.Usagef("%s: say how wide the operands are: %v 7 for a function of floats or fractions, "+
			"%v 8 for integers", s.File, option.Mantissa, option.Width)
	}
	return sh, sh.check(s.Wide, s.Sample)
}

// integers says whether the kind is one of integers.
func (s ModelSource) integers() bool {
	_, ok := s.Kind.Integer()
	return ok
}

func (m *Model) takesFloats(ctx context.Context) (bool, error) {
	d, err := m.open(ctx, m.path)
	if err != nil {
		return false, err
	}
	defer d.Close()
	if err := d.call(ctx, command{Op: opDescribe}); err != nil {
		return false, err
	}
	return *(*uint32)(unsafe.Pointer(unsafe.SliceData(d.data(0, 4)))) == 1, nil
}

// Shape implements Opener.
func (m *Model) Shape() Shape { return m.shape }

// Open implements Opener.
func (m *Model) Open(ctx context.Context) (DUT, error) { return m.open(ctx, m.path) }

func (m *Model) open(ctx context.Context, path string) (*instance, error) {
	p, err := startProcess(sandbox.With(ctx, sandbox.Grant{Trusted: m.source.Trust}), path, m.opts.timeout())
	if err != nil {
		return nil, err
	}
	return &instance{process: p, shape: m.shape, explain: func(e *DesignError) {
		e.Function = fmt.Sprintf("function %s (%s)", m.source.Func, m.source.File)
		if e.Undefined = undefined(p.output.all()); e.Undefined != "" {
			e.Output = ""
		}
	}}, nil
}

// Builds returns the same function compiled in other ways: without optimization and
// with sanitizers. The products of a function that keeps to the rules of C and depends
// on nothing but its operands are the same in every build.
func (m *Model) Builds() []Opener { return m.others }

// Describe implements Opener.
func (m *Model) Describe() string {
	return fmt.Sprintf("function %s (%s): %v", m.source.Func, m.source.File, m.shape)
}

// Sources implements Opener.
func (m *Model) Sources() []lut.Source { return sources(m.deps) }

// Read returns the source and the files that it includes.
func (m *Model) Read() []buildcache.File { return m.deps }

// Options implements Opener.
func (m *Model) Options() []string {
	out := []string{"--c " + filepath.Base(m.source.File) + ":" + m.source.Func}
	if m.source.Trust {
		out = append(out, "--trust")
	}
	return out
}

// Tools implements Opener.
func (m *Model) Tools() []string { return []string{m.tools.cxxVersion} }
