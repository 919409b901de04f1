package nn

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// integerNet has every kind of layer that multiplies, padding and groups.
var integerNet = []Spec{
	{Conv: &ConvSpec{Out: 4, Kernel: 3, Pad: 1}}, {ReLU: true}, {MaxPool: 2},
	{Conv: &ConvSpec{Out: 4, Kernel: 3, Pad: 1, Groups: 2, NoBias: true}}, {BatchNorm: true},
	{Tokens: &TokensSpec{}}, {Attention: 2}, {Dense: 5},
}

// crude returns a table of integers with errors, of zeros too.
func crude(t *testing.T, f lut.Format) *lut.Table {
	table, err := lut.New("crude", f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			table.Set(a, b, f.ExactBits(f.NumberA(a)*f.NumberB(b))&^3|(a^b)&3)
		}
	}
	return table
}

// codesFor are quantizers for the layers of integerNet.
func codesFor(f lut.Format, magnitude bool) func(layer string) *Quantized {
	formA, formB := device.CodeForms(f, magnitude)
	operand := func(form device.CodeForm, bits int, scale float32, affine int32) device.Quantizer {
		lo, hi := form.Range(bits)
		q := device.PerTensor(lo, hi, scale, 0)
		if form == device.Affine {
			q.Zero[0] = (lo+hi+1)/2 + affine
		}
		return q
	}
	return func(layer string) *Quantized {
		q := &Quantized{Magnitude: magnitude, Products: []Operands{{A: operand(formA, f.A, 0.02, 3), B: operand(formB, f.B, 0.01, 0)}}}
		switch layer {
		case "attention1":
			q.Products = append(q.Products, Operands{A: operand(formA, f.A, 1.0/64, -5), B: operand(formB, f.B, 0.03, 7)})
		case "conv1", "conv2":
			q.Products[0].B.Scale = []float32{0.01, 0.02, 0.005, 0.03}
		}
		return q
	}
}

// newIntegerNet builds integerNet for a batch, with fixed weights.
func newIntegerNet(t *testing.T, table *lut.Table, batch int, codes func(layer string) *Quantized) *Network {
	d := must(cpu.New(2))
	m, native := must(d.Multiplier(table)), must(d.Multiplier(nil))
	n, err := New(d, integerNet, Shape{8, 8, 2}, batch, AssignFunc(func(layer string) Multipliers {
		return Multipliers{Forward: m, Backward: native, Quantized: codes(layer)}
	}), 3)
	require.NoError(t, err)
	return n
}

var integerFormats = map[string]struct {
	format    lut.Format
	magnitude bool
}{
	"u8": {lut.UintFormat(8, 8), false}, "s8": {lut.SintFormat(8, 8), false}, "u8 magnitude": {lut.UintFormat(8, 8), true},
	"u8xs6": {lut.Format{Kind: lut.UnsignedBySigned, A: 8, B: 6, P: 14}, false},
}

