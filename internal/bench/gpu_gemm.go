package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/baseline"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/cublas"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// matrices returns random operands.
func matrices(s device.Gemm) (x, y []float32) {
	rng := rand.New(rand.NewPCG(1, 2))
	return normals(rng, s.M*s.K), normals(rng, s.K*s.N)
}

// own returns a product by a multiplier on the GPU, after comparing its bits with the
// processor's.
func (g *gpuBench) own(s device.Gemm, x, y []float32, t *lut.Table) (*contestant, []float32, error) {
	var err error
	if g.cpu == nil {
		if g.cpu, err = cpu.New(0); err != nil {
			return nil, nil, err
		}
	}
	on := func(d device.Device) (*contestant, []float32, error) {
		m, err := d.Multiplier(t)
		if err != nil {
			return nil, nil, err
		}
		return product(d, s, x, y, wallTime, func(x, y, z device.Buffer) { d.Gemm(m, s, x, y, z) })
	}
	own, got, err := on(g.dev)
	if err != nil {
		return nil, nil, err
	}
	_, want, err := on(g.cpu)
	if err != nil {
		return nil, nil, err
	}
	return own, want, sameProduct("the processor", s.N, want, got)
}

// table measures the product that the project's targets are for, against every reference that the machine has.
func (g *gpuBench) table(ctx context.Context, _ *session) (Figure, error) {
	s := g.bigShape()
	x, y := matrices(s)
	t, err := benchedTable()
	if err != nil {
		return Figure{}, err
	}
	own, want, err := g.own(s, x, y, t)
	if err != nil {
		return Figure{}, err
	}
	fetch, err := g.fetch(s, x, y, t, want)
	if err != nil {
		return Figure{}, err
	}
	type opponent struct {
		*contestant
		target float64
	}
	all := []opponent{{own, 0}}
	if fetch != nil {
		all = append(all, opponent{fetch, promisedToFetch})
	}
	blas, done, err := g.cublas(s, x, y)
	if err != nil {
		return Figure{}, err
	}
	defer done()
	if blas != nil {
		all = append(all, opponent{blas, promisedToNative})
	}
	direct, err := g.direct(ctx, t)
	if err != nil && !errors.Is(err, errNotHere) {
		return Figure{}, err
	}
	if err == nil {
		all = append(all, opponent{direct, promisedToDirect})
	}
	var contestants []*contestant
	for _, o := range all {
		contestants = append(contestants, o.contestant)
	}
	if err := contest(ctx, gpuTurns, contestants...); err != nil {
		return Figure{}, err
	}
	g.big = own
	f := Figure{Value: own.best, Unit: "GMAC/s"}
	if !g.small {
		f.Target = promisedRate
	}
	for _, o := range all[1:] {
		if g.small {
			o.target = 0
		}
		f.compare(o.name, o.best, o.target)
	}
	return f, nil
}

// fetch returns the product in the way of published simulators, nil if the device has none.
func (g *gpuBench) fetch(s device.Gemm, x, y []float32, t *lut.Table, want []float32) (*contestant, error) {
	d, has := g.dev.(device.FetchGemmer)
	if !has {
		return nil, nil
	}
	m, err := d.Multiplier(t)
	if err != nil {
		return nil, err
	}
	c, got, err := product(d, s, x, y, wallTime, func(x, y, z device.Buffer) { d.FetchGemm(m, s, x, y, z) })
	if err != nil {
		return nil, err
	}
	c.name = "fetching kernel"
	return c, sameProduct("gemm_fetch", s.N, got, want)
}

// direct returns the functional model in C, which one core computes.
func (g *gpuBench) direct(ctx context.Context, t *lut.Table) (*contestant, error) {
	d, err := cpu.New(0)
	if err != nil {
		return nil, err
	}
	_, want, err := g.gemm(d, t, wallTime)
	if err != nil {
		return nil, err
	}
	c, err := g.tabled(ctx, baseline.Direct, want)
	if err == nil {
		c.name = "direct, one CPU core"
	}
	return c, err
}

