package cosim

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// modelBuild is a way to compile a model.
type modelBuild struct {
	name  string   // for people
	flags []string // that every compiler knows
	fill  string   // of variables that are never set, where the compiler knows that flag
}

// -ffp-contract=off: a product and a sum are two operations, at every level.
var plainBuild = modelBuild{name: "-O2", flags: []string{"-O2", "-ffp-contract=off"}}

// checks are those of the sanitizers. "undefined" leaves out two that catch products
// which C does not define: of a division by zero, and of a conversion to an integer that
// cannot hold the number. "address" finds what is read or written outside of an object.
const checks = "-fsanitize=undefined,float-divide-by-zero,float-cast-overflow,address"

// Variables that are never set have other values in the two: their products differ.
var otherBuilds = []modelBuild{
	{"-O0", []string{"-O0", "-ffp-contract=off"}, "-ftrivial-auto-var-init=pattern"},
	{"-O1 -fsanitize=undefined,address", []string{"-O1", "-g1", "-ffp-contract=off", checks, "-fno-sanitize-recover=all"}, "-ftrivial-auto-var-init=zero"},
}

// otherModel is a further build of a model.
type otherModel struct {
	*Model
	name, path string
}

// buildOthers makes the further builds, side by side.
func (m *Model) buildOthers(ctx context.Context, text []byte) ([]Opener, error) {
	all := make([]Opener, len(otherBuilds))
	g, ctx := errgroup.WithContext(ctx)
	for i, b := range otherBuilds {
		g.Go(func() error {
			path, _, err := m.build(ctx, b, text)
			all[i] = &otherModel{m, filepath.Base(m.tools.cxx) + " " + b.name, path}
			return err
		})
	}
	return all, g.Wait()
}

// Open implements Opener.
func (o *otherModel) Open(ctx context.Context) (DUT, error) { return o.open(ctx, o.path) }

// Describe implements Opener.
func (o *otherModel) Describe() string {
	return fmt.Sprintf("function %s (%s), %s: %v", o.source.Func, o.source.File, o.name, o.shape)
}

// Tools implements Opener.
func (o *otherModel) Tools() []string { return []string{o.name} }

