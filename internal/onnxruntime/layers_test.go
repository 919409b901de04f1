package onnxruntime

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/onnx"
)

// shapes are convolutions: with padding, strides, dilation, groups, a filter for each channel, several for each channel,
// of one pixel, without any of these; and dense layers.
var shapes = []struct {
	name  string
	dense bool
	device.Conv
}{
	{"padded", false, device.Conv{N: 2, H: 7, W: 6, C: 3, OutC: 5, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1}},
	{"strides", false, device.Conv{N: 1, H: 9, W: 11, C: 4, OutC: 6, KH: 3, KW: 2, StrideH: 2, StrideW: 3, PadH: 2, DilationH: 1, DilationW: 1, Groups: 1}},
	{"dilation", false, device.Conv{N: 1, H: 11, W: 9, C: 8, OutC: 16, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 2, PadW: 1, DilationH: 2, DilationW: 3, Groups: 1}},
	{"groups", false, device.Conv{N: 2, H: 6, W: 6, C: 6, OutC: 9, KH: 3, KW: 3, StrideH: 1, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 3}},
	{"depthwise", false, device.Conv{N: 2, H: 8, W: 7, C: 16, OutC: 16, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 16}},
	{"depthwise of 5 × 5", false, device.Conv{N: 1, H: 9, W: 9, C: 5, OutC: 10, KH: 5, KW: 5, StrideH: 2, StrideW: 1, PadH: 2, PadW: 2, DilationH: 1, DilationW: 1, Groups: 5}},
	{"1 × 1", false, device.Conv{N: 2, H: 5, W: 5, C: 24, OutC: 17, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}},
	{"plain", false, device.Conv{N: 1, H: 12, W: 12, C: 6, OutC: 16, KH: 5, KW: 5, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}},
	{"dense", true, device.Conv{N: 17, H: 1, W: 1, C: 120, OutC: 33, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}},
	{"dense of one row", true, device.Conv{N: 1, H: 1, W: 1, C: 261, OutC: 84, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}},
}

// kinds are those of activations and weights that ONNX Runtime multiplies in one layer.
var kinds = []struct {
	name string
	x, w bool // signed
}{{"u8 · u8", false, false}, {"u8 · s8", false, true}, {"s8 · s8", true, true}}

// TestLayers compares quantized layers with those of ONNX Runtime: their sums with ConvInteger and MatMulInteger, their
// codes with QLinearConv and QLinearMatMul.
func TestLayers(t *testing.T) {
	r := Find(t)
	d := newDevice(t)
	var names []string
	var layers []*layer
	var jobs []Job
	s := newRandom(1)
	for _, kind := range kinds {
		table := exact(t, kind.x, kind.w)
		weights := weightCodes(t, r, kind.x, kind.w)
		for _, shape := range shapes {
			for choice := range 4 {
				channels, powers := choice&1 > 0, choice&2 > 0
				name := fmt.Sprintf("%s, %s, channels %v, powers of two %v", kind.name, shape.name, channels, powers)
				l := s.layer(shape.Conv, shape.dense, kind.x, weights, channels, powers)
				l.compute(t, d, table)
				// Sums spread over three times the codes, so that some of them are clamped.
				l.fit(powers)
				l.compute(t, d, table)
				x := l.input("x")
				m := &onnx.Model{Name: "layer", Inputs: []onnx.Value{onnx.ValueOf(x)}}
				m.Outputs = []onnx.Value{l.value(l.add(m, "codes", "x"), onnxType(l.y)), l.value(l.addSums(m, "sums", "x"), onnx.Int32)}
				names, layers, jobs = append(names, name), append(layers, l), append(jobs, Job{m, []onnx.Tensor{x}})
			}
		}
	}
	sums, codes, ties, low, high := 0, 0, 0, 0, 0
	for i, result := range r.Run(t, jobs...) {
		l := layers[i]
		require.Empty(t, result.Error, names[i])
		want := codesOf(t, result.Outputs[0])
		equal(t, want, inONNX(l, l.codes), names[i])
		values, err := onnx.Values[int32](result.Outputs[1])
		require.NoError(t, err)
		wide := make([]int64, len(values))
		for j, v := range values {
			wide[j] = int64(v)
		}
		equal(t, wide, inONNX(l, l.sums), names[i]+", sums")
		sums, codes = sums+len(values), codes+len(want)
		a, b, c := l.forced()
		ties, low, high = ties+a, low+b, high+c
	}
	t.Logf("%d sums and %d codes of %d layers equal ONNX Runtime's; %d codes of sums that lie between two, %d clamped to the least, %d to the greatest",
		sums, codes, len(jobs), ties, low, high)
	assert.Greater(t, min(sums, codes), 50_000)
	assert.Greater(t, min(ties, low, high), 500)
}

