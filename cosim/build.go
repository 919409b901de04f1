package cosim

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/tool"
	"github.com/approxtrain/approxtrain/rtl"
)

// Variant selects additions to a build, such as tracing or coverage.
type Variant struct {
	Trace    Trace
	Expected int // bits of a signal with the expected product, 0 for none; only with Trace
	Coverage bool
}

// Trace is a waveform format.
type Trace string

const (
	NoTrace  Trace = ""
	TraceVCD Trace = "vcd"
	TraceFST Trace = "fst"
)

// Instances of the design in one model. More share the fixed cost of an
// evaluation; too many overflow the instruction cache and the compiler's time.
const (
	maxLanes   = 16
	lanesSize  = 256 << 10 // bytes of C++ for all of them
	quickLanes = 2
)

// quickBits is the most bits that both operands may have together for a quick build: of floats
// their fractions, whose pairs are all that a table takes. With so many, making a table takes
// 3.1 s by a quick build and 5.1 s by an optimised one; 0.6 s by either when it is built.
const quickBits = 18

// quick reports whether the time of compiling outweighs the time of all sweeps.
func (b buildInput) quick() bool {
	f := b.iface.Shape.Numbers()
	return !b.optimise && f.A+f.B <= quickBits && b.variant == (Variant{})
}

// lanes returns the number of instances in the harness.
func (b buildInput) lanes() int {
	if b.iface.Handshake() || b.variant != (Variant{}) {
		return 1
	}
	lanes := maxLanes
	if b.quick() {
		lanes = quickLanes
	}
	for lanes > 1 && lanes*b.design.Size > lanesSize {
		lanes /= 2
	}
	return lanes
}

const (
	modelFlags   = "-std=c++17 -O2 -fno-strict-aliasing -w"
	quickFlags   = "-std=c++17 -Og -fno-strict-aliasing -w"
	runtimeFlags = "-std=c++17 -O0 -w -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL"
)

func (b buildInput) flags() string {
	if b.quick() {
		return quickFlags
	}
	return modelFlags
}

// buildInput is a design on its way into a harness.
type buildInput struct {
	source  Source
	design  *Design
	iface   *Interface
	variant Variant
	shell   string // Verilog that goes round the source
	flat    bool   // Verilator must not suspect a loop
	// The harness is for more sweeps than those of a table.
	optimise bool
}

// build makes the harness of a design and returns its path. It is cached by
// everything that goes in.
func build(ctx context.Context, t toolchain, b buildInput) (path string, hit bool, err error) {
	s, d, f, v := b.source, b.design, b.iface, b.variant
	lanes := b.lanes()
	top, err := wrapper(d, s, f, lanes, v.Expected)
	if err != nil {
		return "", false, err
	}
	top = b.shell + d.Adapter + top
	harness, err := harnessDigest()
	if err != nil {
		return "", false, err
	}
	key := &buildcache.Key{}
	key.Add("build 3", b.flags(), runtimeFlags, harness, top, d.Language)
	key.Add(t.identity()...)
	key.Add(fmt.Sprintf("%q %q", s.Defines, cDefines(f, lanes, v)))
	for _, dep := range d.Deps {
		key.Add(dep.Path, dep.SHA256)
	}
	dir, hit, err := buildcache.Checked("builds", key.Sum(), func(dir string) (buildcache.Evidence, error) {
		return compile(writing(ctx, dir), t, b, lanes, top, dir)
	})
	return filepath.Join(dir, "harness"), hit, err
}