// TestIntegerNetwork: each layer's output follows from its input by the definition, in loops over numbers; the logits do
// not depend on the batch.
func TestIntegerNetwork(t *testing.T) {
	const images = 11
	x := make([]float32, images*128)
	for i := range x {
		x[i] = float32(math.Sin(float64(i*i))) * 2
	}
	for name, c := range integerFormats {
		t.Run(name, func(t *testing.T) {
			table, codes := crude(t, c.format), codesFor(c.format, c.magnitude)
			var want []float32
			for _, batch := range []int{1, 4, 11} {
				n := newIntegerNet(t, table, batch, codes)
				var logits []float32
				for from := 0; from < images; from += batch {
					part := make([]float32, batch*128)
					copy(part, x[from*128:])
					out := must(n.Logits(part))
					logits = append(logits, out[:min(batch, images-from)*5]...)
				}
				if want == nil {
					want = logits
				}
				require.Equal(t, want, logits, "batch %d", batch)
				over := n.Overflowed()
				require.Len(t, over, 6) // two convolutions, attention's two dense layers and heads, one dense layer
				assert.Zero(t, over[0].Over)
				assert.Positive(t, over[0].Sums)
			}
			n := newIntegerNet(t, table, 1, codes)
			in := map[string][]float32{}
			n.dev.observe = func(layer string, product int, b bool, buf device.Buffer, _ *device.BatchGemm) {
				if product == 0 && !b {
					in[layer] = read(t, buf)
				}
			}
			out := map[string][]float32{}
			n.dev.watch = func(layer string, buf device.Buffer) { out[layer] = read(t, buf) }
			must(n.Logits(x[:128]))
			weights := map[string][]float32{}
			for _, w := range must(n.Weights()) {
				weights[w.Name] = w.Values
			}
			// The convolution with groups has no bias and is not in place.
			q := codes("conv2").Products[0]
			got := out["conv2"]
			for oy := range 4 {
				for ox := range 4 {
					for co := range 4 {
						var sum, za, zb = 0.0, float64(q.A.Zero[0]), float64(q.B.Zero[0])
						for k := range 18 {
							y, z, ci := oy+k/6-1, ox+k/2%3-1, k%2
							a := za
							if y >= 0 && y < 4 && z >= 0 && z < 4 {
								a = clampRound(float64(in["conv2"][(y*4+z)*4+co/2*2+ci]/q.A.Scale[0])+0, q.A)
							}
							b := clampRound(float64(weights["conv2.weight"][k*4+co]/q.B.Scale[co]), q.B)
							sum += productOf(table, a, b) - zb*a - za*b + za*zb
						}
						require.Equal(t, float32(sum)*(q.A.Scale[0]*q.B.Scale[co]), got[(oy*4+ox)*4+co])
					}
				}
			}
			q = codes("dense1").Products[0]
			for j := range 5 {
				var sum, za, zb = 0.0, float64(q.A.Zero[0]), float64(q.B.Zero[0])
				for k, v := range in["dense1"] {
					a, b := clampRound(float64(v/q.A.Scale[0]), q.A), clampRound(float64(weights["dense1.weight"][k*5+j]/q.B.Scale[0]), q.B)
					sum += productOf(table, a, b) - zb*a - za*b + za*zb
				}
				require.Equal(t, float32(float32(sum)*(q.A.Scale[0]*q.B.Scale[0]))+weights["dense1.bias"][j], out["dense1"][j])
			}
		})
	}
}

func clampRound(r float64, q device.Quantizer) float64 {
	return math.Min(math.Max(math.RoundToEven(r)+float64(q.Zero[0]), float64(q.Lo)), float64(q.Hi))
}

func productOf(t *lut.Table, a, b float64) float64 {
	sign := 1.0
	if a < 0 && !t.Format.Kind.SignedA() {
		a, sign = -a, -sign
	}
	if b < 0 && !t.Format.Kind.SignedB() {
		b, sign = -b, -sign
	}
	return sign * float64(t.Int(uint32(int32(a))&(1<<t.Format.A-1), uint32(int32(b))&(1<<t.Format.B-1)))
}

// TestIntegerGradients: the straight-through estimator gives the gradients of a network whose weights and input are the
// numbers that the codes stand for, and none to what was clamped.
func TestIntegerGradients(t *testing.T) {
	d := must(cpu.New(1))
	f := lut.SintFormat(8, 8)
	exact, err := lut.New("exact", f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			exact.Set(a, b, f.ExactBits(f.NumberA(a)*f.NumberB(b)))
		}
	}
	m, native := must(d.Multiplier(exact)), must(d.Multiplier(nil))
	for _, specs := range [][]Spec{{{Dense: 3}}, {{Conv: &ConvSpec{Out: 3, Kernel: 4}}}} {
		q := Operands{A: device.PerTensor(-128, 127, 1.0/64, 0), B: device.PerTensor(-128, 127, 1.0/256, 0)}
		build := func(mul Multipliers) *Network { return must(New(d, specs, Shape{4, 4, 1}, 2, mul, 5)) }
		n := build(Multipliers{Forward: m, Backward: native, Quantized: &Quantized{Products: []Operands{q}}})
		plain := build(Multipliers{Forward: native, Backward: native})
		x, rounded := make([]float32, 32), make([]float32, 32)
		for i := range x {
			x[i] = float32(i)/10 - 1
			rounded[i] = q.A.Number(q.A.Code(x[i], 0), 0)
		}
		w := must(plain.Weights())
		original := append([]float32(nil), w[0].Values...)
		for i, v := range original {
			w[0].Values[i] = q.B.Number(q.B.Code(v, 0), 0)
		}
		require.NoError(t, plain.SetWeights(w))
		_, got, err := n.Gradients(x, []float32{0, 2}, 1)
		require.NoError(t, err)
		_, want, err := plain.Gradients(rounded, []float32{0, 2}, 1)
		require.NoError(t, err)
		require.Equal(t, want, got, "logits of exact products")
		clamped := 0
		gradient := read(t, plain.Params()[0].Grad)
		for i, v := range original {
			if r := v * 256; r < -128 || r > 127 {
				gradient[i] = 0
				clamped++
			}
		}
		require.NotZero(t, clamped)
		require.Less(t, clamped, len(original))
		require.Equal(t, gradient, read(t, n.Params()[0].Grad))
		require.Equal(t, read(t, plain.Params()[1].Grad), read(t, n.Params()[1].Grad))
	}
}

