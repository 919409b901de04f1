package nn

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/calibrate"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// exactTable returns the table of exact products of a format.
func exactTable(t *testing.T, f lut.Format) *lut.Table {
	exact, err := lut.New("exact", f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			exact.Set(a, b, f.ExactBits(f.NumberA(a)*f.NumberB(b)))
		}
	}
	return exact
}

// codeRange is the rule for the codes of an unsigned activation by a signed weight.
func codeRange(b bool, from, to []float32) (device.Quantizer, error) {
	o := calibrate.Options{Observer: calibrate.MinMax, Form: device.Affine, Bits: 8}
	if b {
		o.Form, o.Symmetric = device.TwosComplement, true
	}
	return o.Between(from, to)
}

// learning returns the codes of a layer of so many products and channels of B, before training.
func learning(t *testing.T, l Learning, products, channels int) *Quantized {
	l.Quantizer = codeRange
	q := &Quantized{Learning: &l}
	for range products {
		from, to := make([]float32, channels), slices.Repeat([]float32{1}, channels)
		a, err := codeRange(false, from[:1], to[:1])
		require.NoError(t, err)
		b, err := codeRange(true, from, to)
		require.NoError(t, err)
		q.Products = append(q.Products, Operands{a, b})
	}
	return q
}

// learningNet gives all layers of resumable, and of other networks, codes that are learned.
// The convolution has so many channels.
func learningNet(t *testing.T, d *cpu.Device, l *Learning, conv int) Assignment {
	m, native := must(d.Multiplier(exactTable(t, lut.Format{Kind: lut.UnsignedBySigned, A: 8, B: 8, P: 16}))), must(d.Multiplier(nil))
	return AssignFunc(func(layer string) Multipliers {
		products, channels := 1, 1
		switch {
		case layer == "conv1":
			channels = conv
		case strings.HasSuffix(layer, "attention1"):
			products = 2
		}
		return Multipliers{Forward: m, Backward: native, Quantized: learning(t, *l, products, channels)}
	})
}

// TestMovingAverage: the codes of a layer follow the numbers of the batches and the weights, in training, and only those of
// the weights in evaluation; from the frozen step on they stay.
func TestMovingAverage(t *testing.T) {
	d := must(cpu.New(1))
	n := must(New(d, []Spec{{Dense: 3}}, Shape{2, 2, 1}, 2, learningNet(t, d, &Learning{Rate: 0.25, Freeze: 3}, 4), 1))
	batches := [][]float32{{0, 1, -1, 2, 0.5, 0, 0, 0}, {0, 4, -1, 2, 0.5, 0, -2, 0}, {8, 0, 0, 1, 1, 1, 1, 1}, {100, 0, 0, 0, 0, 0, 0, -100}}
	weights := must(n.Weights())
	assert.Equal(t, []float32{1. / 255}, n.Operands()["dense1"][0].A.Scale, "before training")
	must(n.Logits(batches[3]))
	assert.Equal(t, []float32{1. / 255}, n.Operands()["dense1"][0].A.Scale, "evaluation before training")
	from, to := float32(-1), float32(2)
	for i, x := range batches {
		switch i {
		case 1:
			from, to = from+0.25*(-2-from), to+0.25*(4-to)
		case 2:
			from, to = from+0.25*(0-from), to+0.25*(8-to)
		}
		if i < 3 {
			for j := range weights[0].Values {
				weights[0].Values[j] *= -1.5
			}
		}
		require.NoError(t, n.SetWeights(weights))
		_, _, err := n.Gradients(x, []float32{0, 2}, i+1)
		require.NoError(t, err)
		o := n.Operands()["dense1"][0]
		scale := float32((float64(to) - float64(from)) / 255)
		assert.Equal(t, []float32{scale}, o.A.Scale, "step %d", i+1)
		assert.Equal(t, []int32{int32(math.RoundToEven(-float64(from) / float64(scale)))}, o.A.Zero)
		most := float32(0)
		for _, w := range weights[0].Values {
			most = max(most, w, -w)
		}
		if i == 3 {
			continue
		}
		assert.Equal(t, []float32{float32(float64(most) / 127)}, o.B.Scale)
	}
	before := n.Operands()["dense1"]
	weights[0].Values[0] = 77
	require.NoError(t, n.SetWeights(weights))
	must(n.Logits(batches[0]))
	assert.Equal(t, before, n.Operands()["dense1"], "frozen")

	n = must(New(d, []Spec{{Dense: 3}}, Shape{2, 2, 1}, 2, learningNet(t, d, &Learning{Rate: 0.25}, 4), 1))
	_, _, err := n.Gradients(batches[0], []float32{0, 2}, 1)
	require.NoError(t, err)
	before = n.Operands()["dense1"]
	require.NoError(t, n.SetWeights(weights))
	must(n.Logits(batches[3]))
	after := n.Operands()["dense1"]
	assert.Equal(t, before[0].A, after[0].A)
	assert.Equal(t, []float32{float32(77. / 127)}, after[0].B.Scale, "weights that were updated since")
}

