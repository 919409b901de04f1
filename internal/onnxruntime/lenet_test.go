package onnxruntime

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/data/digits"
	"github.com/approxtrain/approxtrain/internal/onnx"
	"github.com/approxtrain/approxtrain/lut"
)

// images is the number of images that a network classifies.
const images = 64

// TestNetwork compares LeNet-5 in integers throughout with one network that ONNX Runtime runs: convolution, ReLU and
// pooling twice, then three dense layers. Every layer's codes are compared, and the numbers at the end. Weights are random.
func TestNetwork(t *testing.T) {
	r := Find(t)
	var pixels []float32
	image := make([]uint8, 28*28)
	for i := range images {
		digits.Draw(image, i%10, 1, digits.Test, uint64(i))
		for _, p := range image {
			pixels = append(pixels, float32(p)/255)
		}
	}
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			n := &network{device: newDevice(t), table: exact(t, kind.x, kind.w), weights: weightCodes(t, r, kind.x, kind.w),
				signed: kind.x, random: newRandom(5)}
			got := n.compute(t, pixels)
			result := r.Run(t, Job{n.model(), []onnx.Tensor{onnx.NewTensor("x", []int{images, 1, 28, 28}, pixels...)}})[0]
			require.Empty(t, result.Error)
			require.Len(t, result.Outputs, len(n.names)+1)
			compared := 0
			for i, codes := range got {
				want := codesOf(t, result.Outputs[i])
				equal(t, want, codes, n.names[i])
				compared += len(codes)
				distinct := slices.Compact(slices.Sorted(slices.Values(codes)))
				assert.Greater(t, len(distinct), 60, "codes of %s", n.names[i])
			}
			want, err := onnx.Values[float32](result.Outputs[len(got)])
			require.NoError(t, err)
			equal(t, want, n.numbers, "numbers")
			require.Len(t, want, images*10)
			best := map[int]bool{}
			for i := range images {
				row := want[i*10:][:10]
				best[slices.Index(row, slices.Max(row))] = true
			}
			t.Logf("%d codes of %d steps and %d numbers equal; %d classes", compared, len(got), len(want), len(best))
			assert.Greater(t, len(best), 1, "all images are of one class")
		})
	}
}

// network is LeNet-5 of codes.
type network struct {
	device  device.IntegerDevice
	table   *lut.Table
	weights device.Quantizer // their codes
	signed  bool             // activations
	random

	input   device.Quantizer
	layers  []*layer
	names   []string // of the steps, in order
	numbers []float32
}

// plan has the layers, each with the number of outputs and the side of its filters; 0 for a dense one.
var plan = []struct{ out, side, pad int }{{6, 5, 2}, {16, 5, 0}, {120, 0, 0}, {84, 0, 0}, {10, 0, 0}}

// compute draws the layers one after the other, each with a scale that fits its sums, and returns the codes of each step
// in ONNX's order.
func (n *network) compute(t *testing.T, pixels []float32) (steps [][]int16) {
	d := n.device
	n.input = eight(n.signed, 1.0/255, 0)
	if n.signed {
		n.input.Zero[0] = -128
	}
	x, codes := d.Alloc(len(pixels)), d.AllocCodes(len(pixels))
	x.Write(pixels)
	d.Quantize(n.input, x, codes)
	current := read(t, codes)
	keep := func(name string, codes []int16) {
		n.names, steps = append(n.names, name), append(steps, codes)
	}
	keep("quantized", current)
	side, channels, on := 28, 1, n.input
	for i, p := range plan {
		c := device.Conv{N: images, H: side, W: side, C: channels, OutC: p.out, KH: p.side, KW: p.side, StrideH: 1, StrideW: 1, PadH: p.pad, PadW: p.pad,
			DilationH: 1, DilationW: 1, Groups: 1}
		if p.side == 0 {
			c.H, c.W, c.C, c.KH, c.KW = 1, 1, side*side*channels, 1, 1
		}
		l := n.layer(c, p.side == 0, n.signed, n.weights, true, false)
		l.x, l.xCodes = on, current
		for channel := range l.w.Scale { // weights that are symmetric, but for a shift of one code
			zero := (l.w.Lo+l.w.Hi)/2 + 1
			l.w.Zero[channel%len(l.w.Zero)] = zero
			l.w.Scale[channel] = float32(math.Exp2(-8 - n.Float64()))
		}
		l.compute(t, d, n.table)
		l.fit(false)
		l.y.Scale[0] *= 2
		last := i == len(plan)-1
		switch {
		case last: // as many negative as positive numbers
			l.y.Zero[0] = (l.y.Lo + l.y.Hi) / 2
		case n.signed && i == 1: // ReLU with a zero point that is not the least code
			l.y.Zero[0] = -100
		default: // ReLU is to clamp
			l.y.Zero[0] = l.y.Lo
		}
		l.relu = !last
		l.compute(t, d, n.table)
		n.layers = append(n.layers, l)
		current, on = l.codes, l.y
		side, channels = c.OutH(), p.out
		keep(fmt.Sprintf("layer %d", i+1), inONNX(l, current))
		if p.side > 0 {
			current = n.pool(t, current, side, channels)
			side /= 2
			keep(fmt.Sprintf("pooled %d", i+1), toNCHW(current, images, side, side, channels))
		}
	}
	out := d.Alloc(len(current))
	codes = d.AllocCodes(len(current))
	codes.Write(current)
	d.Dequantize(on, codes, out)
	n.numbers = make([]float32, len(current))
	require.NoError(t, out.Read(n.numbers))
	return steps
}