// compile Verilates and compiles in dir and leaves only the harness there.
func compile(ctx context.Context, t toolchain, b buildInput, lanes int, top, dir string) (evidence buildcache.Evidence, err error) {
	start := time.Now()
	s, d, f, v := b.source, b.design, b.iface, b.variant
	obj := filepath.Join(dir, "obj")
	if err := os.Mkdir(obj, 0o755); err != nil {
		return evidence, err
	}
	defer os.RemoveAll(obj)
	topFile := filepath.Join(obj, wrapperTop+".sv")
	if err := os.WriteFile(topFile, []byte(top), 0o644); err != nil {
		return evidence, err
	}
	args := []string{"--cc", "--prefix", "Vlanes", "--Mdir", obj, "--top-module", wrapperTop,
		"-O3", "--assert", "--x-assign", "unique", "--x-initial", "unique"}
	args = append(args, v.verilatorArguments()...)
	args = append(args, s.arguments(d.Language)...)
	args = append(append(args, topFile), s.Paths()...)
	r, err := runIn(ctx, obj, t.verilator, args...)
	if err != nil {
		return evidence, err
	}
	if r.failed {
		return evidence, wrapperError(s, d, f, r)
	}
	if evidence, err = verilated(t, s.Searched(), obj, "Vlanes"); err != nil {
		return evidence, err
	}
	// The header of a table names the files that the elaboration read.
	for _, read := range evidence.Files {
		if !slices.Contains(d.Deps, read) && !strings.HasPrefix(read.Path, filepath.Dir(t.include)) {
			return evidence, fault.Usagef("%s has changed since the design was read: run again", shownPath(read.Path))
		}
	}
	if b.flat {
		for _, m := range parseMessages(r.stderr) {
			if m.Code == "UNOPTFLAT" {
				return evidence, fault.Failedf("Verilator suspects a loop in the netlist of single bits: %v", m)
			}
		}
	}
	if err := writeHarness(obj); err != nil {
		return evidence, err
	}
	flags := append(strings.Fields(b.flags()), cDefines(f, lanes, v)...)
	if b.quick() {
		header, read, err := precompiled(ctx, t, quickFlags)
		if err != nil {
			return evidence, err
		}
		flags = append(flags, "-include", header)
		evidence.Add(read)
	}
	compiled, err := compileModel(ctx, t, obj, "Vlanes", "harness.cc", filepath.Join(dir, "harness"), flags, v)
	evidence.Add(compiled)
	evidence.Settle(start)
	return evidence, err
}

// verilated returns what Verilator read and where it looked, apart from the folder
// obj in which it ran.
func verilated(t toolchain, folders []string, obj, prefix string) (evidence buildcache.Evidence, err error) {
	deps, own, err := dependencies(filepath.Join(obj, prefix+"__verFiles.dat"), t)
	if err != nil {
		return evidence, err
	}
	deps = slices.DeleteFunc(deps, func(f dependency) bool { return strings.HasPrefix(f.Path, obj+"/") })
	evidence.Files = append(own, deps...)
	evidence.Searches = []buildcache.Search{SearchedVerilog(folders, deps)}
	return evidence, nil
}

// compileModel compiles what Verilator has made of a model in the folder obj, with a
// program there that drives it, to out. They are one unit, which compiles sooner;
// Verilator's run-time library compiles at the same time.
func compileModel(ctx context.Context, t toolchain, obj, prefix, program, out string, flags []string, v Variant) (evidence buildcache.Evidence, err error) {
	models, err := filepath.Glob(filepath.Join(obj, prefix+"*.cpp"))
	if err != nil {
		return evidence, err
	}
	slices.Sort(models)
	var all strings.Builder
	for _, m := range append(models, program) {
		fmt.Fprintf(&all, "#include %q\n", filepath.Base(m))
	}
	if err := os.WriteFile(filepath.Join(obj, "all.cc"), []byte(all.String()), 0o644); err != nil {
		return evidence, err
	}
	object := filepath.Join(obj, "all.o")
	var runtime []string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		args := append(slices.Clone(flags), "-I"+obj, "-I"+t.include, "-I"+filepath.Join(t.include, "vltstd"))
		args = append(args, v.cFlags()...)
		evidence, err = compileObject(gctx, t, filepath.Join(obj, "all.cc"), object, args)
		return err
	})
	g.Go(func() (err error) {
		runtime, err = verilatedRuntime(gctx, t, filepath.Join(obj, prefix+"_classes.mk"), v)
		return err
	})
	if err := g.Wait(); err != nil {
		return evidence, err
	}
	args := append([]string{"-o", out, object}, runtime...)
	args = append(args, "-pthread")
	if v.Trace == TraceFST {
		args = append(args, "-lz")
	}
	return evidence, compileCXX(ctx, t, args...)
}

// wrapperError explains why a design that Verilator accepts alone is not accepted
// in the wrapper. The user did not write the wrapper and shall not read of it.
func wrapperError(s Source, d *Design, f *Interface, r toolRun) error {
	msgs := parseMessages(r.stderr)
	if slices.ContainsFunc(msgs, func(m message) bool { return strings.Contains(m.Text, "tristate") }) {
		return fault.Usagef("%s (%s:%d) drives z onto a port (product %s): a table needs 0 or 1 for every pair",
			d.Top, shownPath(d.File), d.Line, portList(f.P))
	}
	text, _ := errorsOf(slices.DeleteFunc(slices.Clone(msgs), func(m message) bool {
		return strings.Contains(m.String(), wrapperTop)
	}))
	if text == "" {
		text, _ = errorsOf(msgs)
	}
	return elaborationError(s, text, r)
}