// TestLearnedScales: the gradients of the scales are those of the paper, in binary64.
func TestLearnedScales(t *testing.T) {
	d := must(cpu.New(1))
	n := must(New(d, []Spec{{Dense: 3}}, Shape{2, 2, 1}, 2, learningNet(t, d, &Learning{Rate: 0.25, Learned: true}, 4), 1))
	x, labels := []float32{0.1, 1, -1, 2, 0.5, 0.3, 0.7, 0.9}, []float32{0, 2}
	_, _, err := n.Gradients(x, labels, 1)
	require.NoError(t, err)
	weights := must(n.Weights())
	for i := range weights[0].Values {
		weights[0].Values[i] *= 1.7 // some are clamped now
	}
	require.NoError(t, n.SetWeights(weights))
	x[3] = 3
	_, logits, err := n.Gradients(x, labels, 2)
	require.NoError(t, err)
	o := n.Operands()["dense1"][0]
	number := func(v float32, q device.Quantizer) (x, slope float64, clamped bool) {
		s, z := float64(q.Scale[0]), float64(q.Zero[0])
		r := float64(v / q.Scale[0])
		code := math.RoundToEven(r)
		switch {
		case r < float64(q.Lo)-z:
			code = float64(q.Lo) - z
			return s * code, code, true
		case r > float64(q.Hi)-z:
			code = float64(q.Hi) - z
			return s * code, code, true
		}
		return s * code, code - r, false
	}
	dy := make([]float64, 6)
	for i := range 2 {
		sum := 0.0
		for j := range 3 {
			sum += math.Exp(float64(logits[3*i+j]))
		}
		for j := range 3 {
			dy[3*i+j] = math.Exp(float64(logits[3*i+j])) / sum / 2
			if j == int(labels[i]) {
				dy[3*i+j] -= 0.5
			}
		}
	}
	var da, db float64
	clampedA, clampedB := 0, 0
	for i := range 2 {
		for k := range 4 {
			a, slopeA, clamped := number(x[4*i+k], o.A)
			if clamped {
				clampedA++
			}
			for j := range 3 {
				b, slopeB, clamped := number(weights[0].Values[3*k+j], o.B)
				if clamped && i == 0 {
					clampedB++
				}
				da += dy[3*i+j] * b * slopeA
				db += dy[3*i+j] * a * slopeB
			}
		}
	}
	require.Equal(t, 1, clampedA)
	require.NotZero(t, clampedB)
	params := n.Params()
	require.Equal(t, []string{"dense1.weight", "dense1.bias", "dense1/quantizer1.a.scale", "dense1/quantizer1.b.scale"},
		[]string{params[0].Name, params[1].Name, params[2].Name, params[3].Name})
	assert.InEpsilon(t, da/math.Sqrt(4*float64(o.A.Hi-o.A.Zero[0])), float64(read(t, params[2].Grad)[0]), 1e-4)
	assert.InEpsilon(t, db/math.Sqrt(12*127), float64(read(t, params[3].Grad)[0]), 1e-4)

	optimizer := must(NewOptimizer("sgd", 0.1, 0.5))
	scale, gradient := o.B.Scale[0], read(t, params[3].Grad)[0]
	optimizer.Update(d, n.trained(), 2, 1, 1)
	assert.InEpsilon(t, scale-0.1*gradient, read(t, params[3].Value)[0], 1e-5, "no decay")
	n.Params()[3].Value.Write([]float32{-1})
	must(n.Logits(x))
	assert.Equal(t, float32(smallestScale), n.Operands()["dense1"][0].B.Scale[0], "a scale is positive")
}

