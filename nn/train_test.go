package nn

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// bars are images of one bright row among noise; the class is which row.
type bars struct {
	pixels []float32
	labels []int
}

const barSize = 6

func newBars(n int, seed uint64) *bars {
	rng := rand.New(rand.NewPCG(seed, 9))
	b := &bars{}
	for range n {
		l := rng.IntN(barSize)
		for i := range barSize * barSize {
			v := rng.Float32() * 0.5
			if i/barSize == l {
				v += 0.4
			}
			b.pixels = append(b.pixels, v)
		}
		b.labels = append(b.labels, l)
	}
	return b
}

func (b *bars) Len() int             { return len(b.labels) }
func (b *bars) Shape() (h, w, c int) { return barSize, barSize, 1 }
func (b *bars) Batch(_ uint64, indices []int, dst []float32, labels []int) {
	const n = barSize * barSize
	for k, i := range indices {
		copy(dst[k*n:(k+1)*n], b.pixels[i*n:])
		labels[k] = b.labels[i]
	}
}
func (b *bars) Order(seed, epoch uint64) []int {
	return rand.New(rand.NewPCG(seed, epoch)).Perm(b.Len())
}

var barNet = []Spec{{Conv: &ConvSpec{Out: 4, Kernel: 3, Pad: 1}}, {ReLU: true}, {MaxPool: 2}, {Dropout: 0.2}, {Dense: barSize}}

type setup struct {
	threads           int
	forward, backward string // multipliers; fp32: the native one
	optimizer         string
	rate              float64
	seed              uint64
}

func (s setup) train(t *testing.T) (steps []Step, epochs []Epoch, n *Network, err error) {
	t.Helper()
	d, err := cpu.New(s.threads)
	require.NoError(t, err)
	load := func(name string) Multipliers {
		m, err := d.Multiplier(nil)
		require.NoError(t, err)
		if name != "fp32" {
			g, err := golden.Lookup(name)
			require.NoError(t, err)
			m, err = d.Multiplier(g.Table())
			require.NoError(t, err)
		}
		return Multipliers{Forward: m, Backward: m}
	}
	n, err = New(d, barNet, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: load(s.forward).Forward, Backward: load(s.backward).Backward}, s.seed)
	require.NoError(t, err)
	o, err := NewOptimizer(s.optimizer, s.rate, 1e-4)
	require.NoError(t, err)
	epochs, err = Train(context.Background(), n, o, newBars(700, 1), newBars(203, 2), Loop{
		Epochs: 4, Seed: s.seed, OnStep: func(s Step) { steps = append(steps, s) },
	})
	return steps, epochs, n, err
}

var usual = setup{threads: 1, forward: "mitchell_e8m7", backward: "mitchell_e8m7", optimizer: "adam", rate: 0.01, seed: 1}

func TestTrainLearns(t *testing.T) {
	for _, optimizer := range Optimizers {
		for _, mult := range []string{"fp32", "mitchell_e8m7"} {
			s := usual
			s.optimizer, s.forward, s.backward = optimizer, mult, mult
			if DefaultRate(optimizer) > 0.01 {
				s.rate = 0.1
			}
			steps, epochs, _, err := s.train(t)
			require.NoError(t, err)
			require.Len(t, epochs, 4)
			require.Len(t, steps, 4*(700/16))
			assert.Equal(t, len(steps), steps[len(steps)-1].Of)
			last := epochs[3]
			assert.Greater(t, last.TestAccuracy, 0.95, "%s with %s", optimizer, mult)
			assert.Less(t, last.TrainLoss, epochs[0].TrainLoss)
			assert.InDelta(t, math.Log(barSize), steps[0].Loss, 1, "the first loss is that of guessing")
		}
	}
}

