package cosim

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unsafe"

	"approxtrain/internal/buildcache"
	"approxtrain/internal/fault"
	"approxtrain/internal/tool"
	"approxtrain/lut"
)

// ModelSource names a functional model in C or C++: a function
// float f(float, float), or one of integers of any width.
type ModelSource struct {
	File string // .c; .cc, .cpp or .cxx
	Func string // empty: the only function that can be one

	// Kind and widths. A float function needs Mantissa; an integer function
	// needs Mantissa (fractions in, carry and fraction out) or A and B.
	Kind     Kind
	Mantissa int
	A, B     int
	Wide     bool // admit integers that no table holds
}

// Model is a C or C++ function, built and ready to start. It is an [Opener].
type Model struct {
	source ModelSource
	shape  Shape
	tools  toolchain
	opts   Options
	path   string
	deps   []dependency
}

// functionHead matches the head of a definition with two parameters of numeric
// types.
var functionHead = regexp.MustCompile(`(?m)(?:^|[;}])[ \t]*(?:(?:static|inline|extern|const|unsigned|signed|"C")\s+)*(?:float|double|int|unsigned|short|char|long|u?int(?:8|16|32|64)_t)\s+(\w+)\s*\(\s*[^(),;{}]+,\s*[^(),;{}]+\)\s*\{`)

// OpenModel builds a functional model with the system's compiler. The function
// runs in a process of its own, so a crash or an endless loop in it is an error
// of the call that met it.
func OpenModel(ctx context.Context, s ModelSource, opts Options) (*Model, error) {
	text, err := os.ReadFile(s.File)
	if err != nil {
		return nil, fault.Usagef("reading the model: %w", err)
	}
	if s.Func == "" {
		switch names := functions(text); len(names) {
		case 1:
			s.Func = names[0]
		case 0:
			return nil, fault.Usagef("%s: no function of two numbers found; name it with --func", s.File)
		default:
			return nil, fault.Usagef("%s: %d functions of two numbers: choose one with --func: %s", s.File, len(names), strings.Join(names, ", "))
		}
	}
	if !simpleName.MatchString(s.Func) {
		return nil, fault.Usagef("--func %s is no name of a function", s.Func)
	}
	t, err := findTools(ctx, false)
	if err != nil {
		return nil, err
	}
	m := &Model{source: s, tools: t, opts: opts}
	if m.deps, err = hashFiles([]string{s.File}); err != nil {
		return nil, err
	}
	// Whether the function takes floats is known once it is compiled, and the
	// widths of integers must be known before: guess, and build again if the
	// guess was wrong.
	for _, float := range []bool{s.Kind == Float || s.Kind == "" && s.A == 0, s.Kind != Float && (s.Kind != "" || s.A != 0)} {
		if m.shape, err = s.shape(float); err != nil {
			return nil, err
		}
		if err := m.build(ctx, text); err != nil {
			return nil, err
		}
		is, err := m.takesFloats(ctx)
		if err != nil {
			return nil, err
		}
		if is == float {
			return m, nil
		}
		if s.Kind == Float {
			return nil, fault.Usagef("%s: %s is not a function of floats, as --kind fp says", s.File, s.Func)
		} else if s.Kind != "" || s.A != 0 {
			return nil, fault.Usagef("%s: %s is a function of floats: give its mantissa bits with --mant 7, no --width, no --kind but fp", s.File, s.Func)
		}
	}
	return nil, fault.Failedf("%s: cannot tell what %s takes; say so with --kind", s.File, s.Func)
}

