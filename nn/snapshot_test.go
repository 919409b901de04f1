package nn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// resumable has everything with a memory: moving averages, dropout by step.
var resumable = []Spec{{Conv: &ConvSpec{Out: 4, Kernel: 3, Pad: 1, NoBias: true}}, {BatchNorm: true}, {ReLU: true}, {MaxPool: 2},
	{Dropout: 0.2}, {Dense: barSize}}

// run is a training run of resumable in pieces.
type run struct {
	optimizer string
	losses    []float64
	epochs    []Epoch
	weights   []Tensor
	times     map[int]time.Duration // so far, when an epoch was last stopped
	integers  *Learning             // of all layers, nil: a network of floating-point products
}

// piece builds the network anew, restores it to a place and trains until stop says
// so of a position; it returns the place and snapshot there.
func (r *run) piece(t *testing.T, at Position, snapshot []Tensor, checkpoints Checkpoints, stop func(Position) bool) (Position, []Tensor) {
	t.Helper()
	d, err := cpu.New(1)
	require.NoError(t, err)
	g, err := golden.Lookup("mitchell_e8m7")
	require.NoError(t, err)
	m, err := d.Multiplier(g.Table())
	require.NoError(t, err)
	var mul Assignment = Multipliers{Forward: m, Backward: m}
	if r.integers != nil {
		mul = learningNet(t, d, r.integers, 4)
	}
	n, err := New(d, resumable, Shape{barSize, barSize, 1}, 16, mul, 1)
	require.NoError(t, err)
	if snapshot != nil {
		require.NoError(t, n.Restore(snapshot))
	}
	o, err := NewOptimizer(r.optimizer, 0.01, 1e-4)
	require.NoError(t, err)
	stopped := errors.New("stopped")
	var place []byte
	var saved []Tensor
	checkpoints.Save = func(p Position) error {
		if !stop(p) {
			return nil
		}
		place, err = json.Marshal(p)
		require.NoError(t, err)
		saved, err = n.Snapshot()
		require.NoError(t, err)
		return stopped
	}
	epochs, err := Train(context.Background(), n, o, newBars(100, 1), newBars(50, 2), Loop{Epochs: 3, Seed: 5, Start: at,
		Schedule: Schedule{Kind: "cosine", WarmUp: 0.5}, Clip: 0.5,
		OnStep: func(s Step) { r.losses = append(r.losses, s.Loss) }, Checkpoints: checkpoints})
	if place == nil {
		require.NoError(t, err)
		r.epochs = epochs
		r.weights, err = n.Snapshot()
		require.NoError(t, err)
		return Position{Epochs: epochs}, nil
	}
	require.ErrorIs(t, err, stopped)
	var p Position
	require.NoError(t, json.Unmarshal(place, &p))
	r.times[len(p.Epochs)] = p.TrainTime
	return p, saved
}

// A run that is stopped after each step, or each second one, or each epoch, and
// goes on in a new network ends in the same bits as one that never stops.
func TestResume(t *testing.T) {
	for _, c := range []run{{optimizer: "sgd"}, {optimizer: "adam"}, {optimizer: "sgd", integers: &Learning{Rate: 0.1}},
		{optimizer: "sgd", integers: &Learning{Rate: 0.1, Freeze: 8}}, {optimizer: "adam", integers: &Learning{Rate: 0.1, Learned: true}},
		{optimizer: "adam", integers: &Learning{Rate: 0.1, Learned: true, Freeze: 8}}} {
		optimizer, whole := c.optimizer, &c
		whole.piece(t, Position{}, nil, Checkpoints{}, func(Position) bool { return false })
		require.Len(t, whole.losses, 3*6)
		for _, every := range []int{1, 4, 0} {
			pieces := &run{optimizer: optimizer, integers: c.integers, times: map[int]time.Duration{}}
			var at Position
			var snapshot []Tensor
			count := 0
			for ; pieces.weights == nil && count < 100; count++ {
				begin := at
				at, snapshot = pieces.piece(t, at, snapshot, Checkpoints{Every: every}, func(p Position) bool {
					return len(p.Epochs) < 3 && (len(p.Epochs) != len(begin.Epochs) || p.Step != begin.Step)
				})
			}
			assert.Equal(t, map[int]int{1: 21, 4: 7, 0: 3}[every], count, "pieces")
			assert.Equal(t, whole.losses, pieces.losses, "%s, %+v, stopped every %d steps", optimizer, c.integers, every)
			assert.Equal(t, whole.weights, pieces.weights)
			require.Len(t, pieces.epochs, 3)
			for i, e := range pieces.epochs {
				want := whole.epochs[i]
				want.TrainTime, want.TestTime = e.TrainTime, e.TestTime
				assert.Equal(t, want, e)
				assert.Greater(t, e.TrainTime, pieces.times[i], "time before and after the last stop")
			}
		}
	}
}

