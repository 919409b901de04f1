package cpu

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

//go:embed functional/trial.c
var trialSource string

// tryModel lets processes of their own compile and multiply by a model, where a crash is an
// error and not the end of training: the build that is to be loaded in two orders of the pairs,
// one without optimization and one with sanitizers in others. All must have the same products
// and none may change the floating-point environment. It returns how many pairs that were:
// those of a slow function are as many as a twentieth of a second allows.
func tryModel(m device.Model, path string) (tried int, err error) {
	c, err := compilerOf(m)
	if err != nil {
		return 0, err
	}
	t := &trial{model: m, compiler: c}
	t.x, t.y = trialOperands()
	var first *trialReport
	var others [3]*trialReport
	var g, builds errgroup.Group
	g.Go(func() (err error) {
		first, err = t.run(trainedBuild, path, "rows", len(t.x)*len(t.y), 5)
		return err
	})
	var paths [3]string
	paths[0] = path
	plan := []struct {
		build functionalBuild
		order string
	}{{trainedBuild, "columns"}, {plainBuild, "scattered"}, {sanitizedBuild, "columns"}}
	for i, p := range plan[1:] {
		builds.Go(func() (err error) {
			paths[i+1], err = compileModel(m, p.build)
			return err
		})
	}
	if err := cmp.Or(g.Wait(), builds.Wait()); err != nil {
		builds.Wait()
		return 0, err
	}
	var errs [3]error
	for i, p := range plan {
		g.Go(func() error {
			others[i], errs[i] = t.run(p.build, paths[i], p.order, first.pairs(), 20)
			return nil
		})
	}
	g.Wait()
	// What C leaves undefined is the better explanation of a difference.
	if err := cmp.Or(errs[2], errs[0], errs[1]); err != nil {
		return 0, err
	}
	for i, p := range plan {
		if err := t.compare(first, others[i], p.build); err != nil {
			return 0, err
		}
	}
	return first.pairs(), nil
}

// trial is a model and the operands of its trial.
type trial struct {
	model    device.Model
	compiler compiler
	x, y     []float32
}

// trialReport is the file that a trial leaves: see struct report of trial.c.
type trialReport []byte

// Sizes of trial.c: of the report without results, and of a result.
const trialHead, trialResult, trialLoops = 16, 20, 4

func (r trialReport) word(at int) uint32 { return binary.NativeEndian.Uint32(r[at:]) }
func (r trialReport) pairs() int         { return int(r.word(12)) }
func (r trialReport) operands() string {
	if r.word(8) != 1 {
		return ""
	}
	return fmt.Sprintf("; operands a = %v (%#08x), b = %v (%#08x)", math.Float32frombits(r.word(0)), r.word(0), math.Float32frombits(r.word(4)), r.word(4))
}

// product returns a product of a pair; false if the pair was not multiplied.
func (r trialReport) product(pair, loop int) (uint32, bool) {
	at := trialHead + pair*trialResult
	return r.word(at + 4 + 4*loop), r.word(at) == 1
}

// compare compares the products of the pairs that two trials have multiplied, NaNs whatever
// their bits.
func (t *trial) compare(first, other *trialReport, b functionalBuild) error {
	for pair := range len(t.x) * len(t.y) {
		want, ok := first.product(pair, 0)
		if !ok {
			continue
		}
		for loop := range trialLoops {
			got, ok := other.product(pair, loop)
			p, q := math.Float32frombits(want), math.Float32frombits(got)
			if !ok || want == got || p != p && q != q {
				continue
			}
			x, y := t.x[pair/len(t.y)], t.y[pair%len(t.y)]
			return fault.Usagef("%s: %s(%v, %v) (%#08x, %#08x) is %v in one place and %v in another (%s, pairs in another order): "+
				"it must depend on nothing but its operands, keep no state and read nothing undefined",
				t.model.File, t.model.Func, x, y, math.Float32bits(x), math.Float32bits(y), p, q, b.name)
		}
	}
	return nil
}

