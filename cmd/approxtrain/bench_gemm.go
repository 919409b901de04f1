package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"approxtrain/cmodel"
	"approxtrain/cpu"
	"approxtrain/device"
	"approxtrain/golden"
	"approxtrain/internal/baseline"
	"approxtrain/lut"
)

// gemmTurns are the turns of each contestant of a matrix product: the more there
// are, the likelier each has a quiet one.
const gemmTurns = 15

// benchFMA measures the reference itself: whether it comes near what the
// processor can do.
func benchFMA(ctx context.Context, b *benchRun) (figure, error) {
	fma, err := b.native(ctx)
	if err != nil {
		return figure{}, err
	}
	name := baseline.PeakAVX512
	if fma.name == baseline.FMAAVX2 {
		name = baseline.PeakAVX2
	}
	peak := b.program(name, 0)
	if err := contest(ctx, 4*gemmTurns, fma, peak); err != nil {
		return figure{}, err
	}
	f := figure{Value: fma.best, Unit: "GMAC/s"}
	f.compare(peak.name, peak.best, 0.85)
	return f, nil
}

func benchFP32(ctx context.Context, b *benchRun) (figure, error) {
	d, err := cpu.New(1)
	if err != nil {
		return figure{}, err
	}
	own, _, err := b.gemm(d, nil, processorTime)
	if err != nil {
		return figure{}, err
	}
	return b.against(ctx, gemmTurns, own, nil, []reference{{program: "fma"}})
}

// benchTable returns the benchmark of a matrix product through a table, at a
// level of package cpu.
func benchTable(level string) func(context.Context, *benchRun) (figure, error) {
	var references []reference
	n := gemmTurns
	switch level {
	case "generic":
		n, references = 3, []reference{{program: baseline.Direct}}
	case "avx2":
		references = []reference{{baseline.Gather, 4}, {baseline.Direct, 0}, {"fma", 0}}
	case "avx512":
		references = []reference{{"fma", 0.38}, {baseline.Direct, 300}, {baseline.Gather, 0}}
	}
	return func(ctx context.Context, b *benchRun) (figure, error) {
		d, err := cpu.NewLevel(1, level)
		if err != nil {
			return figure{}, fmt.Errorf("%w: %w", errNotHere, err)
		}
		t, err := benchedTable()
		if err != nil {
			return figure{}, err
		}
		own, product, err := b.gemm(d, t, processorTime)
		if err != nil {
			return figure{}, err
		}
		return b.against(ctx, n, own, product, references)
	}
}

// benchOther returns the benchmark of a matrix product by a multiplier of another
// kind than benchedTable's, against portable Go, which must give the same bits. A
// functional model has no portable form.
func benchOther(name string) func(context.Context, *benchRun) (figure, error) {
	return func(ctx context.Context, b *benchRun) (figure, error) {
		d, err := cpu.New(1)
		if err != nil {
			return figure{}, err
		}
		g, err := golden.Lookup(name)
		if err != nil {
			return figure{}, err
		}
		own, product, err := b.gemm(d, g.Table(), processorTime)
		if err != nil {
			return figure{}, err
		}
		if d, err = cpu.NewLevel(1, "generic"); err != nil {
			return figure{}, err
		}
		portable, want, err := b.gemm(d, g.Table(), processorTime)
		if err != nil {
			return figure{}, err
		}
		if err := sameProduct("portable Go", gemmShape.N, want, product); err != nil {
			return figure{}, err
		}
		if err := contest(ctx, 3, own, portable); err != nil {
			return figure{}, err
		}
		f := figure{Value: own.best, Unit: "GMAC/s"}
		f.compare("portable Go", portable.best, 0)
		return f, nil
	}
}

// benchFunctional measures a matrix product by a functional model in C.
func benchFunctional(ctx context.Context, b *benchRun) (figure, error) {
	d, err := cpu.New(1)
	if err != nil {
		return figure{}, err
	}
	model, err := cmodel.Builtin("mitchell_e8m23", "mitchell", 23)
	if err != nil {
		return figure{}, err
	}
	m, err := d.Functional(model)
	if err != nil {
		return figure{}, fmt.Errorf("%w: %w", errNotHere, err)
	}
	own, _, err := b.multiplied(d, m, processorTime)
	if err != nil {
		return figure{}, err
	}
	err = contest(ctx, 3, own)
	return figure{Value: own.best, Unit: "GMAC/s"}, err
}

func benchThreads(ctx context.Context, b *benchRun) (figure, error) {
	if runtime.NumCPU() < 2 {
		return figure{}, fmt.Errorf("%w: one core", errNotHere)
	}
	t, err := benchedTable()
	if err != nil {
		return figure{}, err
	}
	var both [2]*contestant
	for i := range both {
		d, err := cpu.New(i + 1)
		if err != nil {
			return figure{}, err
		}
		if both[i], _, err = b.gemm(d, t, wallTime); err != nil {
			return figure{}, err
		}
	}
	one, two := spinning(1), spinning(2)
	if err := contest(ctx, 4*gemmTurns, both[0], both[1], one, two); err != nil {
		return figure{}, err
	}
	logf("gemm-threads: two loops that share nothing ran at %.2f × the rate of one meanwhile", two.best/one.best)
	f := figure{Value: both[1].best, Unit: "GMAC/s"}
	f.compare("one thread", both[0].best, 1.85)
	return f, nil
}

