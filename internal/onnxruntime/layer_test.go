package onnxruntime

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/onnx"
	"github.com/approxtrain/approxtrain/lut"
)

// layer is a quantized convolution, as both programs know it. A dense layer is one of 1 × 1 pixels. Codes of the device
// lie in the order NHWC, weights in KH × KW × C/Groups × OutC.
type layer struct {
	device.Conv
	dense           bool
	x, w, y         device.Quantizer
	bias            []int32
	relu            bool // codes of numbers below 0 are those of 0
	xCodes, weights []int16
	sums            []int64 // what the device computed, without bias
	codes           []int16
}

// signed says whether a quantizer's codes are s8; the others are u8.
func signed(q device.Quantizer) bool { return q.Lo < 0 }

// eight returns a quantizer of 8 bits.
func eight(signed bool, scale float32, zero int32) device.Quantizer {
	if signed {
		return device.PerTensor(-128, 127, scale, zero)
	}
	return device.PerTensor(0, 255, scale, zero)
}

// weightCodes returns a quantizer of weights whose products ONNX Runtime adds up exactly.
//
// On a processor with AVX2 or AVX-512 that lacks VNNI it multiplies codes with s8 weights by VPMADDUBSW, which adds two
// products and saturates at 16 bits. 255 · 127 · 2 is more than 2^15 − 1. There, weights go from −64 to 63.
func weightCodes(t testing.TB, r *Runtime, signedX, signedW bool) device.Quantizer {
	const m, k, n = 4, 64, 32
	full := eight(signedW, 1, 0)
	l := layer{Conv: device.Conv{N: m, C: k, OutC: n}, dense: true, x: eight(signedX, 1, 0), w: full}
	for range m * k {
		l.xCodes = append(l.xCodes, int16(l.x.Hi))
	}
	for i := range k * n {
		l.weights = append(l.weights, []int16{int16(full.Lo), int16(full.Hi)}[i%n%2])
	}
	net := &onnx.Model{Name: "extremes", Inputs: []onnx.Value{onnx.ValueOf(l.input("x"))}}
	net.Outputs = []onnx.Value{l.value(l.addSums(net, "y", "x"), onnx.Int32)}
	result := r.Run(t, Job{net, []onnx.Tensor{l.input("x")}})[0]
	require.Empty(t, result.Error)
	sums, err := onnx.Values[int32](result.Outputs[0])
	require.NoError(t, err)
	for i, v := range sums {
		if v != k*l.x.Hi*int32(l.weights[i%n]) {
			require.True(t, signedW, "products with unsigned weights are exact on every processor")
			t.Logf("this processor saturates sums of two products (%d of %d · %d · %d): weights from −64 to 63", v, k, l.x.Hi, l.weights[i%n])
			full.Lo, full.Hi = -64, 63
			return full
		}
	}
	return full
}

// exact returns a table of products of 8 bits without errors.
func exact(t testing.TB, signedA, signedB bool) *lut.Table {
	name := map[[2]bool]string{{false, false}: "u8", {true, true}: "s8", {false, true}: "u8xs8", {true, false}: "s8xu8"}
	f, err := lut.ParseFormat(name[[2]bool{signedA, signedB}])
	require.NoError(t, err)
	table, err := lut.New("exact", f)
	require.NoError(t, err)
	for a := range uint32(256) {
		for b := range uint32(256) {
			table.Set(a, b, uint32(f.NumberA(a)*f.NumberB(b))&(1<<f.P-1))
		}
	}
	return table
}

// scales returns the factors of the sums of each channel, in the order in which ONNX Runtime computes them.
func (l *layer) scales() (list []float32) {
	for _, w := range l.w.Scale {
		list = append(list, float32(l.x.Scale[0]*w)/l.y.Scale[0])
	}
	return list
}

// requantizer returns the step from sums to codes.
func (l *layer) requantizer() device.Requantizer {
	r := device.Requantizer{Lo: l.y.Lo, Hi: l.y.Hi, Zero: l.y.Zero[0], Scale: l.scales(), Bias: l.bias}
	if l.relu {
		r.Lo = r.Zero
	}
	return r
}