// The same seed gives the same losses to the bit on any number of threads;
// another seed, multiplier or multiplier of one pass gives others.
func TestTrainRepeats(t *testing.T) {
	steps, epochs, _, err := usual.train(t)
	require.NoError(t, err)
	for _, threads := range []int{1, 3} {
		s := usual
		s.threads = threads
		again, e, _, err := s.train(t)
		require.NoError(t, err)
		assert.Equal(t, steps, again, "%d threads", threads)
		for i := range e {
			assert.Equal(t, epochs[i].TestAccuracy, e[i].TestAccuracy)
		}
	}
	for _, change := range []func(*setup){
		func(s *setup) { s.seed = 2 },
		func(s *setup) { s.forward = "fp32" },
		func(s *setup) { s.backward = "fp32" },
	} {
		s := usual
		change(&s)
		other, _, _, err := s.train(t)
		require.NoError(t, err)
		assert.NotEqual(t, steps, other, "%+v", s)
	}
	// The backward multiplier has no part in the first loss.
	s := usual
	s.backward = "fp32"
	other, _, _, _ := s.train(t)
	assert.Equal(t, steps[0], other[0])
	assert.NotEqual(t, steps[1].Loss, other[1].Loss)
}

// TestClip checks the norm that gradients end up with, and that smoothing changes
// the gradients only.
func TestClip(t *testing.T) {
	d, err := cpu.New(2)
	require.NoError(t, err)
	m, _ := d.Multiplier(nil)
	n, err := New(d, barNet, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: m, Backward: m}, 1)
	require.NoError(t, err)
	x, classes, labels := make([]float32, 16*barSize*barSize), make([]int, 16), make([]float32, 16)
	newBars(16, 1).Batch(0, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, x, classes)
	for i, c := range classes {
		labels[i] = float32(c)
	}
	norm := func() float64 {
		_, _, err := n.Gradients(x, labels, 1)
		require.NoError(t, err)
		sum := 0.0
		for _, p := range n.Params() {
			g := make([]float32, p.Grad.Len())
			require.NoError(t, p.Grad.Read(g))
			for _, v := range g {
				sum += float64(v) * float64(v)
			}
		}
		return math.Sqrt(sum)
	}
	plain := norm()
	scale, err := n.clip(0)
	require.NoError(t, err)
	assert.Equal(t, 1.0, scale)
	scale, err = n.clip(plain * 2)
	require.NoError(t, err)
	assert.Equal(t, 1.0, scale)
	scale, err = n.clip(plain / 4)
	require.NoError(t, err)
	assert.InDelta(t, 0.25, scale, 1e-5)
	n.Smoothing = 0.3
	assert.NotEqual(t, plain, norm())
}

// TestPatience sees a training that cannot get better stop early.
func TestPatience(t *testing.T) {
	d, err := cpu.New(1)
	require.NoError(t, err)
	m, _ := d.Multiplier(nil)
	n, err := New(d, barNet, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: m, Backward: m}, 1)
	require.NoError(t, err)
	o, err := NewOptimizer("sgd", 1e-12, 0)
	require.NoError(t, err)
	epochs, err := Train(context.Background(), n, o, newBars(64, 1), newBars(32, 2), Loop{Epochs: 9, Patience: 2})
	require.NoError(t, err)
	assert.Len(t, epochs, 3)
	again, err := Train(context.Background(), n, o, newBars(64, 1), newBars(32, 2), Loop{Epochs: 9, Patience: 2,
		Start: Position{Epochs: epochs}, OnStep: func(Step) { t.Error("a run that had stopped early went on") }})
	require.NoError(t, err)
	assert.Equal(t, epochs, again)
}

func TestTrainDiverges(t *testing.T) {
	s := usual
	s.optimizer, s.rate = "sgd", 1e20
	_, _, _, err := s.train(t)
	var diverged *DivergedError
	require.ErrorAs(t, err, &diverged)
	assert.Positive(t, diverged.Step)
	assert.Regexp(t, `layer (conv1|dense1) gives|the loss is|holds`, diverged.What)
	assert.ErrorContains(t, err, "try a smaller learning rate")
}