// spinning returns so many loops side by side that neither share nor fetch
// anything: what they lose, others on the machine have taken.
func spinning(threads int) *contestant {
	const turns = 5_000_000
	return &contestant{name: "loops", round: func() (float64, error) {
		seconds, err := wallTime(func() {
			var wait sync.WaitGroup
			for range threads {
				wait.Go(func() {
					x := uint64(1)
					for range turns {
						x = x*6364136223846793005 + 1
					}
					spun.Store(x)
				})
			}
			wait.Wait()
		})
		return float64(threads*turns) / seconds / 1e9, err
	}}
}

var spun atomic.Uint64 // keeps loops from being optimised away

// gemm returns a device's matrix product through a table, or the native one for
// none, and its result.
func (b *benchRun) gemm(d device.Device, t *lut.Table, clock func(func()) (float64, error)) (*contestant, []float32, error) {
	m, err := d.Multiplier(t)
	if err != nil {
		return nil, nil, err
	}
	return b.multiplied(d, m, clock)
}

// multiplied is gemm by a multiplier.
func (b *benchRun) multiplied(d device.Device, m device.Multiplier, clock func(func()) (float64, error)) (*contestant, []float32, error) {
	xs, ys := b.operands()
	return product(d, gemmShape, xs, ys, clock, func(x, y, z device.Buffer) { d.Gemm(m, gemmShape, x, y, z) })
}

// product returns a device's matrix product and its result.
func product(d device.Device, s device.Gemm, xs, ys []float32, clock func(func()) (float64, error), multiply func(x, y, z device.Buffer)) (*contestant, []float32, error) {
	x, y, z := put(d, xs), put(d, ys), d.Alloc(s.M*s.N)
	c := &contestant{name: d.Name(), round: func() (float64, error) { return rate(d, float64(s.M*s.N*s.K), clock, func() { multiply(x, y, z) }) }}
	if _, err := c.round(); err != nil { // the first is slower: it is not counted
		return nil, nil, err
	}
	out := make([]float32, z.Len())
	return c, out, z.Read(out)
}

// rate returns the rate in 10^9 a second at which a device does so many products.
func rate(d device.Device, products float64, clock func(func()) (float64, error), work func()) (float64, error) {
	var failed error
	seconds, err := clock(func() {
		work()
		failed = d.Sync()
	})
	return products / seconds / 1e9, errors.Join(err, failed)
}

func put(d device.Device, x []float32) device.Buffer {
	b := d.Alloc(len(x))
	b.Write(x)
	return b
}

// reference is a comparison program, fma for the native product with the best
// instructions, and the least ratio that is promised, 0 for none.
type reference struct {
	program string
	target  float64
}

// directRows are the rows of C that the direct model computes: its rate does not
// depend on them.
const directRows = 16

// against measures a contestant beside comparison programs, as far as they are
// there. Those with a table must give product, bit by bit.
func (b *benchRun) against(ctx context.Context, n int, own *contestant, product []float32, references []reference) (figure, error) {
	all, targets := []*contestant{own}, []float64{0}
	for _, r := range references {
		var c *contestant
		var err error
		if r.program == "fma" {
			c, err = b.native(ctx)
		} else {
			c, err = b.tabled(ctx, r.program, product)
		}
		if errors.Is(err, errNotHere) {
			continue
		}
		if err != nil {
			return figure{}, err
		}
		all, targets = append(all, c), append(targets, r.target)
	}
	if err := contest(ctx, n, all...); err != nil {
		return figure{}, err
	}
	f := figure{Value: own.best, Unit: "GMAC/s"}
	for i, c := range all[1:] {
		f.compare(c.name, c.best, targets[i+1])
	}
	return f, nil
}

// program returns a comparison program, for the first rows of C.
func (b *benchRun) program(name string, rows int) *contestant {
	return &contestant{name: name, round: func() (float64, error) {
		seconds, macs, err := b.programs.Run(name, rows)
		return macs / seconds / 1e9, err
	}}
}

// native returns the native product with the best instructions, after seeing
// that it is right.
func (b *benchRun) native(ctx context.Context) (*contestant, error) {
	p, err := b.baseline(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{baseline.FMAAVX512, baseline.FMAAVX2} {
		if !p.Has(name) {
			continue
		}
		c := b.program(name, gemmShape.M)
		product, err := b.try(c, gemmShape.M)
		if err != nil {
			return nil, err
		}
		x, y := b.operands()
		if err := baseline.CompareNative(gemmShape, x, y, product); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return c, nil
	}
	return nil, fmt.Errorf("%w: no AVX2", errNotHere)
}

// tabled returns a program with a table after comparing its product with the
// device's.
func (b *benchRun) tabled(ctx context.Context, name string, want []float32) (*contestant, error) {
	p, err := b.baseline(ctx)
	if err != nil {
		return nil, err
	}
	if !p.Has(name) {
		return nil, fmt.Errorf("%w: %s", errNotHere, name)
	}
	rows := gemmShape.M
	if name == baseline.Direct {
		rows = directRows
	}
	c := b.program(name, rows)
	got, err := b.try(c, rows)
	if err != nil {
		return nil, err
	}
	if err := sameProduct(name, gemmShape.N, got, want); err != nil {
		return nil, err
	}
	return c, nil
}

// sameProduct compares the first rows of a product with the device's.
func sameProduct(name string, cols int, got, want []float32) error {
	for i, g := range got {
		if math.Float32bits(g) != math.Float32bits(want[i]) {
			return fmt.Errorf("%s: element %d, %d of the product is %v (%#08x), the device says %v (%#08x)", name,
				i/cols, i%cols, g, math.Float32bits(g), want[i], math.Float32bits(want[i]))
		}
	}
	return nil
}

// try runs a program once and returns the rows of C.
func (b *benchRun) try(c *contestant, rows int) ([]float32, error) {
	if _, err := c.round(); err != nil {
		return nil, err
	}
	return b.programs.Result(rows)
}