// functions returns the names of the functions of two numbers in a source.
func functions(text []byte) []string {
	var names []string
	for _, g := range functionHead.FindAllSubmatch(text, -1) {
		if name := string(g[1]); name != "main" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// shape returns the shape under the assumption that the function takes floats,
// or that it does not.
func (s ModelSource) shape(float bool) (Shape, error) {
	var sh Shape
	switch {
	case float:
		sh = Shape{Float, floatExtra + s.Mantissa, floatExtra + s.Mantissa, 32}
	case s.Kind == Unsigned || s.Kind == Signed || s.Kind == "" && s.A != 0:
		sh = Shape{s.Kind, s.A, s.B, s.A + s.B}
		if s.Kind == "" {
			sh.Kind = Unsigned
		}
	default:
		sh = Shape{Mantissa, s.Mantissa, s.Mantissa, s.Mantissa + 1}
	}
	if (float || sh.Kind == Mantissa) && s.Mantissa == 0 {
		return sh, fault.Usagef("%s: say how wide the operands are: --mant 7 for a function of floats or fractions, --width 8 for integers", s.File)
	}
	return sh, sh.check(s.Wide)
}

// build makes the harness; text is the source, for messages.
func (m *Model) build(ctx context.Context, text []byte) error {
	s := m.source
	abs, err := filepath.Abs(s.File)
	if err != nil {
		return err
	}
	flags := []string{"-O2", "-Dmain=main_of_the_model", "-I" + filepath.Dir(abs), "-DAX_FUNC=" + s.Func,
		fmt.Sprintf("-DAX_A=%d", m.shape.A), fmt.Sprintf("-DAX_B=%d", m.shape.B), fmt.Sprintf("-DAX_P=%d", m.shape.P)}
	if m.shape.Kind == Signed {
		flags = append(flags, "-DAX_SIGNED")
	}
	language, adapter := "c++", "adapter.cc"
	if filepath.Ext(s.File) == ".c" {
		language, adapter = "c", "adapter.c"
	}
	harness, err := harnessDigest()
	if err != nil {
		return err
	}
	// What the model includes is part of the key: its preprocessed text is hashed.
	r, err := run(ctx, m.tools.cxx, append(slices.Clone(flags), "-x", language, "-E", abs)...)
	if err != nil {
		return err
	}
	if r.failed {
		return fault.Usagef("the compiler does not accept the model %s:\n%s", s.File, tool.FirstLines(r.stderr, 10))
	}
	key := &buildcache.Key{}
	key.Add("model 1", m.tools.cxxVersion, modelFlags, harness, language, abs, r.stdout)
	key.Add(flags...)
	dir, _, err := buildcache.Entry("builds", key.Sum(), func(dir string) error {
		m.opts.log("compiling %s", s.File)
		if r, err := run(ctx, m.tools.cxx, append(slices.Clone(flags), "-w", "-x", language, "-fsyntax-only", s.File)...); err != nil {
			return err
		} else if r.failed {
			return fault.Usagef("the compiler does not accept the model %s:\n%s", s.File, tool.FirstLines(r.stderr, 10))
		}
		obj := filepath.Join(dir, "obj")
		if err := os.MkdirAll(obj, 0o755); err != nil {
			return err
		}
		defer os.RemoveAll(obj)
		if err := writeHarness(obj); err != nil {
			return err
		}
		unit := fmt.Sprintf("#include %q\n#include \"model_adapter.h\"\n", abs)
		if err := os.WriteFile(filepath.Join(obj, adapter), []byte(unit), 0o644); err != nil {
			return err
		}
		object := filepath.Join(obj, "adapter.o")
		args := append(slices.Clone(flags), "-w", "-Werror=implicit-function-declaration", "-I"+obj, "-x", language, "-c", filepath.Join(obj, adapter), "-o", object)
		if r, err := run(ctx, m.tools.cxx, args...); err != nil {
			return err
		} else if r.failed {
			return fault.Usagef("%s has no function %s of two numbers; it has %s. The compiler says:\n%s", s.File, s.Func,
				cmp.Or(strings.Join(functions(text), ", "), "none"), tool.FirstLines(r.stderr, 5))
		}
		args = append(strings.Fields(modelFlags), "-I"+obj, filepath.Join(obj, "harness.cc"), object, "-lm", "-pthread", "-o", filepath.Join(dir, "harness"))
		return compileCXX(ctx, m.tools, args...)
	})
	m.path = filepath.Join(dir, "harness")
	return err
}

func (m *Model) takesFloats(ctx context.Context) (bool, error) {
	d, err := m.open(ctx)
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
func (m *Model) Open(ctx context.Context) (DUT, error) { return m.open(ctx) }

func (m *Model) open(ctx context.Context) (*instance, error) {
	p, err := startProcess(ctx, m.path, m.opts.timeout())
	if err != nil {
		return nil, err
	}
	return &instance{process: p, shape: m.shape}, nil
}

// Describe implements Opener.
func (m *Model) Describe() string {
	return fmt.Sprintf("function %s (%s): %v", m.source.Func, m.source.File, m.shape)
}

// Sources implements Opener.
func (m *Model) Sources() []lut.Source { return sources(m.deps) }

// Options implements Opener.
func (m *Model) Options() []string { return []string{"--func " + m.source.Func} }

// Tools implements Opener.
func (m *Model) Tools() []string { return []string{m.tools.cxxVersion} }