func TestTrainStops(t *testing.T) {
	d, err := cpu.New(1)
	require.NoError(t, err)
	m, _ := d.Multiplier(nil)
	n, err := New(d, barNet, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: m, Backward: m}, 1)
	require.NoError(t, err)
	o, err := NewOptimizer("sgd", 0.1, 0)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	count := 0
	_, err = Train(ctx, n, o, newBars(100, 1), newBars(10, 2), Loop{Epochs: 100, OnStep: func(Step) {
		if count++; count == 3 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 3, count)
}

func TestWrongUse(t *testing.T) {
	d, err := cpu.New(1)
	require.NoError(t, err)
	m, _ := d.Multiplier(nil)
	two := Multipliers{Forward: m, Backward: m}
	_, err = Model("lenet5", Shape{28, 28, 1}, 10)
	assert.ErrorContains(t, err, "did you mean lenet-5?")
	_, err = New(d, must(Model("lenet-5", Shape{8, 8, 1}, 10)), Shape{8, 8, 1}, 4, two, 1)
	assert.ErrorContains(t, err, "layer conv2 on an input of 4×4×6")
	_, err = NewOptimizer("sdg", 1, 0)
	assert.ErrorContains(t, err, "sgd, nesterov, adam")
	n, err := New(d, []Spec{{Dense: 3}}, Shape{barSize, barSize, 1}, 4, two, 1)
	require.NoError(t, err)
	o, _ := NewOptimizer("sgd", 0.1, 0)
	_, err = Train(context.Background(), n, o, newBars(100, 1), newBars(4, 2), Loop{Epochs: 1})
	assert.ErrorContains(t, err, "the network knows classes 0 to 2")
	assert.Equal(t, 2, fault.Status(err))
	_, err = Train(context.Background(), n, o, newBars(3, 1), newBars(4, 2), Loop{Epochs: 1})
	assert.ErrorContains(t, err, "3 examples do not fill a batch of 4")
}

// noted are examples that note the epochs in which they are asked for.
type noted struct {
	*bars
	epochs []uint64
}

func (n *noted) Batch(epoch uint64, indices []int, dst []float32, labels []int) {
	n.epochs = append(n.epochs, epoch)
	n.bars.Batch(epoch, indices, dst, labels)
}

// TestTrainTellsEpoch: batches to train on are asked for in their epoch, those to
// test on always in the same.
func TestTrainTellsEpoch(t *testing.T) {
	d, err := cpu.New(1)
	require.NoError(t, err)
	m, _ := d.Multiplier(nil)
	n, err := New(d, barNet, Shape{barSize, barSize, 1}, 16, Multipliers{Forward: m, Backward: m}, 1)
	require.NoError(t, err)
	o, err := NewOptimizer("sgd", 0.1, 0)
	require.NoError(t, err)
	train, test := &noted{bars: newBars(40, 1)}, &noted{bars: newBars(20, 2)}
	_, err = Train(context.Background(), n, o, train, test, Loop{Epochs: 3})
	require.NoError(t, err)
	assert.Equal(t, []uint64{0, 0, 1, 1, 2, 2}, train.epochs)
	assert.Equal(t, []uint64{0, 0, 0, 0, 0, 0}, test.epochs)
}

// The course of an epoch is the means of its parts, wherever it was interrupted.
func TestCourse(t *testing.T) {
	for _, steps := range []int{1, 7, 20, 47} {
		var course []float64
		sums, counts := map[int]float64{}, map[int]float64{}
		for s := range steps {
			loss := float64(s*s%11) + 0.5
			course = addToCourse(course, s, steps, loss)
			sums[coursePart(s, steps)] += loss
			counts[coursePart(s, steps)]++
		}
		averageCourse(course, steps)
		require.Len(t, course, min(20, steps))
		for i, mean := range course {
			assert.Equal(t, sums[i]/counts[i], mean)
			assert.InDelta(t, float64(steps)/float64(len(course)), counts[i], 1, "equal parts")
		}
	}
}