// compute computes the layer on a device.
func (l *layer) compute(t testing.TB, d device.IntegerDevice, table *lut.Table) {
	m, err := d.Multiplier(table)
	require.NoError(t, err)
	p := device.IntegerProduct{Multiplier: m, A: l.x, B: l.w}
	x, w := d.AllocCodes(len(l.xCodes)), d.AllocCodes(len(l.weights))
	x.Write(l.xCodes)
	w.Write(l.weights)
	sums, codes := d.AllocSums(l.OutLen()), d.AllocCodes(l.OutLen())
	if l.dense {
		d.IntegerGemm(p, device.Gemm{M: l.N, N: l.OutC, K: l.C}, x, w, sums)
	} else {
		d.IntegerConv(p, l.Conv, x, w, sums)
	}
	d.Requantize(l.requantizer(), sums, codes)
	require.NoError(t, d.Sync())
	l.sums, l.codes = make([]int64, l.OutLen()), make([]int16, l.OutLen())
	require.NoError(t, sums.Read(l.sums))
	require.NoError(t, codes.Read(l.codes))
}

// newDevice returns the processor.
func newDevice(t testing.TB) *cpu.Device {
	d, err := cpu.New(2)
	require.NoError(t, err)
	return d
}

// add adds the layer to a network, on a tensor of codes, and returns the name of its codes.
func (l *layer) add(m *onnx.Model, name, on string) string {
	inputs := []string{on, m.Constant(scale(name+".x.scale", l.x)), m.Constant(zero(name+".x.zero", l.x)),
		m.Constant(l.kernel(name + ".w")), m.Constant(scale(name+".w.scale", l.w)), m.Constant(zero(name+".w.zero", l.w)),
		m.Constant(scale(name+".y.scale", l.y)), m.Constant(zero(name+".y.zero", l.y))}
	if l.dense {
		return m.Add("QLinearMatMul", name, inputs)
	}
	if l.bias != nil {
		inputs = append(inputs, m.Constant(onnx.NewTensor(name+".bias", []int{l.OutC}, l.bias...)))
	}
	return m.Add("QLinearConv", name, inputs, l.attributes()...)
}

// addSums is add without requantization: the result are sums.
func (l *layer) addSums(m *onnx.Model, name, on string) string {
	op, attributes := "ConvInteger", l.attributes()
	if l.dense {
		op, attributes = "MatMulInteger", nil
	}
	return m.Add(op, name, []string{on, m.Constant(l.kernel(name + ".w")), m.Constant(zero(name+".x.zero", l.x)),
		m.Constant(zero(name+".w.zero", l.w))}, attributes...)
}

func (l *layer) attributes() []onnx.Attribute {
	return []onnx.Attribute{onnx.Ints("kernel_shape", l.KH, l.KW), onnx.Ints("strides", l.StrideH, l.StrideW),
		onnx.Ints("pads", l.PadH, l.PadW, l.PadH, l.PadW), onnx.Ints("dilations", l.DilationH, l.DilationW),
		onnx.Int("group", l.Groups)}
}

// input returns the codes that the layer takes, in ONNX's order NCHW.
func (l *layer) input(name string) onnx.Tensor {
	if l.dense {
		return tensorOf(name, l.x, []int{l.N, l.C}, l.xCodes)
	}
	return tensorOf(name, l.x, []int{l.N, l.C, l.H, l.W}, toNCHW(l.xCodes, l.N, l.H, l.W, l.C))
}

// value returns the layer's result, of a type, as the output of a network.
func (l *layer) value(name string, of onnx.Type) onnx.Value {
	if l.dense {
		return onnx.Value{Name: name, Type: of, Dims: []int64{int64(l.N), int64(l.OutC)}}
	}
	return onnx.Value{Name: name, Type: of, Dims: []int64{int64(l.N), int64(l.OutC), int64(l.OutH()), int64(l.OutW())}}
}

// onnxType returns the type of a quantizer's codes.
func onnxType(q device.Quantizer) onnx.Type {
	if signed(q) {
		return onnx.Int8
	}
	return onnx.Uint8
}

