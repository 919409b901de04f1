package onnxruntime

import (
	"flag"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/internal/onnx"
)

var update = flag.Bool("update", false, "write docs/vectors/requantize.csv again")

const vectorsFile = "../../docs/vectors/requantize.csv"

// requantize lets ONNX Runtime compute codes of sums: they are the biases of a convolution whose products are 0, each
// with a channel of its own. Scales are those of the weights, x and y those of its operand and its result.
func requantize(t testing.TB, r *Runtime, sums []int32, scales []float32, x float32, y device.Quantizer) []int16 {
	n := len(sums)
	l := layer{Conv: device.Conv{N: 1, H: 1, W: 1, C: 1, OutC: n, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
		x: eight(signed(y), x, y.Zero[0]), w: eight(true, 1, 0), y: y, bias: sums}
	l.w.Scale = scales
	l.xCodes, l.weights = []int16{int16(y.Zero[0])}, make([]int16, n)
	in := l.input("x")
	m := &onnx.Model{Name: "requantize", Inputs: []onnx.Value{onnx.ValueOf(in)}}
	m.Outputs = []onnx.Value{l.value(l.add(m, "codes", "x"), onnxType(y))}
	result := r.Run(t, Job{m, []onnx.Tensor{in}})[0]
	require.Empty(t, result.Error)
	return codesOf(t, result.Outputs[0])
}

// TestScale compares the codes of sums that were chosen so that the last bit of a scale decides: a product with another
// order of the operations, or with fewer roundings, gives some of them other codes.
func TestScale(t *testing.T) {
	r := Find(t)
	d := newDevice(t)
	s := newRandom(2)
	const n = 4000
	different := map[string]int{}
	for _, y := range []device.Quantizer{eight(false, 0.0123, 128), eight(true, 0.377, -5)} {
		x := float32(0.0371)
		var sums []int32
		var scales []float32
		for len(sums) < n {
			w := float32(math.Exp2(-20 - 2*s.Float64()))
			tie := (float64(s.IntN(100)-50) + 0.5) * float64(y.Scale[0]) / (float64(x) * float64(w))
			if math.Abs(tie) < 1<<30 {
				sums, scales = append(sums, int32(math.Round(tie))+int32(s.IntN(3)-1)), append(scales, w)
			}
		}
		want := requantize(t, r, sums, scales, x, y)
		require.Len(t, want, n)
		q := device.Requantizer{Lo: y.Lo, Hi: y.Hi, Zero: y.Zero[0], Bias: sums}
		for _, w := range scales {
			q.Scale = append(q.Scale, float32(x*w)/y.Scale[0])
		}
		codes := d.AllocCodes(n)
		d.Requantize(q, d.AllocSums(n), codes)
		got := make([]int16, n)
		require.NoError(t, codes.Read(got))
		equal(t, want, got, "codes")
		for i, w := range scales {
			sum, y0, zero := sums[i], y.Scale[0], float64(y.Zero[0])
			for name, v := range map[string]float64{
				"x · (w / y)":               float64(float32(sum) * (x * float32(w/y0))),
				"(x / y) · w":               float64(float32(sum) * (float32(x/y0) * w)),
				"scale rounded once":        float64(float32(sum) * float32(float64(x)*float64(w)/float64(y0))),
				"sum and product unrounded": float64(sum) * float64(q.Scale[i]),
				"product unrounded":         float64(float32(sum)) * float64(q.Scale[i]),
				"sum unrounded":             float64(float32(float64(sum) * float64(q.Scale[i]))),
			} {
				if math.RoundToEven(v)+zero != float64(want[i]) {
					different[name]++
				}
			}
		}
	}
	t.Logf("%d codes equal; other rules would have as many wrong: %v", 2*n, different)
	assert.Len(t, different, 6)
	for name, count := range different {
		assert.Greater(t, count, 20, name)
	}
}

// TestQuantize compares codes of numbers, and numbers of codes, with QuantizeLinear and DequantizeLinear.
func TestQuantize(t *testing.T) {
	r := Find(t)
	d := newDevice(t)
	s := newRandom(3)
	const n = 5000
	var jobs []Job
	var quantizers []device.Quantizer
	for i, q := range []device.Quantizer{eight(false, 0.25, 7), eight(true, 0.5, -128), eight(false, 0.0173, 200), eight(true, 1.7e-5, 3)} {
		var x []float32
		for range n {
			v := float32(s.NormFloat64()) * q.Scale[0] * 80
			if i < 2 { // half of them between two codes
				v = float32(s.IntN(600)-300) * q.Scale[0] / 2
			}
			x = append(x, v)
		}
		x[0], x[1], x[2], x[3] = float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32, -math.MaxFloat32
		in := onnx.NewTensor("x", []int{n}, x...)
		m := &onnx.Model{Name: "quantize", Inputs: []onnx.Value{onnx.ValueOf(in)}}
		m.Add("QuantizeLinear", "codes", []string{"x", m.Constant(scale("scale", q)), m.Constant(zero("zero", q))})
		m.Add("DequantizeLinear", "numbers", []string{"codes", "scale", "zero"})
		m.Outputs = []onnx.Value{{Name: "codes", Type: onnxType(q), Dims: in.Dims}, {Name: "numbers", Type: onnx.Float, Dims: in.Dims}}
		jobs, quantizers = append(jobs, Job{m, []onnx.Tensor{in}}), append(quantizers, q)
	}
	for i, result := range r.Run(t, jobs...) {
		require.Empty(t, result.Error)
		x, err := onnx.Values[float32](jobs[i].Inputs[0])
		require.NoError(t, err)
		on, codes := d.Alloc(n), d.AllocCodes(n)
		on.Write(x)
		d.Quantize(quantizers[i], on, codes)
		got := make([]int16, n)
		require.NoError(t, codes.Read(got))
		equal(t, codesOf(t, result.Outputs[0]), got, "codes")
		d.Dequantize(quantizers[i], codes, on)
		numbers := make([]float32, n)
		require.NoError(t, on.Read(numbers))
		want, err := onnx.Values[float32](result.Outputs[1])
		require.NoError(t, err)
		equal(t, want, numbers, "numbers")
	}
	t.Logf("%d codes and as many numbers equal", len(jobs)*n)
}

// TestVectors compares the file of test vectors with ONNX Runtime, and with a calculation in integers of any length. The
// device is compared with the file in package cpu.
func TestVectors(t *testing.T) {
	r := Find(t)
	list := vectors(t, r)
	var text strings.Builder
	text.WriteString(devicetest.VectorHeader + "\n")
	for _, v := range list {
		text.WriteString(v.String() + "\n")
	}
	if *update {
		require.NoError(t, os.WriteFile(vectorsFile, []byte(text.String()), 0o644))
	}
	file, err := os.ReadFile(vectorsFile)
	require.NoError(t, err)
	assert.Equal(t, text.String(), string(file), "go test ./internal/onnxruntime -run TestVectors -update writes the file again")

	// Rules that are close to the right ones have some of the codes wrong.
	away := func(x float64) float64 { return math.Copysign(math.Floor(math.Abs(x)+0.5), x) }
	different := map[string]int{}
	for _, v := range list {
		var rules map[string]float64
		if v.Multiplier == 0 {
			exact := float64(v.Sum) * float64(v.Scale)
			rounded := float64(float32(v.Sum) * v.Scale)
			rules = map[string]float64{"float: halves away from 0": away(rounded), "float: halves up": math.Floor(rounded + 0.5),
				"float: rounded down": math.Floor(rounded), "float: toward 0": math.Trunc(rounded), "float: in binary64": math.RoundToEven(exact)}
		} else {
			p := float64(v.Sum) * math.Exp2(float64(v.Shift)) * float64(v.Multiplier) / (1 << 31)
			rules = map[string]float64{"fixed: rounded once, away from 0": away(p), "fixed: rounded once, to even": math.RoundToEven(p),
				"fixed: rounded down": math.Floor(p)}
		}
		for name, code := range rules {
			if math.Max(float64(v.Lo), math.Min(float64(v.Hi), code+float64(v.Zero))) != float64(v.Code) {
				different[name]++
			}
		}
	}
	t.Logf("%d vectors; other rules would have as many wrong: %v", len(list), different)
	assert.Len(t, different, 8)
	for name, count := range different {
		assert.GreaterOrEqual(t, count, 4, name)
	}
}

// vectors returns the test vectors, with codes from ONNX Runtime and from big integers.
func vectors(t testing.TB, r *Runtime) (list []devicetest.Vector) {
	s := newRandom(4)
	for _, y := range []device.Quantizer{eight(false, 1, 0), eight(true, 1, 0), eight(false, 1, 131), eight(true, 1, -128), eight(true, 1, 17)} {
		var sums []int32
		var scales []float32
		add := func(scale float32, values ...int32) {
			for _, v := range values {
				sums, scales = append(sums, v), append(scales, scale)
			}
		}
		add(1, 0, 1, -1, 255, 256, 127, 128, -128, -129, math.MaxInt32, math.MinInt32)
		add(1.0/16, 8, -8, 24, -24, 40, -40, 7, 9, -7, -9) // 8, 24 and 40 lie between two codes
		add(1e-12, math.MaxInt32, math.MinInt32)
		add(1<<20, 1, -1, 0)
		for range 30 { // near halves, where roundings of the sum and of the product matter
			scale := float32(math.Exp2(-16 - 8*s.Float64()))
			at := (float64(s.IntN(200)-100) + 0.5) / float64(scale)
			if math.Abs(at) < 1<<31-8 {
				add(scale, int32(math.Round(at))+int32(s.IntN(3)-1))
			}
		}
		codes := requantize(t, r, sums, scales, 1, y)
		require.Len(t, codes, len(sums))
		for i, code := range codes {
			list = append(list, devicetest.Vector{Sum: sums[i], Scale: scales[i], Zero: y.Zero[0], Lo: y.Lo, Hi: y.Hi, Code: int32(code)})
		}
	}
	for _, y := range []device.Quantizer{eight(false, 1, 0), eight(true, 1, 0), eight(false, 1, 131), eight(true, 1, -128), device.PerTensor(-5, 90, 1, -5)} {
		add := func(multiplier int32, shift int, values ...int32) {
			for _, v := range values {
				list = append(list, devicetest.Vector{Sum: v, Multiplier: multiplier, Shift: shift, Zero: y.Zero[0], Lo: y.Lo, Hi: y.Hi,
					Code: clamped(fixed(v, multiplier, shift), y)})
			}
		}
		add(1<<30, 1, 0, 1, -1, 100, -100, math.MaxInt32, math.MinInt32) // · 1
		add(1<<30, 0, 1, -1, 3, -3, 5, -5)                               // · 1/2: halves up
		add(1<<30, -2, 4, -4, 12, -12, 20, -20, 3, -3, 5, -5, 11, -11)   // · 1/8: halves away from 0, but of sums already rounded
		add(math.MaxInt32, 0, 1, -1, 77, -77, math.MaxInt32, math.MinInt32)
		add(math.MaxInt32, -31, math.MaxInt32, math.MinInt32)
		add(1<<30, 30, 1, -1, 2, -3)
		for range 20 {
			multiplier, shift := 1<<30+s.Int32N(1<<30), -s.IntN(20)
			at := (float64(s.IntN(200)-100) + 0.5) / math.Exp2(float64(shift)) / float64(multiplier) * (1 << 31)
			add(multiplier, shift, int32(math.Round(at))+int32(s.IntN(3)-1))
		}
	}
	return list
}

// fixed computes sum · 2^shift · multiplier / 2^31 as docs/vectors.md has it, in integers of any length.
func fixed(sum, multiplier int32, shift int) *big.Int {
	v := big.NewInt(int64(sum))
	if shift > 0 {
		v.Lsh(v, uint(shift))
		if most := big.NewInt(math.MaxInt32); v.Cmp(most) > 0 {
			v = most
		}
		if least := big.NewInt(math.MinInt32); v.Cmp(least) < 0 {
			v = least
		}
		shift = 0
	}
	v.Mul(v, big.NewInt(int64(multiplier)))
	v.Add(v, big.NewInt(1<<30))
	v.Div(v, big.NewInt(1<<31)) // Euclidean: down, since the divisor is positive
	divisor := new(big.Int).Lsh(big.NewInt(1), uint(-shift))
	quotient, rest := new(big.Int).QuoRem(v, divisor, new(big.Int)) // toward 0
	if rest.Abs(rest).Lsh(rest, 1).Cmp(divisor) >= 0 {
		quotient.Add(quotient, big.NewInt(int64(v.Sign())))
	}
	return quotient
}

// clamped returns the code of a number that is whole.
func clamped(v *big.Int, y device.Quantizer) int32 {
	code := new(big.Int).Add(v, big.NewInt(int64(y.Zero[0])))
	if code.Cmp(big.NewInt(int64(y.Lo))) < 0 {
		return y.Lo
	}
	if code.Cmp(big.NewInt(int64(y.Hi))) > 0 {
		return y.Hi
	}
	return int32(code.Int64())
}