// run multiplies in a process of its own.
func (t *trial) run(b functionalBuild, path, order string, pairs, hundredths int) (*trialReport, error) {
	m := t.model
	program, err := compileTrial(t.compiler, b)
	if err != nil {
		return nil, err
	}
	dir, remove, err := leftovers.Dir(os.TempDir(), "approxtrain-trial-")
	if err != nil {
		return nil, err
	}
	defer remove()
	file, err := os.OpenFile(filepath.Join(dir, "report"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	report := make(trialReport, trialHead+len(t.x)*len(t.y)*trialResult)
	if err := errors.Join(os.Remove(file.Name()), file.Truncate(int64(len(report)+trialResult))); err != nil {
		return nil, err
	}
	var in bytes.Buffer
	for _, part := range []any{int32(len(t.x)), int32(len(t.y)), t.x, t.y} {
		binary.Write(&in, binary.NativeEndian, part) // into memory, of fixed sizes
	}
	var out, messages bytes.Buffer
	c := sandbox.Command{
		Kind: sandbox.Design, Path: program, Args: []string{path, order, strconv.Itoa(pairs), strconv.Itoa(hundredths)},
		Stdin: &in, Stdout: &out, Stderr: &messages, ExtraFiles: []*os.File{file},
		Env: []string{"ASAN_OPTIONS=detect_leaks=0:color=never:external_symbolizer_path=", "UBSAN_OPTIONS=color=never:print_stacktrace=0"},
	}
	ended := c.Run(context.Background())
	if _, err := file.ReadAt(report, 0); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n") // the function may print as well
	last := lines[len(lines)-1]
	var done int
	if n, _ := fmt.Sscanf(last, "done %d", &done); n == 1 && ended == nil {
		return &report, nil
	}
	if g := undefined.FindStringSubmatch(messages.String()); g != nil && b == sanitizedBuild {
		return nil, fault.Usagef("the model %s: its function %s does what C leaves undefined: %s%s", m.File, m.Func, cmp.Or(g[1], g[2]), report.operands())
	}
	var violation *sandbox.Violation
	if errors.As(ended, &violation) {
		return nil, fault.Failedf("the model %s: its function %s was ended: it %w%s", m.File, m.Func, violation, report.operands())
	}
	what := "ended the process that tried it"
	if ended != nil {
		what += ": " + ended.Error()
	}
	var reason string
	var number, multiplying int
	var p, q uint32
	if n, _ := fmt.Sscanf(last, "%s %d %d %d %d", &reason, &number, &p, &q, &multiplying); n == 5 {
		switch {
		case reason == "exit":
			what = "ended the program"
		case reason == "environment":
			return nil, fault.Usagef("the model %s: its function %s changes %s%s", m.File, m.Func, environmentName(number), report.operands())
		case number == int(unix.SIGPROF):
			what = "did not return within a second"
		case number == int(unix.SIGALRM):
			what = "waited for something and did not return within ten seconds"
		default:
			what = "crashed: " + signalName(number)
		}
		what += report.operands()
	}
	if messages.Len() > 0 {
		what += "\n" + tool.FirstLines(messages.String(), 4)
	}
	return nil, fault.Failedf("the model %s: its function %s %s", m.File, m.Func, what)
}

// undefined matches what sanitizers report.
var undefined = regexp.MustCompile(`(?m)^(\S.*?:\d+:\d+: runtime error: .*)$|ERROR: (AddressSanitizer: \S+)`)

// environmentName names a change of the floating-point environment that a loop of kernel.c
// reports.
func environmentName(bits int) string {
	switch {
	case runtime.GOARCH == "amd64" && bits&0x6000 != 0, runtime.GOARCH == "arm64" && bits&0xc00000 != 0:
		return "the rounding mode"
	case runtime.GOARCH == "amd64" && bits&0x8040 != 0, runtime.GOARCH == "arm64" && bits&(1<<24) != 0:
		return "what is made of subnormals (FTZ, DAZ)"
	}
	return "the floating-point environment"
}

// signalName returns "SIGSEGV (segmentation fault)".
func signalName(number int) string {
	s := syscall.Signal(number)
	return fmt.Sprintf("%s (%v)", unix.SignalName(s), s)
}

// compileTrial returns the program of trial.c, made by the model's compiler. It has the
// sanitizers of the build that it loads.
func compileTrial(c compiler, b functionalBuild) (string, error) {
	flags := []string{"-O1", "-w"}
	if b == sanitizedBuild {
		flags = append(flags, sanitizers)
	}
	key := &buildcache.Key{}
	key.Add("trial 2", c.path, c.version, c.language, trialSource)
	key.Add(flags...)
	dir, _, err := buildcache.Entry("models", key.Sum(), func(dir string) error {
		_, err := c.run(sandbox.Grant{Write: []string{dir}}, trialSource, "the program that tries models", append(flags, "-x", c.language, "-", "-ldl", "-o", filepath.Join(dir, "trial"))...)
		if err != nil && b == sanitizedBuild {
			return fault.Missingf("compiling the program that tries models, with the sanitizers that come with the compiler (libasan, libubsan): %w", err)
		}
		return err
	})
	return filepath.Join(dir, "trial"), err
}

// trialOperands returns operands of which all pairs are tried: numbers at which the rules of
// multipliers change, then those that inconsistent multiplies.
func trialOperands() (x, y []float32) {
	for _, v := range []float32{0, 1, 2, 3, 0.5, 1.5, 1e-3, 255, 1e-45, 1e-40, 0x1p-126, 0x1p-127, 0x1p64, 0x1p-64, 1e30,
		math.MaxFloat32, float32(math.Inf(1)), math.Float32frombits(0x7fc00000), math.Float32frombits(0x7f800001), math.Float32frombits(0x3fffffff)} {
		for _, sign := range []uint32{0, 1 << 31} {
			x = append(x, math.Float32frombits(math.Float32bits(v)|sign))
		}
	}
	p, q := consistencyOperands()
	return append(x, p...), append(x[:len(x):len(x)], q...)
}
