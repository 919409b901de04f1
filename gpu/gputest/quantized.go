package gputest

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/nn"
)

// quantizedNet has every kind of layer that multiplies.
var quantizedNet = []nn.Spec{
	{Conv: &nn.ConvSpec{Out: 4, Kernel: 3, Pad: 1}}, {ReLU: true}, {MaxPool: 2},
	{Conv: &nn.ConvSpec{Out: 4, Kernel: 3, Pad: 1, Groups: 2, NoBias: true}}, {BatchNorm: true},
	{Tokens: &nn.TokensSpec{}}, {Attention: 2}, {Dense: 5},
}

// ComputesIntegersAsCPU runs a network of integers, with tables that have errors, for zeros too, on a device and on the processor:
// logits and overflowed sums are the same.
func ComputesIntegersAsCPU(t *testing.T, d device.Device) {
	c, err := cpu.New(0)
	require.NoError(t, err)
	overflowed := 0
	for _, way := range []struct {
		format      lut.Format
		magnitude   bool
		accumulator device.Accumulator
	}{
		{format: lut.UintFormat(8, 8)},
		{format: lut.UintFormat(8, 8), magnitude: true, accumulator: device.Accumulator{Bits: 18, Overflow: device.Saturate}},
		{format: lut.SintFormat(8, 8), accumulator: device.Accumulator{Bits: 17}},
		{format: lut.Format{Kind: lut.UnsignedBySigned, A: 8, B: 6, P: 14}},
	} {
		f := way.format
		table, err := lut.New("crude", f)
		require.NoError(t, err)
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				table.Set(a, b, f.ExactBits(f.NumberA(a)*f.NumberB(b))&^3|(a^b)&3)
			}
		}
		want, wantOver := logits(t, c, table, way.magnitude, way.accumulator)
		got, gotOver := logits(t, d, table, way.magnitude, way.accumulator)
		assert.Equal(t, want, got, "%v", way)
		assert.Equal(t, wantOver, gotOver, "%v", way)
		for _, o := range wantOver {
			overflowed += o.Over
		}
		different := map[float32]bool{}
		for _, v := range want {
			different[v] = true
		}
		require.Greater(t, len(different), len(want)/2, "%v: logits that are mostly the same", way)
	}
	require.NotZero(t, overflowed)
}

// logits are those of quantizedNet, of two batches of random images.
func logits(t *testing.T, d device.Device, table *lut.Table, magnitude bool, sums device.Accumulator) (out []float32, over []nn.OverflowedSums) {
	m, err := d.Multiplier(table)
	require.NoError(t, err)
	native, err := d.Multiplier(nil)
	require.NoError(t, err)
	formA, formB := device.CodeForms(table.Format, magnitude)
	operand := func(form device.CodeForm, bits int, width float32, affine int32) device.Quantizer {
		lo, hi := form.Range(bits)
		q := device.PerTensor(lo, hi, width/float32(hi-lo), 0)
		if form == device.Affine {
			q.Zero[0] = (lo+hi+1)/2 + affine
		}
		return q
	}
	in := nn.Shape{H: 8, W: 8, C: 2}
	n, err := nn.New(d, quantizedNet, in, batch, nn.AssignFunc(func(layer string) nn.Multipliers {
		q := &nn.Quantized{Accumulator: sums, Magnitude: magnitude,
			Products: []nn.Operands{{A: operand(formA, table.Format.A, 2, 3), B: operand(formB, table.Format.B, 1, 0)}}}
		switch layer {
		case "attention1":
			q.Products = append(q.Products, nn.Operands{A: operand(formA, table.Format.A, 1, -5), B: operand(formB, table.Format.B, 1, 7)})
		case "conv1", "conv2":
			s := q.Products[0].B.Scale[0]
			q.Products[0].B.Scale = []float32{s, s / 2, s / 4, s * 1.5}
		}
		return nn.Multipliers{Forward: m, Backward: native, Quantized: q}
	}), 3)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 1))
	weights, err := n.Weights()
	require.NoError(t, err)
	for _, w := range weights { // a fresh network has weights that are mostly of code 0 in attention
		for i := range w.Values {
			if w.Values[i] == 0 || w.Values[i] == 1 {
				continue // of a bias, or of a normalization
			}
			w.Values[i] = rng.Float32() - 0.4
		}
	}
	require.NoError(t, n.SetWeights(weights))
	x := make([]float32, batch*in.Len())
	for range 2 {
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		y, err := n.Logits(x)
		require.NoError(t, err)
		out = append(out, y...)
	}
	return out, n.Overflowed()
}