// TestLearningTrains: networks of integers learn, convolutions, attention and all, with both kinds of scales.
func TestLearningTrains(t *testing.T) {
	specs := map[string][]Spec{"convolution": resumable,
		"attention": {{Conv: &ConvSpec{Out: 8, Kernel: 3, Pad: 1}}, {ReLU: true}, {Tokens: &TokensSpec{}}, {Residual: &ResidualSpec{Body: []Spec{{Attention: 2}}}},
			{Dense: barSize}}}
	for name, net := range specs {
		channels := map[string]int{"convolution": 4, "attention": 8}[name]
		for _, l := range []Learning{{Rate: 0.1}, {Rate: 0.1, Learned: true}} {
			d := must(cpu.New(2))
			n := must(New(d, net, Shape{barSize, barSize, 1}, 16, learningNet(t, d, &l, channels), 1))
			epochs, err := Train(context.Background(), n, must(NewOptimizer("adam", 0.01, 0)), newBars(400, 1), newBars(100, 2),
				Loop{Epochs: 5, Seed: 5, Schedule: Schedule{Kind: "constant"}})
			require.NoError(t, err)
			assert.Greater(t, epochs[4].TestAccuracy, 0.85, "%s, learned %v: %v", name, l.Learned, epochs)
		}
	}
}

// TestAttentionGradients: with codes that hold all numbers almost exactly, the gradients of attention are those of binary32;
// and the gradient of what is clamped is 0.
func TestAttentionGradients(t *testing.T) {
	f := lut.Format{Kind: lut.Signed, A: 10, B: 10, P: 20}
	d := must(cpu.New(1))
	m, native := must(d.Multiplier(exactTable(t, f))), must(d.Multiplier(nil))
	specs := []Spec{{Tokens: &TokensSpec{}}, {Attention: 2}, {Dense: 3}}
	fine := func(scale float32) device.Quantizer { return device.PerTensor(-512, 511, scale, 0) }
	build := func(scale func(product int, b bool) float32) *Network {
		n := must(New(d, specs, Shape{3, 3, 4}, 2, AssignFunc(func(layer string) Multipliers {
			if layer != "attention1" || scale == nil {
				return Multipliers{Forward: native, Backward: native}
			}
			q := &Quantized{}
			for p := range 2 {
				q.Products = append(q.Products, Operands{fine(scale(p, false)), fine(scale(p, true))})
			}
			return Multipliers{Forward: m, Backward: native, Quantized: q}
		}), 4))
		w := must(n.Weights())
		qkv := w[slices.IndexFunc(w, func(t Tensor) bool { return t.Name == "attention1.qkv.weight" })].Values
		for i := range qkv {
			qkv[i] *= 20 // so that the scores differ
		}
		require.NoError(t, n.SetWeights(w))
		return n
	}
	x := make([]float32, 72)
	for i := range x {
		x[i] = float32(math.Sin(float64(i * i)))
	}
	gradient := func(n *Network) []float32 {
		_, _, err := n.Gradients(x, []float32{0, 1}, 1)
		require.NoError(t, err)
		require.NoError(t, n.dev.Sync())
		at := slices.IndexFunc(n.Params(), func(p *Param) bool { return p.Name == "attention1.qkv.weight" })
		return read(t, n.Params()[at].Grad)
	}
	want := gradient(build(nil))
	norm := func(x []float32) (sum float64) {
		for _, v := range x {
			sum += float64(v) * float64(v)
		}
		return math.Sqrt(sum)
	}
	distance := func(x, y []float32) float64 {
		z := slices.Clone(x)
		for i := range z {
			z[i] -= y[i]
		}
		return norm(z) / norm(y)
	}
	got := gradient(build(func(p int, b bool) float32 {
		if p == 1 && !b {
			return 1. / 500 // attention weights are up to 1
		}
		return 1. / 62
	}))
	require.Less(t, distance(got, want), 0.08)
	// A range of one of the operands that holds almost nothing gives its part of the weights almost no gradient.
	for i, part := range []struct {
		product int
		b       bool
	}{{0, false}, {0, true}, {1, true}} {
		got := gradient(build(func(p int, b bool) float32 {
			switch {
			case p == part.product && b == part.b:
				return 1e-12
			case p == 1 && !b:
				return 1. / 500
			}
			return 1. / 62
		}))
		for r := range 4 {
			require.Zero(t, norm(got[r*12+4*i:][:4]), "operand %d", i)
			others := append(slices.Clone(got[r*12:][:4*i]), got[r*12+4*i+4:][:8-4*i]...)
			require.NotZero(t, norm(append(others, 0)), "operand %d", i)
		}
	}
}

