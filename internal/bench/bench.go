package bench

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// Options say what Run measures.
type Options struct {
	// Device is the name of a device, as devices.Open takes it. "" is the processor.
	Device string
	// Filter selects the benchmarks whose names it matches. nil selects all of them.
	Filter *regexp.Regexp
	// Quick measures small shapes on a GPU. The figures then say nothing about its speed.
	Quick bool
	// Program is the path of the program approxtrain, which the benchmarks lut-cold and lut-warm run. They
	// are left out without it.
	Program string
	// Watcher hears about the progress. nil is nobody.
	Watcher Watcher
}

// Watcher hears about the progress of a measurement.
type Watcher interface {
	// Logf reports an event in one line, which has no newline at its end.
	Logf(format string, args ...any)
	// Begin reports the start of work that can take minutes, and what it counts: "products". The work calls
	// set, from several goroutines, with the units that are done and the total, and at its end finish.
	Begin(what, unit string) (set func(done, total uint64), finish func())
}

// silent is the Watcher that is nobody.
type silent struct{}

func (silent) Logf(string, ...any) {}

func (silent) Begin(_, _ string) (func(_, _ uint64), func()) { return func(_, _ uint64) {}, func() {} }

// Errors of Run.
var (
	// ErrNoMatch means that no benchmark has a name that the filter matches.
	ErrNoMatch = errors.New("the filter matches no benchmark")
	// ErrNothing means that this machine lacks something for each of the selected benchmarks. The Watcher has
	// heard what.
	ErrNothing = errors.New("this machine has nothing that can be measured")
)

// errNotHere means that this machine lacks something that a benchmark needs.
var errNotHere = errors.New("not on this machine")

// benchmark is one measurement. Its figure is compared with references that are
// measured in the same run, where there are any, and with what the project
// promises.
type benchmark struct {
	name  string
	about string
	run   func(ctx context.Context, b *session) (Figure, error)
}

// benchmarks are those of the processor, in the order in which they run.
var benchmarks = append([]benchmark{
	{"sweep-verilated", "evaluations of Verilated combinational mitchell_e8m7, one core", benchVerilated},
	{"sweep-model", "the same function written in C, through the same harness", benchModel},
	{"sweep-netlist", "the netlist of mitchell_e8m7, bit-sliced, the same products on one core", benchNetlist},
	{"sweep-netlist-array", "the netlist of exact_u8, which is an array of 8 × 8 bits, all 65,536 pairs",
		benchNetlistArray},
	{"netlist-operations", "its word operations alone, best instructions", benchOperations},
	{"sweep-pipelined", "mitchell_e8m7, three pipeline stages, one core", benchPipelined},
	{"sweep-sequential", "exact_u8, shift and add behind a handshake, one core", benchSequential},
	{"lut-cold", "approxtrain lut of an 8-bit multiplier, nothing cached", benchCold},
	{"lut-warm", "the same once more", benchWarm},
	{"exhaustive-16x16", "all 2^32 pairs of an exact 16 × 16 multiplier and their error figures, from the netlist, " +
		"all cores", benchExhaustive("exact_u16")},
	{"exhaustive-drum", "the same of drum6_u16, with its functional model", benchExhaustive("drum6_u16")},
	{"check-full", "all 2^32 pairs of mitchell_e8m7 compared, all cores", benchFull},
	{"gemm-fma", "384 × 512 × 1152 products and sums in native binary32, fused, written in C, one core", benchFMA},
	{"gemm-fp32", "the same shape by this program in native binary32, one core", benchFP32},
	{"gemm-table-generic", "the same shape through the table of mitchell_e8m7, portable Go, one core",
		benchTable("generic")},
	{"gemm-table-avx2", "the same with AVX2", benchTable("avx2")},
	{"gemm-table-avx512", "the same with AVX-512", benchTable("avx512")},
	{"gemm-table-wide", "the same shape through a table with entries of 16 bits, exact_e8m10, best instructions, one core",
		benchOther("exact_e8m10")},
	{"gemm-integers", "the same shape, quantized, through the table of drum6_u8", benchOther("drum6_u8")},
	{"gemm-functional", "the same shape by a functional model in C, mitchell_e8m23", benchFunctional},
	{"gemm-threads", "the same with the best instructions on two cores", benchThreads},
	{"conv-forward", "the convolutions of ResNet-18 for 32 × 32 pixels through the same table, one core",
		benchConv(convForward)},
	{"conv-input-grad", "their input gradients", benchConv(convInputGrad)},
	{"conv-weight-grad", "their weight gradients", benchConv(convWeightGrad)},
}, append(codeBenchmarks(), gradientBenchmarks()...)...)

// Run measures the selected benchmarks, one after the other, and returns their figures in that order. A
// benchmark for which this machine lacks something is left out, and the Watcher hears why. The first other
// error ends Run; it names the benchmark. Run returns the error of ctx once ctx is done.
func Run(ctx context.Context, o Options) (*Result, error) {
	dev, watch, err := openDevice(o.Device, 0, o.Watcher)
	if err != nil {
		return nil, err
	}
	b := &session{watch: watch, self: o.Program}
	defer b.close()
	list, r := benchmarks, &Result{Machine: thisMachine()}
	if is := dev.Properties(); is.GPU {
		g := newGPUBench(dev, b, o.Device, o.Quick || is.Emulated)
		list, r.Device = g.benchmarks(), dev.Name()
	}
	matched := false
	for _, m := range list {
		if o.Filter != nil && !o.Filter.MatchString(m.name) {
			continue
		}
		matched = true
		watch.Logf("%s: %s", m.name, m.about)
		f, err := m.run(ctx, b)
		if errors.Is(err, errNotHere) {
			watch.Logf("%s: left out: %v", m.name, err)
			continue
		}
		if ctx.Err() != nil { // the benchmark was stopped and did not fail
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("benchmark %s: %w", m.name, err)
		}
		f.Name = m.name
		r.Figures = append(r.Figures, f)
	}
	switch {
	case !matched:
		return nil, ErrNoMatch
	case len(r.Figures) == 0:
		return nil, ErrNothing
	}
	return r, nil
}
