package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device/meter"
	"github.com/approxtrain/approxtrain/nn"
)

// The parts of a step add up to all of it; products and memory are the plan's. The
// fastest step counts.
func TestTraining(t *testing.T) {
	for _, multiplier := range []string{"mbm_e8m7", "exact_s8"} {
		t.Run(multiplier, func(t *testing.T) { testTraining(t, multiplier) })
	}
}

func testTraining(t *testing.T, multiplier string) {
	b := &training{ModelOptions: ModelOptions{Model: "vit-tiny", Multiplier: multiplier, Image: nn.Shape{H: 8, W: 8, C: 3},
		Batch: 2, Classes: 3, Steps: 2, Threads: 1}}
	m, err := b.open()
	require.NoError(t, err)
	s, err := b.measure(t.Context(), m)
	require.NoError(t, err)
	r, err := b.result(s)
	require.NoError(t, err)
	forward, backward, share := 0, 0, 0.0
	for _, l := range r.Layers {
		forward += l.Forward.Products
		for _, p := range []*PassTime{l.InputGrad, l.WeightGrad} {
			if p != nil {
				backward += p.Products
			}
		}
		share += l.Share
	}
	assert.Len(t, r.Layers, 62)
	assert.Equal(t, 2*b.plan.Forward, forward)
	assert.Equal(t, 2*b.plan.Backward, backward)
	assert.InDelta(t, r.Figures[2].Value, 100*share, 1e-6)
	coded := false
	for _, o := range r.Rest {
		coded = coded || o.Name == "Quantize"
		assert.GreaterOrEqual(t, o.Milliseconds, 0.0, o.Name)
		share += o.Share
	}
	assert.InDelta(t, 1, share, 1e-9)
	assert.Equal(t, multiplier == "exact_s8", coded, "a table of integers trains with codes, as approxtrain train does it")
	assert.Equal(t, float64(b.plan.Bytes)/1e9, r.Figures[3].Against[0].Value)
	assert.Greater(t, r.Figures[3].Value, r.Figures[3].Against[0].Value, "a process holds more than its buffers")
}

// Shares, rates and verdicts of a step whose times are known.
func TestModelResult(t *testing.T) {
	b := &training{ModelOptions: ModelOptions{Model: "resnet-18", Multiplier: "mbm_e8m7",
		Batch: 128, Classes: 10, Steps: 1, Threads: 1}}
	_, err := b.open()
	require.NoError(t, err)
	stem := [meter.Passes]meter.Work{
		meter.Forward:    {Calls: 1, Products: 3e9, Terms: 2e9, Time: 500 * time.Millisecond},
		meter.WeightGrad: {Calls: 1, Products: 3e9, Terms: 2e9, Time: 300 * time.Millisecond},
	}
	s := step{meter.Measured{
		Kernels: map[string]*[meter.Passes]meter.Work{"stem.conv1": &stem},
		Others:  map[string]meter.Work{"ReLU": {Calls: 3, Time: 150 * time.Millisecond}},
	}, time.Second, 0}
	for _, l := range b.plan.Layers {
		if l.Multiplies && l.Name != "stem.conv1" {
			s.Kernels[l.Name] = new([meter.Passes]meter.Work{{Calls: 1}})
		}
	}
	r, err := b.result(s)
	require.NoError(t, err)
	weightGrad := &PassTime{300, 3e9, 2e9 / 0.3 / 1e9}
	assert.Equal(t, LayerTime{"stem.conv1", PassTime{500, 3e9, 4}, nil, weightGrad, 0.8}, r.Layers[0])
	assert.Equal(t, []OperationTime{{"ReLU", 3, 150, 0.15}, {noOperation, 0, 50, 0.05}}, r.Rest)
	assert.Equal(t, Figure{Name: "rate", Value: 128, Unit: "images/s"}, r.Figures[1])
	assert.InDelta(t, 80, r.Figures[2].Value, 1e-9)
	assert.Equal(t, 75., r.Figures[2].Target)
	assert.True(t, r.Figures[2].Met())
	assert.Equal(t, 4., r.Figures[3].Target)
	for _, change := range []func(){
		func() { b.Multiplier = "fp32" },
		func() { b.Multiplier, b.Image.H = "mbm_e8m7", 64 },
		func() { b.Image.H, b.Model = 32, "resnet-20" },
	} {
		change()
		r, err := b.result(s)
		require.NoError(t, err)
		assert.Zero(t, r.Figures[2].Target)
		assert.Zero(t, r.Figures[3].Target)
	}
}