// TestTrainOnly: nothing else changes, but moving averages.
func TestTrainOnly(t *testing.T) {
	d := must(cpu.New(1))
	for _, c := range []struct {
		patterns []string
		changed  []string
		learned  bool
	}{
		{[]string{"batchnorm"}, []string{"norm1.scale", "norm1.shift", "norm1.mean", "norm1.variance"}, false},
		{[]string{"batchnorm"}, []string{"norm1.scale", "norm1.shift", "norm1.mean", "norm1.variance"}, true},
		{[]string{"dense1.*"}, []string{"dense1.weight", "dense1.bias", "norm1.mean", "norm1.variance"}, false},
		{nil, []string{"conv1.weight", "norm1.scale", "norm1.shift", "dense1.weight", "dense1.bias", "norm1.mean", "norm1.variance"}, true},
	} {
		n := must(New(d, resumable, Shape{barSize, barSize, 1}, 16, learningNet(t, d, &Learning{Rate: 0.1, Learned: c.learned}, 4), 1))
		require.NoError(t, n.TrainOnly(c.patterns))
		before := must(n.Weights())
		_, err := Train(context.Background(), n, must(NewOptimizer("sgd", 0.1, 0.1)), newBars(64, 1), newBars(16, 2),
			Loop{Epochs: 1, Seed: 5, Schedule: Schedule{Kind: "constant"}, Clip: 1})
		require.NoError(t, err)
		var changed []string
		for i, w := range must(n.Weights()) {
			if !slices.Equal(w.Values, before[i].Values) {
				changed = append(changed, w.Name)
			}
		}
		assert.Equal(t, c.changed, changed, "%v", c.patterns)
	}
	n := must(New(d, []Spec{{Dense: 3}}, Shape{2, 2, 1}, 2, Multipliers{Forward: must(d.Multiplier(nil)), Backward: must(d.Multiplier(nil))}, 1))
	err := n.TrainOnly([]string{"batchnorm"})
	require.ErrorContains(t, err, `no parameter is a "batchnorm"; there are: dense1.weight, dense1.bias`)
	require.Equal(t, fault.Usage, fault.Status(err))
	require.Error(t, n.TrainOnly([]string{"["}))
}

// TestRestoreCodes: what is no snapshot of this network's codes is refused.
func TestRestoreCodes(t *testing.T) {
	d := must(cpu.New(1))
	build := func(l Learning) *Network {
		n := must(New(d, []Spec{{Dense: 3}}, Shape{2, 2, 1}, 2, learningNet(t, d, &l, 4), 1))
		_, _, err := n.Gradients([]float32{0, 1, -1, 2, 0.5, 0, 0, 0}, []float32{0, 2}, 1)
		require.NoError(t, err)
		return n
	}
	good := must(build(Learning{Rate: 0.1}).Snapshot())
	at := slices.IndexFunc(good, func(t Tensor) bool { return isQuantizer(t.Name) })
	require.Equal(t, "dense1/quantizer1.a", good[at].Name)
	n := build(Learning{Rate: 0.5})
	require.NoError(t, n.Restore(good))
	assert.Equal(t, good, must(n.Snapshot()))
	for i, v := range []float32{3, -1, 0.5} {
		wrong := slices.Clone(good)
		wrong[at].Values = slices.Clone(good[at].Values)
		wrong[at].Values[0] = v
		require.Error(t, n.Restore(wrong), i)
	}
	for i := range good[at].Values {
		wrong := slices.Clone(good)
		wrong[at].Values = slices.Clone(good[at].Values)
		for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), -5} {
			if wrong[at].Values[i] = v; i >= 2 && (i < 3 || i > 4) { // ranges may be anything
				require.Error(t, n.Restore(wrong), "%d %v", i, v)
			}
		}
		wrong[at].Values = good[at].Values[:i]
		require.Error(t, n.Restore(wrong), i)
	}
	require.ErrorContains(t, n.Restore(slices.Delete(slices.Clone(good), at, at+1)), "dense1/quantizer1.a is missing")
	extra := append(slices.Clone(good), Tensor{"dense2/quantizer1.a", []int{1}, []float32{0}})
	require.ErrorContains(t, n.Restore(extra), "dense2/quantizer1.a is none of this network's")
}