// build makes the harness of a build and returns its path, and the files that the model
// was made from; text is the source, for messages.
func (m *Model) build(ctx context.Context, b modelBuild, text []byte) (path string, deps []dependency, err error) {
	s := m.source
	abs, err := filepath.Abs(s.File)
	if err != nil {
		return "", nil, err
	}
	ctx = sandbox.With(ctx, sandbox.Grant{Read: []string{abs, filepath.Dir(abs), sandbox.Project(filepath.Dir(abs))}, Trusted: s.Trust})
	flags := append(slices.Clone(b.flags), "-Dmain=main_of_the_model", "-I"+filepath.Dir(abs), "-DAX_FUNC="+s.Func,
		fmt.Sprintf("-DAX_A=%d", m.shape.A), fmt.Sprintf("-DAX_B=%d", m.shape.B), fmt.Sprintf("-DAX_P=%d", m.shape.P))
	if k, ok := m.shape.Kind.Integer(); ok {
		for i, signed := range []bool{k.SignedA(), k.SignedB(), k.SignedProduct()} {
			if signed {
				flags = append(flags, "-DAX_SIGNED_"+"ABP"[i:i+1])
			}
		}
	}
	if m.shape.Beyond32() {
		flags = append(flags, beyond32)
	}
	language, adapter := "c++", "adapter.cc"
	if cmodel.IsC(s.File) {
		language, adapter = "c", "adapter.c"
	}
	preprocessed, deps, err := m.preprocess(ctx, abs, append(slices.Clone(flags), "-x", language))
	if err != nil {
		return "", nil, err
	}
	harness, digest, err := modelHarness(ctx, m.tools, m.shape.Beyond32())
	if err != nil {
		return "", nil, err
	}
	key := &buildcache.Key{}
	key.Add("model 3", m.tools.cxx, m.tools.cxxVersion, modelFlags, digest, language, abs, preprocessed, b.fill)
	key.Add(flags...)
	dir, _, err := buildcache.Entry("builds", key.Sum(), func(dir string) error {
		ctx := writing(ctx, dir)
		m.opts.log("compiling %s %s", s.File, b.name)
		obj := filepath.Join(dir, "obj")
		if err := os.Mkdir(obj, 0o755); err != nil {
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
		assembly, makes := filepath.Join(obj, "adapter.s"), "-c"
		compiled := object
		if b.name == plainBuild.name {
			compiled, makes = assembly, "-S"
		}
		args := append(slices.Clone(flags), "-w", "-Werror=implicit-function-declaration", "-I"+obj, "-x", language, makes, filepath.Join(obj, adapter), "-o", compiled)
		r := toolRun{failed: true}
		if b.fill != "" {
			if r, err = run(ctx, m.tools.cxx, append(slices.Clone(args), b.fill)...); err != nil {
				return err
			}
		}
		if r.failed {
			if r, err = run(ctx, m.tools.cxx, args...); err != nil {
				return err
			}
		}
		if r.failed {
			return m.refused(ctx, r, append(slices.Clone(flags), "-w", "-x", language, "-fsyntax-only", s.File), text)
		}
		if compiled == assembly {
			if r, err = m.assemble(ctx, assembly, object); err != nil {
				return err
			}
			if r.failed {
				return fault.Failedf("the assembler does not accept what the compiler made of the model %s:\n%s", s.File, tool.FirstLines(r.stderr, 5))
			}
		}
		args = append(slices.Clone(b.flags), harness, object, "-lm", "-pthread", "-o", filepath.Join(dir, "harness"))
		if r, err = run(ctx, m.tools.cxx, args...); err != nil {
			return err
		}
		if r.failed && slices.Contains(b.flags, checks) && strings.Contains(r.stderr, "san") {
			return fault.Missingf("%s cannot link a model with its sanitizers; they come with the compiler (libasan, libubsan):\n%s", m.tools.cxx, tool.FirstLines(r.stderr, 5))
		} else if r.failed {
			return fault.Usagef("the compiler does not accept the model %s:\n%s", s.File, tool.FirstLines(r.stderr, 10))
		}
		return nil
	})
	return filepath.Join(dir, "harness"), deps, err
}

// assemble makes the object of a model's assembly, and marks it if the model is quiet.
func (m *Model) assemble(ctx context.Context, assembly, object string) (toolRun, error) {
	text, err := os.ReadFile(assembly)
	if err != nil {
		return toolRun{}, err
	}
	if noise(string(text)) == "" {
		if err := os.WriteFile(assembly, append(text, quietMark...), 0o644); err != nil {
			return toolRun{}, err
		}
	}
	return run(ctx, m.tools.cxx, "-c", "-x", "assembler", assembly, "-o", object)
}

// refused explains why a model was not compiled with its adapter: it is wrong by itself,
// or it has no such function.
func (m *Model) refused(ctx context.Context, r toolRun, alone []string, text []byte) error {
	s := m.source
	if r, err := run(ctx, m.tools.cxx, alone...); err != nil {
		return err
	} else if r.failed {
		return fault.Usagef("the compiler does not accept the model %s:\n%s", s.File, tool.FirstLines(r.stderr, 10))
	}
	missing := cmodel.Numbers.Missing(s.File, s.Func, text)
	return fault.Usagef("%w. The compiler says:\n%s", missing, tool.FirstLines(r.stderr, 5))
}

// preprocess returns a model's text with all that it includes, which is a part of the
// build's key, and the files other than the system's that it came from.
func (m *Model) preprocess(ctx context.Context, abs string, flags []string) (text string, deps []dependency, err error) {
	dir, remove, err := leftovers.Dir(os.TempDir(), "approxtrain-deps-")
	if err != nil {
		return "", nil, err
	}
	defer remove()
	list := filepath.Join(dir, "list")
	r, err := run(writing(ctx, dir), m.tools.cxx, append(slices.Clone(flags), "-E", "-MMD", "-MF", list, abs)...)
	if err != nil {
		return "", nil, err
	}
	if r.failed {
		return "", nil, fault.Usagef("the compiler does not accept the model %s:\n%s", m.source.File, tool.FirstLines(r.stderr, 10))
	}
	rule, err := os.ReadFile(list)
	if err != nil {
		return "", nil, err
	}
	files := []string{m.source.File}
	for _, f := range prerequisites(string(rule)) {
		if f != abs {
			files = append(files, f)
		}
	}
	deps, err = hashFiles(files)
	return r.stdout, deps, err
}

var makeWord = regexp.MustCompile(`(?:\\[ #]|\$\$|[^\s\\]|\\[^\s#])+`)

// prerequisites returns those of a rule as compilers write it.
func prerequisites(rule string) []string {
	_, list, _ := strings.Cut(rule, ":")
	var files []string
	for _, word := range makeWord.FindAllString(strings.ReplaceAll(list, "\\\n", " "), -1) {
		files = append(files, strings.NewReplacer(`\ `, " ", `\#`, "#", "$$", "$").Replace(word))
	}
	return files
}

// modelHarness returns the harness of models, an object that each is linked with, and
// the digest of its text. wide is whether it is for operands or products of more than 32 bits.
func modelHarness(ctx context.Context, t toolchain, wide bool) (object, digest string, err error) {
	if digest, err = harnessDigest(); err != nil {
		return "", "", err
	}
	flags := strings.Fields(modelFlags)
	if wide {
		flags = append(flags, beyond32)
	}
	key := &buildcache.Key{}
	key.Add("model harness 1", t.cxx, t.cxxVersion, digest)
	key.Add(flags...)
	dir, _, err := buildcache.Entry("runtime", key.Sum(), func(dir string) error {
		if err := writeHarness(dir); err != nil {
			return err
		}
		return compileCXX(writing(ctx, dir), t, append(flags, "-c", filepath.Join(dir, "harness.cc"), "-o", filepath.Join(dir, "harness.o"))...)
	})
	return filepath.Join(dir, "harness.o"), digest, err
}

var (
	runtimeError = regexp.MustCompile(`(?m)^(\S.*?:\d+):\d+: runtime error: (.*)$`)
	addressError = regexp.MustCompile(`ERROR: AddressSanitizer: (\S+)`)
	stackFrame   = regexp.MustCompile(`(?m)^ *#\d+ \S+ in (\S+) (\S.*?:\d+)(?::\d+)?$`)
)

// undefined returns the report of a sanitizer, with file and line, "" if there is none.
func undefined(output string) string {
	if g := runtimeError.FindStringSubmatch(output); g != nil {
		file, line, _ := cutLast(g[1], ":")
		return fmt.Sprintf("%s:%s: %s", shownPath(file), line, g[2])
	}
	g := addressError.FindStringSubmatchIndex(output)
	if g == nil {
		return ""
	}
	what := output[g[2]:g[3]]
	if f := stackFrame.FindStringSubmatch(output[g[1]:]); f != nil {
		file, line, _ := cutLast(f[2], ":")
		what = fmt.Sprintf("%s:%s: %s in %s", shownPath(file), line, what, f[1])
	}
	return what
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