// pool returns the greatest codes of squares of 2 × 2: the numbers in between are the codes.
func (n *network) pool(t *testing.T, from []int16, side, channels int) []int16 {
	d, p := n.device, device.Pool{N: images, H: side, W: side, C: channels, KH: 2, KW: 2, StrideH: 2, StrideW: 2}
	q := eight(n.signed, 1, 0)
	in, out := d.AllocCodes(len(from)), d.AllocCodes(len(from)/4)
	x, y, where := d.Alloc(len(from)), d.Alloc(len(from)/4), d.Alloc(len(from)/4)
	in.Write(from)
	d.Dequantize(q, in, x)
	d.MaxPool(p, x, y, where)
	d.Quantize(q, y, out)
	return read(t, out)
}

// model returns the network for ONNX Runtime. Its outputs are the steps, and the numbers.
func (n *network) model() *onnx.Model {
	m := &onnx.Model{Name: "lenet-5", Inputs: []onnx.Value{{Name: "x", Type: onnx.Float, Dims: []int64{images, 1, 28, 28}}}}
	of := onnxType(n.input)
	output := func(name string, dims ...int64) {
		m.Outputs = append(m.Outputs, onnx.Value{Name: name, Type: of, Dims: dims})
	}
	on := m.Add("QuantizeLinear", "quantized", []string{"x", m.Constant(scale("scale", n.input)), m.Constant(zero("zero", n.input))})
	output(on, images, 1, 28, 28)
	for i, l := range n.layers {
		name := fmt.Sprintf("layer %d", i+1)
		if l.dense && !n.layers[i-1].dense {
			on = m.Add("Flatten", "flat", []string{on}, onnx.Int("axis", 1))
			l = n.channelsFirst(l, n.layers[i-1])
		}
		to := name
		if l.relu && l.y.Zero[0] > l.y.Lo { // else the layer clamps by itself
			to = name + " before ReLU"
		}
		on = l.add(m, to, on)
		if to != name {
			on = m.Add("Clip", name, []string{on, to + ".y.zero"})
		}
		m.Outputs = append(m.Outputs, l.value(on, of))
		if !l.dense {
			on = m.Add("MaxPool", fmt.Sprintf("pooled %d", i+1), []string{on}, onnx.Ints("kernel_shape", 2, 2), onnx.Ints("strides", 2, 2))
			output(on, images, int64(l.OutC), int64(l.OutH()/2), int64(l.OutW()/2))
		}
	}
	last := n.layers[len(n.layers)-1].y
	m.Add("DequantizeLinear", "numbers", []string{on, m.Constant(scale("last.scale", last)), m.Constant(zero("last.zero", last))})
	m.Outputs = append(m.Outputs, onnx.Value{Name: "numbers", Type: onnx.Float, Dims: []int64{images, 10}})
	return m
}

// channelsFirst returns a dense layer with its inputs in the order C × H × W of the convolution before it.
func (n *network) channelsFirst(l, before *layer) *layer {
	pixels := before.OutH() / 2 * before.OutW() / 2
	moved := *l
	moved.weights = nil
	for channel := range before.OutC {
		for p := range pixels {
			moved.weights = append(moved.weights, l.weights[(p*before.OutC+channel)*l.OutC:][:l.OutC]...)
		}
	}
	return &moved
}

// read returns codes of a device.
func read(t testing.TB, from device.Codes) []int16 {
	codes := make([]int16, from.Len())
	require.NoError(t, from.Read(codes))
	return codes
}