// kernel returns the weights, in ONNX's order: OutC × C/Groups × KH × KW, those of a dense layer C × OutC.
func (l *layer) kernel(name string) onnx.Tensor {
	if l.dense {
		return tensorOf(name, l.w, []int{l.C, l.OutC}, l.weights)
	}
	in := l.C / l.Groups
	list := make([]int16, 0, len(l.weights))
	for o := range l.OutC {
		for c := range in {
			for y := range l.KH {
				for x := range l.KW {
					list = append(list, l.weights[((y*l.KW+x)*in+c)*l.OutC+o])
				}
			}
		}
	}
	return tensorOf(name, l.w, []int{l.OutC, in, l.KH, l.KW}, list)
}

// toNCHW moves the channels of N × H × W × C elements to the second place.
func toNCHW[T any](from []T, n, h, w, c int) []T {
	list := make([]T, 0, len(from))
	for i := range n {
		for ch := range c {
			for p := range h * w {
				list = append(list, from[(i*h*w+p)*c+ch])
			}
		}
	}
	return list
}

// tensorOf returns codes as ONNX has them.
func tensorOf(name string, q device.Quantizer, dims []int, codes []int16) onnx.Tensor {
	if signed(q) {
		return onnx.NewTensor(name, dims, narrow[int8](codes)...)
	}
	return onnx.NewTensor(name, dims, narrow[uint8](codes)...)
}

// codesOf is the reverse of tensorOf.
func codesOf(t testing.TB, x onnx.Tensor) (codes []int16) {
	t.Helper()
	if x.Type == onnx.Int8 {
		values, err := onnx.Values[int8](x)
		require.NoError(t, err)
		for _, v := range values {
			codes = append(codes, int16(v))
		}
		return codes
	}
	values, err := onnx.Values[uint8](x)
	require.NoError(t, err)
	for _, v := range values {
		codes = append(codes, int16(v))
	}
	return codes
}

// equal compares values, and names the first that differs: a list of all would be long.
func equal[T comparable](t testing.TB, want, got []T, name string) {
	t.Helper()
	require.Len(t, got, len(want), name)
	count, first := 0, -1
	for i, v := range want {
		if v != got[i] {
			if count++; count == 1 {
				first = i
			}
		}
	}
	if count > 0 {
		require.FailNow(t, "not equal", "%s: %d of %d differ, first element %d: ONNX Runtime has %v, the device %v", name, count, len(want), first, want[first], got[first])
	}
}

func narrow[T int8 | uint8, S int16 | int32](from []S) []T {
	list := make([]T, len(from))
	for i, v := range from {
		list[i] = T(v)
	}
	return list
}

// scale and zero return those of a quantizer: a number, or a list for a quantizer of channels.
func scale(name string, q device.Quantizer) onnx.Tensor {
	return onnx.NewTensor(name, perChannel(len(q.Scale)), q.Scale...)
}

func zero(name string, q device.Quantizer) onnx.Tensor {
	if signed(q) {
		return onnx.NewTensor(name, perChannel(len(q.Zero)), narrow[int8](q.Zero)...)
	}
	return onnx.NewTensor(name, perChannel(len(q.Zero)), narrow[uint8](q.Zero)...)
}

func perChannel(n int) []int {
	if n == 1 {
		return nil
	}
	return []int{n}
}

// random draws what layers hold.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 18))} }

// codes returns n codes of a quantizer, some of them its extremes.
func (r random) codes(q device.Quantizer, n int) []int16 {
	list := make([]int16, n)
	for i := range list {
		list[i] = int16(q.Lo + r.Int32N(q.Hi-q.Lo+1))
		if r.IntN(10) == 0 {
			list[i] = int16([]int32{q.Lo, q.Hi, q.ZeroOf(0)}[r.IntN(3)])
		}
	}
	return list
}

// scale returns a number from 2^-8 to 2^-4; a power of two leads to sums that lie between two codes.
func (r random) scale(powerOfTwo bool) float32 {
	exponent := r.Float64()*4 - 8
	if powerOfTwo {
		exponent = math.Floor(exponent)
	}
	return float32(math.Exp2(exponent))
}
