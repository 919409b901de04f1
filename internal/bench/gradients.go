package bench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
)

// gradientTurns are the turns of each contestant of a layer's gradients.
const gradientTurns = 5

// resnet20 are the convolutions of ResNet-20 for images of 32 × 32 pixels but for the first one, whose input needs no
// gradient. See K. He et al., "Deep Residual Learning for Image Recognition", 2016.
func resnet20(batch int) []layer {
	square := func(count, size, in, out, stride int) layer {
		return layer{count, device.Conv{N: batch, H: size, W: size, C: in, OutC: out, KH: 3, KW: 3, PadH: 1, PadW: 1,
			StrideH: stride, StrideW: stride, DilationH: 1, DilationW: 1, Groups: 1}}
	}
	return []layer{square(6, 32, 16, 16, 1), square(1, 32, 16, 32, 2), square(5, 16, 32, 32, 1), square(1, 16, 32, 64, 2), square(5, 8, 64, 64, 1)}
}

// dense returns a dense layer as a convolution of images of one pixel.
func dense(g device.Gemm) layer {
	return layer{1, device.Conv{N: g.M, H: 1, W: 1, C: g.K, OutC: g.N, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}}
}

// benchGradients measures both gradients of layers of codes of 8 bits, computed from derivatives of a table, against
// those of native products.
func benchGradients(layers []layer, target float64) func(context.Context, *session) (Figure, error) {
	return func(ctx context.Context, b *session) (Figure, error) {
		d, err := cpu.New(1)
		if err != nil {
			return Figure{}, err
		}
		f := Figure{Unit: "GMAC/s"}
		macs, seconds, reference := 0.0, 0.0, 0.0
		for _, l := range layers {
			own, native, err := gradients(d, l.conv)
			if err != nil {
				return Figure{}, fmt.Errorf("layer %v: %w", l, err)
			}
			if err := contest(ctx, gradientTurns, own, native); err != nil {
				return Figure{}, fmt.Errorf("layer %v: %w", l, err)
			}
			n := 2 * float64(l.count*l.conv.Terms())
			macs += n
			seconds += n / own.best
			reference += n / native.best
			name := l.String()
			if l.conv.H == 1 {
				name = fmt.Sprintf("%d × %d × %d", l.conv.N, l.conv.OutC, l.conv.C)
			}
			f.Parts = append(f.Parts, Part{Name: name, Count: l.count, Value: own.best, Ratio: own.best / native.best,
				Terms: float64(l.conv.Terms()) / float64(l.conv.MACs())})
		}
		f.Value = macs / seconds
		f.compare("native gradients of the same layers", macs/reference, target)
		return f, nil
	}
}

// gradients returns the gradients of a convolution of codes and those of native products of the numbers that they stand
// for. With the derivatives of an exact product both must have the same bits.
func gradients(d *cpu.Device, c device.Conv) (own, native *contestant, err error) {
	rng := rand.New(rand.NewPCG(1, uint64(c.OutLen())))
	normal := func(n int, deviation, mean float64) []int16 {
		x := make([]int16, n)
		for i := range x {
			x[i] = int16(max(0, min(255, math.Round(rng.NormFloat64()*deviation+mean))))
		}
		return x
	}
	p := device.IntegerProduct{A: device.PerTensor(0, 255, 0.02, 0), B: device.PerTensor(0, 255, 0.01, 128)}
	x, w := d.AllocCodes(c.InLen()), d.AllocCodes(c.WeightLen())
	x.Write(normal(c.InLen(), 60, 20)) // after ReLU: many zeros
	w.Write(normal(c.WeightLen(), 40, 128))
	dy, dx, dw := put(d, normals(rng, c.OutLen())), d.Alloc(c.InLen()), d.Alloc(c.WeightLen())
	numbersX, numbersW := d.Alloc(c.InLen()), d.Alloc(c.WeightLen())
	d.Dequantize(p.A, x, numbersX)
	d.Dequantize(p.B, w, numbersW)
	m, err := d.Multiplier(nil)
	if err != nil {
		return nil, nil, err
	}
	var exact, slopes device.Derivatives
	for a := range 256 {
		for b := range 256 {
			exact.A, exact.B = append(exact.A, float32(b)), append(exact.B, float32(a))
		}
	}
	slopes.A, slopes.B = normals(rng, 1<<16), normals(rng, 1<<16)
	multiply := func() {
		d.ConvInputGrad(m, c, dy, numbersW, dx)
		d.ConvWeightGrad(m, c, numbersX, dy, dw)
	}
	if c.H == 1 && c.KH == 1 { // a dense layer
		multiply = func() {
			d.Gemm(m, device.Gemm{M: c.N, N: c.C, K: c.OutC, TransB: true}, dy, numbersW, dx)
			d.Gemm(m, device.Gemm{M: c.C, N: c.OutC, K: c.N, TransA: true}, numbersX, dy, dw)
		}
	}
	results := func() ([]float32, error) {
		out := make([]float32, c.InLen()+c.WeightLen())
		if err := dx.Read(out[:c.InLen()]); err != nil {
			return nil, err
		}
		return out, dw.Read(out[c.InLen():])
	}
	multiply()
	want, err := results()
	if err != nil {
		return nil, nil, err
	}
	d.GradientConv(p, exact, c, x, w, dy, dx, dw)
	got, err := results()
	if err == nil {
		err = d.Sync()
	}
	if err != nil {
		return nil, nil, err
	}
	for i, v := range want {
		if math.Float32bits(v) != math.Float32bits(got[i]) {
			return nil, nil, fmt.Errorf("element %d of the gradients is %v, native products give %v", i, got[i], v)
		}
	}
	macs := 2 * float64(c.Terms())
	contender := func(name string, work func()) *contestant {
		return &contestant{name: name, round: func() (float64, error) { return rate(d, macs, processorTime, work) }}
	}
	return contender("gradients of codes", func() { d.GradientConv(p, slopes, c, x, w, dy, dx, dw) }), contender("native gradients", multiply), nil
}

// gradientBenchmarks are the gradients of networks of integers.
func gradientBenchmarks() []benchmark {
	large := gemmShape
	large.M = 8192
	return []benchmark{
		{"integers-gradient-conv", "both gradients of the convolutions of ResNet-20, codes of 8 bits and derivatives of any table, one core",
			benchGradients(resnet20(128), 0.25)},
		{"integers-gradient-gemm", "those of 8192 × 512 × 1152 products", benchGradients([]layer{dense(large)}, 0)},
		{"integers-gradient-gemm-short", "those of 384 × 512 × 1152 products", benchGradients([]layer{dense(gemmShape)}, 0)},
	}
}
