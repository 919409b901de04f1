package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"approxtrain/cmodel"
	"approxtrain/cpu"
	"approxtrain/device"
	"approxtrain/devices"
	"approxtrain/experiment"
	"approxtrain/golden"
	"approxtrain/gpu"
	"approxtrain/internal/baseline"
	"approxtrain/internal/cublas"
	"approxtrain/internal/fault"
	"approxtrain/lut"
)

// gpuBench measures a GPU.
type gpuBench struct {
	*benchRun
	dev    *gpu.Device
	number int  // cuBLAS's
	small  bool // shapes are small, and nothing is promised
	cpu    *cpu.Device
	big    *contestant // the product of bigShape through benchedTable
}

func newGPUBench(dev *gpu.Device, b *benchRun, name string, small bool) *gpuBench {
	n, _ := devices.Number(name)
	return &gpuBench{benchRun: b, dev: dev, number: n, small: small}
}

// Goals of the product of bigShape: its rate in GMAC/s, and that over others'.
const (
	promisedRate     = 4000
	promisedToFetch  = 8
	promisedToNative = 1. / 6
	promisedToDirect = 20_000
)

// gpuTurns are the turns of each contestant on a GPU.
const gpuTurns = 5

// benchmarks lists those of a GPU.
func (g *gpuBench) benchmarks() []benchmark {
	s := g.bigShape()
	shape := fmt.Sprintf("%d × %d × %d products and sums", s.M, s.N, s.K)
	all := []benchmark{
		{"gemm-table", shape + " through the table of mitchell_e8m7", g.table},
		{"gemm-fp32", "the same shape in native binary32, products and sums rounded apart", g.other("")},
		{"gemm-table-wide", "the same shape through a table with entries of 16 bits, exact_e8m10", g.other("exact_e8m10")},
		{"gemm-integers", "the same shape, quantized, through the table of drum6_u8", g.other("drum6_u8")},
		{"gemm-functional", "the same shape by a functional model in C, mitchell_e8m23", g.functional},
		{"gemm-small", "small products through the table of mitchell_e8m7", g.shapes(g.smallShapes())},
		{"gemm-skinny", "products of matrices that are long and narrow", g.shapes(g.skinnyShapes())},
		{"conv-forward", "the convolutions of ResNet-18 for 32 × 32 pixels through the same table", g.conv(convForward)},
		{"conv-input-grad", "their input gradients", g.conv(convInputGrad)},
		{"conv-weight-grad", "their weight gradients", g.conv(convWeightGrad)},
	}
	for _, m := range g.models() {
		all = append(all, benchmark{"train-" + m.model, fmt.Sprintf("training steps of %s with %s, random images, batch %d", m.model, m.mult, m.batch), g.train(m)})
	}
	return all
}

func (g *gpuBench) bigShape() device.Gemm {
	if g.small {
		return device.Gemm{M: 80, N: 140, K: 64}
	}
	return device.Gemm{M: 4096, N: 4096, K: 4096}
}

func (g *gpuBench) smallShapes() (all []device.Gemm) {
	sizes := []int{64, 128, 256, 512, 1024}
	if g.small {
		sizes = []int{8, 32}
	}
	for _, n := range sizes {
		all = append(all, device.Gemm{M: n, N: n, K: n})
	}
	return all
}

func (g *gpuBench) skinnyShapes() []device.Gemm {
	if g.small {
		return []device.Gemm{{M: 100, N: 4, K: 40}, {M: 4, N: 4, K: 2100}}
	}
	return []device.Gemm{{M: 4096, N: 16, K: 4096}, {M: 16, N: 4096, K: 4096}, {M: 4096, N: 4096, K: 64}, {M: 64, N: 64, K: 1 << 17},
		{M: 512, N: 10, K: 512}, {M: 1 << 19, N: 64, K: 27}}
}