// cublas returns the native product of cuBLAS, nil if the machine has no cuBLAS. done frees it.
func (g *gpuBench) cublas(s device.Gemm, x, y []float32) (c *contestant, done func(), err error) {
	done = func() {}
	if g.small {
		return nil, done, nil
	}
	b, err := cublas.New(g.number, s.M, s.N, s.K, x, y)
	if fault.Status(err) == fault.Missing {
		g.watch.Logf("no comparison with cuBLAS: %v", err)
		return nil, done, nil
	}
	if err != nil {
		return nil, done, err
	}
	if _, err := b.Round(); err != nil {
		return nil, done, err
	}
	got, err := b.Result()
	if err == nil { // some rows: binary64 takes long
		some := device.Gemm{M: min(s.M, 16), N: s.N, K: s.K}
		err = baseline.CompareNative(some, x[:some.M*s.K], y, got[:some.M*s.N])
	}
	if err != nil {
		return nil, done, fmt.Errorf("cuBLAS: %w", err)
	}
	return &contestant{name: "cuBLAS FP32", round: func() (float64, error) {
		seconds, err := b.Round()
		return float64(s.M*s.N*s.K) / seconds / 1e9, err
	}}, func() { b.Close() }, nil
}

// other returns the benchmark of the same product by a built-in multiplier, the native
// one without a name.
func (g *gpuBench) other(name string) func(context.Context, *session) (Figure, error) {
	return func(ctx context.Context, _ *session) (Figure, error) {
		s := g.bigShape()
		if name != "" && !g.small { // a CPU takes long for the same
			s = device.Gemm{M: s.M / 2, N: s.N / 2, K: s.K / 2}
		}
		var t *lut.Table
		if name != "" {
			b, err := golden.Lookup(name)
			if err != nil {
				return Figure{}, err
			}
			t = b.Table()
		}
		x, y := matrices(s)
		own, _, err := g.own(s, x, y, t)
		if err != nil {
			return Figure{}, err
		}
		all := []*contestant{own}
		if name == "" {
			blas, done, err := g.cublas(s, x, y)
			if err != nil {
				return Figure{}, err
			}
			defer done()
			if blas != nil {
				all = append(all, blas)
			}
		}
		if err := contest(ctx, gpuTurns, all...); err != nil {
			return Figure{}, err
		}
		f := Figure{Value: own.best, Unit: "GMAC/s"}
		for _, c := range all[1:] {
			f.compare(c.name, c.best, 0)
		}
		return f, nil
	}
}

// functional measures a functional model in C on the GPU.
func (g *gpuBench) functional(ctx context.Context, _ *session) (Figure, error) {
	model, err := cmodel.Builtin("mitchell_e8m23", "mitchell", 23)
	if err != nil {
		return Figure{}, err
	}
	m, err := g.dev.Functional(model)
	if err != nil {
		return Figure{}, fmt.Errorf("%w: %w", errNotHere, err)
	}
	s := g.bigShape()
	x, y := matrices(s)
	own, _, err := product(g.dev, s, x, y, wallTime, func(x, y, z device.Buffer) { g.dev.Gemm(m, s, x, y, z) })
	if err != nil {
		return Figure{}, err
	}
	err = contest(ctx, gpuTurns, own)
	return Figure{Value: own.best, Unit: "GMAC/s"}, err
}

// reference returns the product of bigShape, measured before or now.
func (g *gpuBench) reference(ctx context.Context, t *lut.Table) (*contestant, error) {
	if g.big != nil {
		return g.big, nil
	}
	s := g.bigShape()
	x, y := matrices(s)
	own, _, err := g.own(s, x, y, t)
	if err == nil {
		err = contest(ctx, gpuTurns, own)
	}
	g.big = own
	return own, err
}

// shapes returns the benchmark of products of several shapes.
func (g *gpuBench) shapes(all []device.Gemm) func(context.Context, *session) (Figure, error) {
	return func(ctx context.Context, _ *session) (Figure, error) {
		t, err := benchedTable()
		if err != nil {
			return Figure{}, err
		}
		big, err := g.reference(ctx, t)
		if err != nil {
			return Figure{}, err
		}
		f := Figure{Unit: "GMAC/s"}
		macs, seconds := 0.0, 0.0
		for _, s := range all {
			x, y := matrices(s)
			own, _, err := g.own(s, x, y, t)
			if err == nil {
				err = contest(ctx, gpuTurns, own)
			}
			if err != nil {
				return Figure{}, fmt.Errorf("%+v: %w", s, err)
			}
			n := float64(s.M * s.N * s.K)
			macs, seconds = macs+n, seconds+n/own.best
			f.Parts = append(f.Parts, Part{Name: fmt.Sprintf("%d × %d × %d", s.M, s.N, s.K), Count: 1, Terms: 1, Value: own.best,
				Ratio: own.best / big.best})
		}
		f.Value = macs / seconds
		f.compare("gemm-table", big.best, 0)
		return f, nil
	}
}