// What ends training by its context is saved first, in the middle of an epoch, and
// between training and evaluation.
func TestInterruptedSaves(t *testing.T) {
	d, err := cpu.New(1)
	require.NoError(t, err)
	m, _ := d.Multiplier(nil)
	n, err := New(d, resumable, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: m, Backward: m}, 1)
	require.NoError(t, err)
	o, err := NewOptimizer("sgd", 0.1, 0)
	require.NoError(t, err)
	for _, steps := range []int{3, 6} {
		ctx, cancel := context.WithCancel(context.Background())
		var saved []Position
		_, err = Train(ctx, n, o, newBars(100, 1), newBars(50, 2), Loop{Epochs: 3,
			OnStep: func(s Step) {
				if s.Step == steps {
					cancel()
				}
			},
			Checkpoints: Checkpoints{Save: func(p Position) error { saved = append(saved, p); return nil }}})
		require.ErrorIs(t, err, context.Canceled)
		require.Len(t, saved, 1)
		assert.Equal(t, steps, saved[0].Step)
	}
}

func TestWrongPosition(t *testing.T) {
	d, err := cpu.New(1)
	require.NoError(t, err)
	m, _ := d.Multiplier(nil)
	n, err := New(d, resumable, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: m, Backward: m}, 1)
	require.NoError(t, err)
	o, _ := NewOptimizer("sgd", 0.1, 0)
	for _, at := range []Position{{Step: 7}, {Step: -1}, {Epochs: make([]Epoch, 2)}, {Epochs: make([]Epoch, 1), Step: 1}} {
		_, err := Train(context.Background(), n, o, newBars(100, 1), newBars(50, 2), Loop{Epochs: 1, Start: at})
		assert.ErrorContains(t, err, "training is to begin after", "%+v", at)
	}
}

// Weights of another network are refused by name, and leave the network as it was.
func TestRestoreRefuses(t *testing.T) {
	build := func(specs []Spec) *Network {
		n, err := New(must(cpu.New(1)), specs, Shape{barSize, barSize, 1}, 4, Multipliers{}, 1)
		require.NoError(t, err)
		return n
	}
	n := build(resumable)
	before := must(n.Weights())
	names := map[string]string{}
	for _, w := range before {
		names[w.Name] = fmt.Sprint(w.Shape)
	}
	assert.Equal(t, map[string]string{"conv1.weight": "[3 3 1 4]", "norm1.scale": "[4]", "norm1.shift": "[4]",
		"dense1.weight": "[36 6]", "dense1.bias": "[6]", "norm1.mean": "[4]", "norm1.variance": "[4]"}, names)
	changed := func() []Tensor {
		list := must(build(resumable).Weights())
		for _, w := range list {
			w.Values[0] = 42
		}
		return list
	}
	for want, weights := range map[string][]Tensor{
		"conv1.weight is missing; norm1.scale is missing; norm1.shift is missing; and 4 more": nil,
		"conv1.weight is 3×3×1×5, expected 3×3×1×4; norm1.scale is missing; norm1.shift is missing; and": must(build(
			[]Spec{{Conv: &ConvSpec{Out: 5, Kernel: 3, Pad: 1}}, {Dense: 9}}).Weights()),
		"conv1.weight is there twice":                             append(changed(), changed()[0]),
		"x is none of this network's":                             append(changed(), Tensor{"x", []int{1}, []float32{1}}),
		"x/optimizer1 is none of this network's":                  append(changed(), Tensor{"x/optimizer1", []int{1}, []float32{1}}),
		"tensor dense1.bias/optimizer1 has 1 numbers, expected 6": append(changed(), Tensor{"dense1.bias/optimizer1", []int{1}, []float32{1}}),
	} {
		err := n.Restore(weights)
		if !strings.Contains(want, "optimizer") {
			assert.ErrorContains(t, CheckWeights(resumable, n.in, weights), want)
		}
		assert.ErrorContains(t, err, want)
		assert.Equal(t, 2, fault.Status(err))
		assert.Equal(t, before, must(n.Weights()))
	}
	require.NoError(t, CheckWeights(resumable, n.in, changed()))
	require.NoError(t, n.Restore(changed()))
	assert.Equal(t, float32(42), must(n.Weights())[0].Values[0])
}

// Outputs are those of evaluation, of every layer, and the confusion matrix counts
// each example once.
func TestOutputs(t *testing.T) {
	d := must(cpu.New(1))
	m := must(d.Multiplier(nil))
	n, err := New(d, resumable, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: m, Backward: m}, 1)
	require.NoError(t, err)
	test, ctx := newBars(50, 2), context.Background()
	counts := must(Confusion(ctx, n, test))
	again := make([][]int, barSize)
	for c := range again {
		again[c] = make([]int, barSize)
	}
	lengths, seen := map[string]int{}, 0
	require.NoError(t, Outputs(ctx, n, test, func(layer string, y []float32) {
		lengths[layer] += len(y)
		if layer == "dense1" {
			for ; len(y) > 0; y = y[barSize:] {
				again[test.labels[seen]][largest(y[:barSize])]++
				seen++
			}
		}
	}))
	assert.Equal(t, map[string]int{"conv1": 50 * 144, "norm1": 50 * 144, "relu1": 50 * 144, "pool1": 50 * 36, "dropout1": 50 * 36, "dense1": 50 * 6}, lengths)
	assert.Equal(t, counts, again)
	right := 0
	for c := range counts {
		right += counts[c][c]
	}
	assert.Equal(t, must(Evaluate(ctx, n, test)), right)
	_, err = Confusion(ctx, n, &bars{make([]float32, 36), []int{6}})
	assert.ErrorContains(t, err, "an example of class 6")
}