// layer draws a layer without a scale of the result. Its scales are powers of two if powers is true.
func (r random) layer(c device.Conv, dense, signedX bool, weights device.Quantizer, channels, powers bool) *layer {
	l := &layer{Conv: c, dense: dense}
	l.x = eight(signedX, r.scale(powers), 0)
	l.w = device.PerTensor(weights.Lo, weights.Hi, r.scale(powers), 0)
	zeroW := func() int32 { return l.w.Lo + r.Int32N(l.w.Hi-l.w.Lo+1) }
	l.x.Zero[0] = l.x.Lo + r.Int32N(256)
	l.w.Zero[0] = zeroW()
	if channels {
		l.w.Scale = nil
		for range c.OutC {
			l.w.Scale = append(l.w.Scale, r.scale(powers))
		}
		if dense { // a convolution of ONNX Runtime has one zero point of weights
			l.w.Zero = nil
			for range c.OutC {
				l.w.Zero = append(l.w.Zero, zeroW())
			}
		}
	}
	l.y = eight(signedX, 1, 0)
	l.y.Zero[0] = r.Int32N(200) + 28 + l.y.Lo
	l.xCodes, l.weights = r.codes(l.x, c.InLen()), r.codes(l.w, c.WeightLen())
	reach := int32(50_000)
	if powers { // weights of −1, 0 and 1, or 2: sums that are small enough for many to lie between two codes
		reach = 500
		for i := range l.weights {
			zero := l.w.ZeroOf(i % c.OutC)
			l.weights[i] = int16(min(l.w.Hi, max(l.w.Lo, zero-1)+r.Int32N(3)))
		}
	}
	if !dense {
		for range c.OutC {
			l.bias = append(l.bias, r.Int32N(2*reach+1)-reach)
		}
	}
	return l
}

// fit chooses the scale of the result: numbers reach three times as far as codes do.
func (l *layer) fit(powerOfTwo bool) {
	most := 0.0
	for i, v := range l.sums {
		channel := i % l.OutC
		if l.bias != nil {
			v += int64(l.bias[channel])
		}
		most = max(most, math.Abs(float64(v))*float64(l.x.Scale[0])*float64(l.w.ScaleOf(channel)))
	}
	y := most / 128 / 3
	if powerOfTwo {
		y = math.Exp2(math.Round(math.Log2(y)))
	}
	l.y.Scale[0] = float32(y)
}

// forced counts the sums that lie exactly between two codes, and those that are clamped.
func (l *layer) forced() (ties, low, high int) {
	scales := l.scales()
	for i, v := range l.sums {
		if l.bias != nil {
			v += int64(l.bias[i%l.OutC])
		}
		y := float64(v) * float64(scales[i%len(scales)])
		switch code := y + float64(l.y.Zero[0]); {
		case code < float64(l.y.Lo):
			low++
		case code > float64(l.y.Hi):
			high++
		case y-math.Floor(y) == 0.5:
			ties++
		}
	}
	return ties, low, high
}

// inONNX brings a layer's results into ONNX's order.
func inONNX[T any](l *layer, from []T) []T {
	if l.dense {
		return from
	}
	return toNCHW(from, l.N, l.OutH(), l.OutW(), l.OutC)
}