func (v Variant) verilatorArguments() []string {
	var args []string
	switch v.Trace {
	case TraceVCD:
		args = append(args, "--trace")
	case TraceFST:
		args = append(args, "--trace-fst")
	}
	if v.Coverage {
		args = append(args, "--coverage-line", "--coverage-toggle")
	}
	return args
}

// cFlags are the macros with which Verilator's own makefiles would compile.
func (v Variant) cFlags() []string {
	flag := func(name string, on bool) string {
		if on {
			return "-D" + name + "=1"
		}
		return "-D" + name + "=0"
	}
	return []string{
		"-DVM_SC=0", flag("VM_COVERAGE", v.Coverage), flag("VM_TRACE", v.Trace != NoTrace),
		flag("VM_TRACE_VCD", v.Trace == TraceVCD), flag("VM_TRACE_FST", v.Trace == TraceFST),
	}
}

func compileCXX(ctx context.Context, t toolchain, args ...string) error {
	r, err := run(ctx, t.cxx, args...)
	if err != nil {
		return err
	}
	if r.failed {
		return fmt.Errorf("%s failed:\n%s", t.cxx, tool.FirstLines(r.stderr, 20))
	}
	return nil
}

// classesLine matches the lists of a Verilated model's make variables.
var globalClasses = regexp.MustCompile(`VM_GLOBAL_(?:FAST|SLOW) \+= ((?:\\\n\s*\w+ ?)*)`)

// verilatedRuntime compiles the part of Verilator's library that a model needs
// and returns the objects; it is cached by version.
func verilatedRuntime(ctx context.Context, t toolchain, classes string, v Variant) ([]string, error) {
	mk, err := os.ReadFile(classes)
	if err != nil {
		return nil, fmt.Errorf("reading Verilator's list of classes: %w", err)
	}
	var names []string
	for _, g := range globalClasses.FindAllStringSubmatch(string(mk), -1) {
		names = append(names, strings.Fields(strings.ReplaceAll(g[1], `\`, " "))...)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s names no run-time classes of Verilator", classes)
	}
	key := &buildcache.Key{}
	key.Add("runtime 2", t.include, runtimeFlags)
	key.Add(t.identity()...)
	key.Add(v.cFlags()...)
	key.Add(names...)
	dir, _, err := buildcache.Checked("runtime", key.Sum(), func(dir string) (buildcache.Evidence, error) {
		start := time.Now()
		g, ctx := errgroup.WithContext(writing(ctx, dir))
		found := make([]buildcache.Evidence, len(names))
		for i, n := range names {
			g.Go(func() (err error) {
				args := append(strings.Fields(runtimeFlags), v.cFlags()...)
				args = append(args, "-I"+t.include, "-I"+filepath.Join(t.include, "vltstd"))
				found[i], err = compileObject(ctx, t, filepath.Join(t.include, n+".cpp"), filepath.Join(dir, n+".o"), args)
				return err
			})
		}
		err := g.Wait()
		var all buildcache.Evidence
		for _, f := range found {
			all.Add(f)
		}
		slices.SortFunc(all.Files, func(a, b dependency) int { return strings.Compare(a.Path, b.Path) })
		all.Files = slices.Compact(all.Files)
		all.Settle(start)
		return all, err
	})
	if err != nil {
		return nil, err
	}
	var objects []string
	for _, n := range names {
		objects = append(objects, filepath.Join(dir, n+".o"))
	}
	return objects, nil
}

// writeHarness puts the C++ of rtl/testbench into a folder.
func writeHarness(dir string) error {
	return eachHarnessFile(func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(dir, name), data, 0o644)
	})
}

func harnessDigest() (string, error) {
	d := &buildcache.Key{}
	err := eachHarnessFile(func(name string, data []byte) error {
		d.Add(name, string(data))
		return nil
	})
	return d.Sum(), err
}

func eachHarnessFile(do func(name string, data []byte) error) error {
	return fs.WalkDir(rtl.Testbench, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := filepath.Ext(path); ext != ".cc" && ext != ".h" {
			return nil
		}
		data, err := fs.ReadFile(rtl.Testbench, path)
		if err != nil {
			return fault.Failedf("reading the built-in harness %s: %w", strconv.Quote(path), err)
		}
		return do(path, data)
	})
}
