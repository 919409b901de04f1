package gpu

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/gpu/emulation"
)

// Kernels touch only their own buffers and do nothing that C++ leaves undefined. The
// sanitizers' library must be there before Go is, thus the second process.
func TestSanitizedLong(t *testing.T) {
	const variable = "APPROXTRAIN_TEST_SANITIZED"
	if os.Getenv(variable) != "" {
		d := emulated(t, emulation.Options{Sanitize: true})
		d.memory.exact = true
		everything(t, d)
		last := products{odd.gemms[3:], odd.convs}
		compared := 0
		for _, d.tile = range []string{small.name, large.name} {
			for _, m := range []string{"fp32", "mitchell_e8m7", "exact-full_e8m7", "exact_e8m9", "drum6_u8", "exact_s8", "strange"} {
				compared += last.compare(t, d, m, true)
				last = products{odd.gemms[4:], odd.convs[1:]}
			}
		}
		t.Logf("%d elements compared", compared)
		return
	}
	t.Parallel()
	environment, err := emulation.SanitizerEnvironment()
	require.NoError(t, err)
	c := exec.Command(os.Args[0], "-test.run=^TestSanitizedLong$", "-test.v")
	c.Env = append(append(os.Environ(), environment...), variable+"=1")
	out, err := c.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "elements compared")
	t.Logf("%s", out)
}

// everything runs each operation that is no product once, at sizes that fill no block.
func everything(t *testing.T, d *Device) {
	const rows, cols = 1030, 3
	rng := rand.New(rand.NewPCG(3, 4))
	put := func(n int) device.Buffer {
		b := d.Alloc(n)
		b.Write(numbers(rng, n, true))
		return b
	}
	x, y, z, v := put(rows*cols), put(rows*cols), put(rows*cols), put(rows*cols)
	a, b, c, e, f := put(cols), put(cols), put(cols), put(cols), put(cols)
	r, s, labels, one := put(rows), put(rows), d.Alloc(rows), d.Alloc(1)
	d.AddBias(rows, cols, a, x)
	d.SumRows(rows, cols, x, a)
	d.Add(x, y)
	d.Copy(device.Copy{Rows: rows, Cols: cols - 1, FromStep: cols, To: 1, ToStep: cols}, x, y)
	d.ReLU(x, y)
	d.ReLUGrad(y, x, z)
	d.ReLU6(x, y)
	d.ReLU6Grad(y, x, z)
	d.GELU(x, y)
	d.GELUGrad(x, y, z)
	d.Softmax(rows, cols, 0.5, x, y)
	d.SoftmaxGrad(rows, cols, 0.5, y, x, z)
	d.Dropout(1, 0.5, x, y)
	d.SoftmaxCrossEntropy(rows, cols, 0.1, x, labels, r, y)
	p := device.Pool{N: 1, H: rows / 2, W: 2, C: cols, KH: 3, KW: 2, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}
	out, where := put(p.OutLen()), put(p.OutLen())
	d.MaxPool(p, x, out, where)
	d.MaxPoolGrad(p, out, where, y)
	d.AvgPool(p, x, out)
	d.AvgPoolGrad(p, out, y)
	n := device.Norm{Rows: rows, Cols: cols, Epsilon: 1e-5}
	d.Moments(n, x, a, b)
	d.BatchNorm(n, x, a, b, c, e, y)
	d.BatchNormGrad(n, x, a, b, c, y, z, e, f)
	d.LayerNorm(n, x, a, b, r, s, y)
	d.LayerNormGrad(n, x, r, s, a, y, z, e, f)
	d.Average(device.Moving{Rate: 0.1, Scale: 1}, a, b)
	d.SumSquares(x, one)
	d.SGD(device.SGD{Rate: 0.1, Nesterov: true}, x, y, z)
	d.Adam(device.Adam{Rate: 0.1, Correct1: 1, Correct2: 1}, x, y, z, v)
	g, err := golden.Lookup("mitchell_e8m7")
	require.NoError(t, err)
	m, err := d.Multiplier(g.Table())
	require.NoError(t, err)
	const terms = rows * cols / 17
	d.FetchGemm(m, device.Gemm{M: 17, N: 15, K: terms}, put(17*terms), put(terms*15), put(17*15))
	q := device.Quantizer{Lo: -128, Hi: 127, Scale: []float32{0.1, 0.2, 0.3}, Zero: []int32{0, 1, 2}}
	codes, sums := d.AllocCodes(rows*cols), d.AllocSums(rows*cols)
	for _, b := range []device.Buffer{x, y, z} {
		b.Write(numbers(rng, rows*cols, false))
	}
	d.Quantize(q, x, codes)
	d.Dequantize(q, codes, x)
	d.QuantizeGrad(q, x, y, z)
	d.Rescale(q.Scale, a, sums, x)
	d.Requantize(device.Requantizer{Lo: -128, Hi: 127, Scale: q.Scale}, sums, codes)
	d.Requantize(device.Requantizer{Lo: -128, Hi: 127, Multiplier: []int32{1 << 30}, Shift: []int{-3}}, sums, codes)
	for _, name := range []string{"exact_u8", "mitchell_u8"} { // of low rank, and not
		g, err := golden.Lookup(name)
		require.NoError(t, err)
		for _, accumulator := range []device.Accumulator{{}, {Bits: 18, Overflow: device.Saturate}} {
			integerSums(t, d, g.Table(), device.SignMagnitude, device.SignMagnitude, true, accumulator)
		}
	}
	d.Zero(x)
	require.NoError(t, d.Sync())
}
