package cpu

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// benchmarkFormats have tables that are looked up in different ways.
var benchmarkFormats = []lut.Format{lut.FloatFormat(7, 7), lut.FloatFormat(5, 5), lut.FloatFormat(7, 15), lut.FloatFormat(10, 10)}

// contenders returns multipliers of every level and functional models, on one
// thread; rows is the table looked up by addRow alone.
func contenders(b *testing.B, do func(b *testing.B, d *Device, m multiplier)) {
	for _, l := range levels() {
		d := &Device{threads: 1, level: l}
		run := func(name string, m multiplier) {
			b.Run(fmt.Sprintf("%s/%s", name, l), func(b *testing.B) { do(b, d, m) })
		}
		run("fp32", accelerate(l, native{}))
		for _, f := range benchmarkFormats {
			table, err := lut.New("zero", f)
			require.NoError(b, err)
			exact := newTable(table)
			m := accelerate(l, exact)
			run(f.String(), m)
			if f.A == 7 && l != generic {
				run(f.String()+"/rows", struct{ multiplier }{m})
			}
		}
	}
	if _, err := exec.LookPath("cc"); err != nil {
		return
	}
	d := &Device{threads: 1, level: levels()[0]}
	for _, design := range []string{"mitchell", "mbm", "exact"} {
		model, _ := builtin(b, design, 23)
		m, err := d.Functional(model)
		require.NoError(b, err)
		b.Run(model.Name+"/direct", func(b *testing.B) { do(b, d, m.(multiplier)) })
	}
}

func random(n int) buffer {
	s := rand.New(rand.NewPCG(uint64(n), 2))
	x := make(buffer, n)
	for i := range x {
		x[i] = float32(s.NormFloat64())
	}
	return x
}

func report(b *testing.B, macs int) {
	b.ReportMetric(float64(macs)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
}

func BenchmarkGemm(b *testing.B) {
	g := device.Gemm{M: 384, N: 512, K: 1152}
	x, y, z := random(g.M*g.K), random(g.K*g.N), random(g.M*g.N)
	contenders(b, func(b *testing.B, d *Device, m multiplier) {
		for b.Loop() {
			d.Gemm(m, g, x, y, z)
		}
		report(b, g.M*g.N*g.K)
	})
}

// BenchmarkConv has layers of LeNet-5 and of ResNet-18 on CIFAR-10.
func BenchmarkConv(b *testing.B) {
	same := func(n, h, c, out, k, stride int) device.Conv {
		return device.Conv{N: n, H: h, W: h, C: c, OutC: out, KH: k, KW: k, PadH: k / 2, PadW: k / 2, StrideH: stride, StrideW: stride,
			DilationH: 1, DilationW: 1, Groups: 1}
	}
	for _, c := range []device.Conv{same(64, 28, 1, 6, 5, 1), same(64, 14, 6, 16, 5, 1), same(8, 32, 3, 64, 3, 1), same(8, 32, 64, 64, 3, 1),
		same(16, 32, 64, 128, 3, 2), same(32, 4, 512, 512, 3, 1), same(32, 32, 16, 16, 3, 1)} {
		x, w, y := random(c.InLen()), random(c.WeightLen()), random(c.OutLen())
		dx, dw, dy := random(len(x)), random(len(w)), random(len(y))
		for _, pass := range []struct {
			name string
			run  func(d *Device, m multiplier)
		}{
			{"forward", func(d *Device, m multiplier) { d.ConvForward(m, c, x, w, dy) }},
			{"input", func(d *Device, m multiplier) { d.ConvInputGrad(m, c, y, w, dx) }},
			{"weight", func(d *Device, m multiplier) { d.ConvWeightGrad(m, c, x, y, dw) }},
		} {
			b.Run(fmt.Sprintf("%dx%dx%d-%d-s%d/%s", c.H, c.W, c.C, c.OutC, c.StrideH, pass.name), func(b *testing.B) {
				contenders(b, func(b *testing.B, d *Device, m multiplier) {
					for b.Loop() {
						pass.run(d, m)
					}
					report(b, c.MACs())
				})
			})
		}
	}
}