// TestIntegerNetworkErrors: what is wrong is said with the layer.
func TestIntegerNetworkErrors(t *testing.T) {
	d := must(cpu.New(1))
	f := lut.UintFormat(8, 8)
	table := crude(t, f)
	codes := codesFor(f, false)
	build := func(mult *lut.Table, change func(q *Quantized)) error {
		m := must(d.Multiplier(mult))
		_, err := New(d, integerNet, Shape{8, 8, 2}, 1, AssignFunc(func(layer string) Multipliers {
			q := codes(layer)
			if layer == "conv2" {
				change(q)
			}
			return Multipliers{Forward: m, Backward: m, Quantized: q}
		}), 1)
		return err
	}
	require.NoError(t, build(table, func(*Quantized) {}))
	for want, change := range map[string]func(q *Quantized){
		"layer conv2: quantizers for 2 products":    func(q *Quantized) { q.Products = append(q.Products, q.Products[0]) },
		"layer conv2: quantizer of operand A: the ": func(q *Quantized) { q.Products[0].A.Scale = []float32{0} },
		"3 scales and 1 zero points for 4 channels": func(q *Quantized) { q.Products[0].B.Scale = make([]float32, 3) },
		"takes codes from 0 to 255":                 func(q *Quantized) { q.Products[0].A.Hi = 256 },
		"accumulator of 16 bits holds":              func(q *Quantized) { q.Accumulator.Bits = 16 },
		"products of the scales of both operands":   func(q *Quantized) { q.Products[0].A.Scale, q.Products[0].B.Scale = []float32{1e-30}, []float32{1e-30} },
	} {
		err := build(table, change)
		require.ErrorContains(t, err, want)
		require.Equal(t, fault.Usage, fault.Status(err))
	}
	require.ErrorContains(t, build(nil, func(*Quantized) {}), "layer conv1: codes need a multiplier with a table of integers")

	n := newIntegerNet(t, table, 2, func(layer string) *Quantized {
		q := codes(layer)
		q.Accumulator = device.Accumulator{Bits: 18, Overflow: device.Refuse}
		return q
	})
	x := make([]float32, 2*128)
	for i := range x[128:] {
		x[128+i] = 2.4 // code 251
	}
	_, err := n.Logits(x)
	require.ErrorContains(t, err, "layer conv1, image ")
	var over *device.OverflowError
	require.ErrorAs(t, err, &over)
	n = newIntegerNet(t, table, 2, codes)
	x[200] = float32(math.NaN())
	_, _, err = n.Gradients(x, []float32{0, 1}, 1)
	var d1 *DivergedError
	require.ErrorAs(t, err, &d1, "a number without a code")
}

// TestObserve: activations of all images, and none of those that fill the last batch; attention's operands are parts.
func TestObserve(t *testing.T) {
	test := newBars(10, 1)
	d := must(cpu.New(1))
	native := must(d.Multiplier(nil))
	both := Multipliers{Forward: native, Backward: native}
	n := must(New(d, []Spec{{Linear: 4}, {Tokens: &TokensSpec{}}, {Attention: 2}, {Dense: 3}}, Shape{barSize, barSize, 1}, 4, both, 1))
	seen := map[Operand]int{}
	require.NoError(t, Observe(context.Background(), n, test, func(o Operand, x []float32) { seen[o] += len(x) }))
	p := barSize * barSize
	assert.Equal(t, map[Operand]int{{"linear1", 0, false}: 10 * p, {"attention1.qkv", 0, false}: 40 * p, {"attention1.project", 0, false}: 40 * p,
		{"attention1", 0, false}: 40 * p, {"attention1", 0, true}: 40 * p, {"attention1", 1, false}: 20 * p * p, {"attention1", 1, true}: 40 * p,
		{"dense1", 0, false}: 40 * p}, seen)
}
