package bench

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// pass is one of the three of a convolution.
type pass int

const (
	convForward pass = iota
	convInputGrad
	convWeightGrad
)

// layer is a layer shape and how often a network has it.
type layer struct {
	count int
	conv  device.Conv
}

// resnet18 are the convolutions of ResNet-18 for images of 32 × 32 pixels, the
// first one first.
func resnet18(batch int) []layer {
	square := func(count, size, in, out, kernel, stride int) layer {
		return layer{count, device.Conv{N: batch, H: size, W: size, C: in, OutC: out, KH: kernel, KW: kernel,
			PadH: kernel / 2, PadW: kernel / 2,
			StrideH: stride, StrideW: stride, DilationH: 1, DilationW: 1, Groups: 1}}
	}
	layers := []layer{square(1, 32, 3, 64, 3, 1), square(4, 32, 64, 64, 3, 1)}
	for size, c := 32, 64; c < 512; size, c = size/2, 2*c {
		layers = append(layers, square(1, size, c, 2*c, 3, 2), square(1, size, c, 2*c, 1, 2),
			square(3, size/2, 2*c, 2*c, 3, 1))
	}
	return layers
}

func (l layer) String() string {
	c := l.conv
	s := fmt.Sprintf("%d × %d, %d → %d, %d × %d", c.KH, c.KW, c.C, c.OutC, c.H, c.W)
	if c.StrideH > 1 {
		s += fmt.Sprintf(", stride %d", c.StrideH)
	}
	return s
}

// Images in a batch and turns of a convolution: an operation takes some tenths
// of a second with AVX2.
const (
	convBatch = 32
	convTurns = 5
)

// benchConv returns the benchmark of a pass over the layers of a network, each
// as often as the network has it.
func benchConv(p pass) func(context.Context, *session) (Figure, error) {
	return func(ctx context.Context, b *session) (Figure, error) {
		layers := resnet18(convBatch)
		if p == convInputGrad {
			layers = layers[1:] // training needs no gradient of the images
		}
		return b.convolve(ctx, p, layers, convTurns)
	}
}

// convolve measures a pass over layers against the matrix product. The rate counts no products with padding, but the
// time that they take.
func (b *session) convolve(ctx context.Context, p pass, layers []layer, turns int) (Figure, error) {
	d, err := cpu.New(1)
	if err != nil {
		return Figure{}, err
	}
	t, err := benchedTable()
	if err != nil {
		return Figure{}, err
	}
	gemm, _, err := b.gemm(d, t, processorTime)
	if err != nil {
		return Figure{}, err
	}
	return convolveOn(ctx, d, gemm, processorTime, t, p, layers, turns)
}

// convolveOn is convolve on a device, against a matrix product of its own.
func convolveOn(ctx context.Context, d device.Device, gemm *contestant, clock stopwatch, t *lut.Table, p pass,
	layers []layer, turns int) (Figure, error) {
	m, err := d.Multiplier(t)
	if err != nil {
		return Figure{}, err
	}
	f := Figure{Unit: "GMAC/s"}
	macs, seconds := 0.0, 0.0
	for _, l := range layers {
		own, free := convolution(d, m, p, l.conv, clock)
		if err := contest(ctx, turns, gemm, own); err != nil {
			return Figure{}, fmt.Errorf("layer %v: %w", l, err)
		}
		free()
		n := float64(l.count * l.conv.Terms())
		macs += n
		seconds += n / own.best
		f.Parts = append(f.Parts, Part{Name: l.String(), Count: l.count, Value: own.best,
			Terms: float64(l.conv.Terms()) / float64(l.conv.MACs())})
	}
	f.Value = macs / seconds
	f.compare("matrix product", gemm.best, 0.8)
	for i := range f.Parts {
		f.Parts[i].Ratio = f.Parts[i].Value / gemm.best
	}
	return f, nil
}

// convolution returns a pass of a layer, and what frees its buffers.
func convolution(d device.Device, m device.Multiplier, p pass, c device.Conv,
	clock stopwatch) (_ *contestant, free func()) {
	rng := rand.New(rand.NewPCG(3, 4))
	x, w, y := put(d, normals(rng, c.InLen())), put(d, normals(rng, c.WeightLen())), put(d, normals(rng, c.OutLen()))
	work := func() { d.ConvForward(m, c, x, w, y) }
	switch p {
	case convInputGrad:
		work = func() { d.ConvInputGrad(m, c, y, w, x) }
	case convWeightGrad:
		work = func() { d.ConvWeightGrad(m, c, x, y, w) }
	}
	return &contestant{name: "convolution", round: func() (float64, error) {
			return rate(d, float64(c.Terms()), clock, work)
		}}, func() {
			for _, b := range []device.Buffer{x, w, y} {
				b.Free()
			}
		}
}
