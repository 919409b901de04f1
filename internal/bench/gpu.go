package bench

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/devices"
)

// gpuBench measures a GPU.
type gpuBench struct {
	*session
	dev    device.Device
	number int  // cuBLAS's
	small  bool // shapes are small, and nothing is promised
	cpu    *cpu.Device
	big    *contestant // the product of bigShape through benchedTable
}

func newGPUBench(dev device.Device, b *session, name string, small bool) *gpuBench {
	n, _ := devices.Number(name)
	return &gpuBench{session: b, dev: dev, number: n, small: small}
}

// Targets of the product of bigShape: its rate in GMAC/s, and its ratios to references.
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
		about := fmt.Sprintf("training steps of %s with %s, random images, batch %d", m.Model, m.Multiplier, m.Batch)
		all = append(all, benchmark{"train-" + m.Model, about, g.train(m)})
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
	return []device.Gemm{{M: 4096, N: 16, K: 4096}, {M: 16, N: 4096, K: 4096}, {M: 4096, N: 4096, K: 64},
		{M: 64, N: 64, K: 1 << 17}, {M: 512, N: 10, K: 512}, {M: 1 << 19, N: 64, K: 27}}
}

// models are the networks whose steps are measured.
func (g *gpuBench) models() []*training {
	m := func(model string, batch int) *training {
		o := ModelOptions{Model: model, Multiplier: "mbm_e8m7", Batch: batch, Classes: 10, Steps: 20}
		return &training{ModelOptions: o, watch: g.watch, dev: g.dev}
	}
	if g.small {
		tiny := m("lenet-5", 4)
		tiny.Steps = 1
		return []*training{tiny}
	}
	return []*training{m("lenet-5", 64), m("resnet-20", 512), m("resnet-18", promisedGPUBatch)}
}

// conv returns the benchmark of a pass over the convolutions of a network.
func (g *gpuBench) conv(p pass) func(context.Context, *session) (Figure, error) {
	return func(ctx context.Context, _ *session) (Figure, error) {
		t, err := benchedTable()
		if err != nil {
			return Figure{}, err
		}
		big, err := g.reference(ctx, t)
		if err != nil {
			return Figure{}, err
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
func (g *gpuBench) train(m *training) func(context.Context, *session) (Figure, error) {
	return func(ctx context.Context, _ *session) (Figure, error) {
		assigned, err := m.prepare()
		if err != nil {
			return Figure{}, err
		}
		took, err := m.plain(ctx, assigned)
		if err != nil {
			return Figure{}, err
		}
		return m.rate(took), nil
	}
}
