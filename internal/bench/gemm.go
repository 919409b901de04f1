package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/baseline"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/lut"
)

// gemmTurns are the turns of each contestant of a matrix product. The more turns, the likelier each contestant has an
// undisturbed one.
const gemmTurns = 15

// benchFMA measures how near the native reference comes to the peak of the processor.
func benchFMA(ctx context.Context, b *session) (Figure, error) {
	fma, err := b.native(ctx)
	if err != nil {
		return Figure{}, err
	}
	name := baseline.PeakAVX512
	if fma.name == baseline.FMAAVX2 {
		name = baseline.PeakAVX2
	}
	peak := b.program(name, 0)
	if err := contest(ctx, 4*gemmTurns, fma, peak); err != nil {
		return Figure{}, err
	}
	f := Figure{Value: fma.best, Unit: "GMAC/s"}
	f.compare(peak.name, peak.best, 0.85)
	return f, nil
}

func benchFP32(ctx context.Context, b *session) (Figure, error) {
	d, err := cpu.New(1)
	if err != nil {
		return Figure{}, err
	}
	own, _, err := b.gemm(d, nil, processorTime)
	if err != nil {
		return Figure{}, err
	}
	return b.against(ctx, gemmTurns, own, nil, []reference{{program: "fma"}})
}

// benchTable returns the benchmark of a matrix product through a table, at a
// level of package cpu.
func benchTable(level string) func(context.Context, *session) (Figure, error) {
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
	return func(ctx context.Context, b *session) (Figure, error) {
		d, err := cpu.NewLevel(1, level)
		if err != nil {
			return Figure{}, fmt.Errorf("%w: %w", errNotHere, err)
		}
		t, err := benchedTable()
		if err != nil {
			return Figure{}, err
		}
		own, product, err := b.gemm(d, t, processorTime)
		if err != nil {
			return Figure{}, err
		}
		return b.against(ctx, n, own, product, references)
	}
}

// benchOther returns the benchmark of a matrix product by a multiplier of another
// kind than benchedTable's, against portable Go, which must give the same bits. A
// functional model has no portable form.
func benchOther(name string) func(context.Context, *session) (Figure, error) {
	return func(ctx context.Context, b *session) (Figure, error) {
		d, err := cpu.New(1)
		if err != nil {
			return Figure{}, err
		}
		g, err := golden.Lookup(name)
		if err != nil {
			return Figure{}, err
		}
		own, product, err := b.gemm(d, g.Table(), processorTime)
		if err != nil {
			return Figure{}, err
		}
		if d, err = cpu.NewLevel(1, "generic"); err != nil {
			return Figure{}, err
		}
		portable, want, err := b.gemm(d, g.Table(), processorTime)
		if err != nil {
			return Figure{}, err
		}
		if err := sameProduct("portable Go", gemmShape.N, want, product); err != nil {
			return Figure{}, err
		}
		if err := contest(ctx, 3, own, portable); err != nil {
			return Figure{}, err
		}
		f := Figure{Value: own.best, Unit: "GMAC/s"}
		f.compare("portable Go", portable.best, 0)
		return f, nil
	}
}

// benchFunctional measures a matrix product by a functional model in C.
func benchFunctional(ctx context.Context, b *session) (Figure, error) {
	d, err := cpu.New(1)
	if err != nil {
		return Figure{}, err
	}
	model, err := cmodel.Builtin("mitchell_e8m23", "mitchell", 23)
	if err != nil {
		return Figure{}, err
	}
	m, err := d.Functional(model)
	if err != nil {
		return Figure{}, fmt.Errorf("%w: %w", errNotHere, err)
	}
	own, _, err := b.multiplied(d, m, processorTime)
	if err != nil {
		return Figure{}, err
	}
	err = contest(ctx, 3, own)
	return Figure{Value: own.best, Unit: "GMAC/s"}, err
}

func benchThreads(ctx context.Context, b *session) (Figure, error) {
	if runtime.NumCPU() < 2 {
		return Figure{}, fmt.Errorf("%w: one core", errNotHere)
	}
	t, err := benchedTable()
	if err != nil {
		return Figure{}, err
	}
	var both [2]*contestant
	for i := range both {
		d, err := cpu.New(i + 1)
		if err != nil {
			return Figure{}, err
		}
		if both[i], _, err = b.gemm(d, t, wallTime); err != nil {
			return Figure{}, err
		}
	}
	one, two := spinning(1), spinning(2)
	if err := contest(ctx, 4*gemmTurns, both[0], both[1], one, two); err != nil {
		return Figure{}, err
	}
	b.watch.Logf("gemm-threads: two loops that share nothing ran at %.2f × the rate of one meanwhile", two.best/one.best)
	f := Figure{Value: both[1].best, Unit: "GMAC/s"}
	f.compare("one thread", both[0].best, 1.85)
	return f, nil
}

// spinning returns a number of loops that run side by side and share nothing. Their loss against one loop is the time
// that other programs took.
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
func (b *session) gemm(d device.Device, t *lut.Table, clock stopwatch) (*contestant, []float32, error) {
	m, err := d.Multiplier(t)
	if err != nil {
		return nil, nil, err
	}
	return b.multiplied(d, m, clock)
}

// multiplied is gemm by a multiplier.
func (b *session) multiplied(d device.Device, m device.Multiplier, clock stopwatch) (*contestant, []float32, error) {
	xs, ys := b.operands()
	return product(d, gemmShape, xs, ys, clock, func(x, y, z device.Buffer) { d.Gemm(m, gemmShape, x, y, z) })
}

// product returns a device's matrix product and its result.
func product(d device.Device, s device.Gemm, xs, ys []float32, clock stopwatch,
	multiply func(x, y, z device.Buffer)) (*contestant, []float32, error) {
	x, y, z := put(d, xs), put(d, ys), d.Alloc(s.M*s.N)
	c := &contestant{name: d.Name(), round: func() (float64, error) {
		return rate(d, float64(s.M*s.N*s.K), clock, func() { multiply(x, y, z) })
	}}
	if _, err := c.round(); err != nil { // the first is slower: it is not counted
		return nil, nil, err
	}
	out := make([]float32, z.Len())
	return c, out, z.Read(out)
}

// rate returns the rate in 10^9 a second at which a device does so many products.
func rate(d device.Device, products float64, clock stopwatch, work func()) (float64, error) {
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