// models are the networks whose steps are measured.
func (g *gpuBench) models() []*modelBench {
	m := func(model string, batch int) *modelBench {
		return &modelBench{model: model, mult: "mbm_e8m7", batch: batch, classes: 10, steps: 20, dev: g.dev}
	}
	if g.small {
		tiny := m("lenet-5", 4)
		tiny.steps = 1
		return []*modelBench{tiny}
	}
	return []*modelBench{m("lenet-5", 64), m("resnet-20", 512), m("resnet-18", promisedGPUBatch)}
}

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

// table measures the product that goals are set for, against all that there is.
func (g *gpuBench) table(ctx context.Context, _ *benchRun) (figure, error) {
	s := g.bigShape()
	x, y := matrices(s)
	t, err := benchedTable()
	if err != nil {
		return figure{}, err
	}
	own, want, err := g.own(s, x, y, t)
	if err != nil {
		return figure{}, err
	}
	m, err := g.dev.Multiplier(t)
	if err != nil {
		return figure{}, err
	}
	fetch, got, err := product(g.dev, s, x, y, wallTime, func(x, y, z device.Buffer) { g.dev.FetchGemm(m, s, x, y, z) })
	if err == nil {
		err = sameProduct("gemm_fetch", s.N, got, want)
	}
	if err != nil {
		return figure{}, err
	}
	fetch.name = "fetching kernel"
	type opponent struct {
		*contestant
		target float64
	}
	all := []opponent{{own, 0}, {fetch, promisedToFetch}}
	blas, done, err := g.cublas(s, x, y)
	if err != nil {
		return figure{}, err
	}
	defer done()
	if blas != nil {
		all = append(all, opponent{blas, promisedToNative})
	}
	direct, err := g.direct(ctx, t)
	if err != nil && !errors.Is(err, errNotHere) {
		return figure{}, err
	}
	if err == nil {
		all = append(all, opponent{direct, promisedToDirect})
	}
	var contestants []*contestant
	for _, o := range all {
		contestants = append(contestants, o.contestant)
	}
	if err := contest(ctx, gpuTurns, contestants...); err != nil {
		return figure{}, err
	}
	g.big = own
	f := figure{Value: own.best, Unit: "GMAC/s"}
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

// cublas returns the native product of cuBLAS, nil if there is none, and what ends it.
func (g *gpuBench) cublas(s device.Gemm, x, y []float32) (c *contestant, done func(), err error) {
	done = func() {}
	if g.small {
		return nil, done, nil
	}
	b, err := cublas.New(g.number, s.M, s.N, s.K, x, y)
	if fault.Status(err) == fault.Missing {
		logf("no comparison with cuBLAS: %v", err)
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
func (g *gpuBench) other(name string) func(context.Context, *benchRun) (figure, error) {
	return func(ctx context.Context, _ *benchRun) (figure, error) {
		s := g.bigShape()
		if name != "" && !g.small { // a CPU takes long for the same
			s = device.Gemm{M: s.M / 2, N: s.N / 2, K: s.K / 2}
		}
		var t *lut.Table
		if name != "" {
			b, err := golden.Lookup(name)
			if err != nil {
				return figure{}, err
			}
			t = b.Table()
		}
		x, y := matrices(s)
		own, _, err := g.own(s, x, y, t)
		if err != nil {
			return figure{}, err
		}
		all := []*contestant{own}
		if name == "" {
			blas, done, err := g.cublas(s, x, y)
			if err != nil {
				return figure{}, err
			}
			defer done()
			if blas != nil {
				all = append(all, blas)
			}
		}
		if err := contest(ctx, gpuTurns, all...); err != nil {
			return figure{}, err
		}
		f := figure{Value: own.best, Unit: "GMAC/s"}
		for _, c := range all[1:] {
			f.compare(c.name, c.best, 0)
		}
		return f, nil
	}
}

// functional measures a functional model in C on the GPU.
func (g *gpuBench) functional(ctx context.Context, _ *benchRun) (figure, error) {
	model, err := cmodel.Builtin("mitchell_e8m23", "mitchell", 23)
	if err != nil {
		return figure{}, err
	}
	m, err := g.dev.Functional(model)
	if err != nil {
		return figure{}, fmt.Errorf("%w: %w", errNotHere, err)
	}
	s := g.bigShape()
	x, y := matrices(s)
	own, _, err := product(g.dev, s, x, y, wallTime, func(x, y, z device.Buffer) { g.dev.Gemm(m, s, x, y, z) })
	if err != nil {
		return figure{}, err
	}
	err = contest(ctx, gpuTurns, own)
	return figure{Value: own.best, Unit: "GMAC/s"}, err
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
func (g *gpuBench) shapes(all []device.Gemm) func(context.Context, *benchRun) (figure, error) {
	return func(ctx context.Context, _ *benchRun) (figure, error) {
		t, err := benchedTable()
		if err != nil {
			return figure{}, err
		}
		big, err := g.reference(ctx, t)
		if err != nil {
			return figure{}, err
		}
		f := figure{Unit: "GMAC/s"}
		macs, seconds := 0.0, 0.0
		for _, s := range all {
			x, y := matrices(s)
			own, _, err := g.own(s, x, y, t)
			if err == nil {
				err = contest(ctx, gpuTurns, own)
			}
			if err != nil {
				return figure{}, fmt.Errorf("%+v: %w", s, err)
			}
			n := float64(s.M * s.N * s.K)
			macs, seconds = macs+n, seconds+n/own.best
			f.Parts = append(f.Parts, part{Name: fmt.Sprintf("%d × %d × %d", s.M, s.N, s.K), Count: 1, Terms: 1, Value: own.best, Ratio: own.best / big.best})
		}
		f.Value = macs / seconds
		f.compare("gemm-table", big.best, 0)
		return f, nil
	}
}

// conv returns the benchmark of a pass over the convolutions of a network.
func (g *gpuBench) conv(p pass) func(context.Context, *benchRun) (figure, error) {
	return func(ctx context.Context, _ *benchRun) (figure, error) {
		t, err := benchedTable()
		if err != nil {
			return figure{}, err
		}
		big, err := g.reference(ctx, t)
		if err != nil {
			return figure{}, err
		}
		layers := resnet18(promisedGPUBatch)
		if g.small {
			layers = resnet18(1)
			for i := range layers { // as many, of a sixteenth of the sides and channels
				c := &layers[i].conv
				c.H, c.W, c.C, c.OutC = max(c.H/8, 2), max(c.W/8, 2), max(c.C/16, 3), c.OutC/16
			}
		}
		if p == convInputGrad {
			layers = layers[1:]
		}
		return convolveOn(ctx, g.dev, big, wallTime, t, p, layers, gpuTurns)
	}
}

// train returns the benchmark of a network's steps.
func (g *gpuBench) train(m *modelBench) func(context.Context, *benchRun) (figure, error) {
	return func(ctx context.Context, _ *benchRun) (figure, error) {
		assigned, err := m.prepare()
		if err != nil {
			return figure{}, err
		}
		took, err := m.plain(ctx, assigned)
		if err != nil {
			return figure{}, err
		}
		return m.rate(took), nil
	}
}

// rate is the figure of images a second. A goal is set for ResNet-18.
func (b *modelBench) rate(step time.Duration) figure {
	f := figure{Name: "rate", Value: float64(b.batch) / step.Seconds(), Unit: "images/s"}
	if b.promised() && b.batch == promisedGPUBatch && devices.IsGPU(b.dev) {
		f.Target = promisedGPURate
	}
	return f
}

// promised says whether promises are made of this network.
func (b *modelBench) promised() bool {
	return b.model == "resnet-18" && [3]int{b.in.H, b.in.W, b.in.C} == [3]int{32, 32, 3} && b.mult != experiment.Native
}
