package nn

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Examples is one split of a data set; package data's Split is one, as it is or
// augmented.
type Examples interface {
	Len() int
	Shape() (h, w, c int)
	// Batch copies examples, as they are in an epoch from 0, into dst and their
	// classes into labels.
	Batch(epoch uint64, indices []int, dst []float32, labels []int)
	// Order is the order of an epoch: a permutation that follows from the seed.
	Order(seed, epoch uint64) []int
}

// Loop says how long and in what order to train.
type Loop struct {
	Epochs int
	Seed   uint64 // of the order of the examples
	// Schedule of the learning rate, one of the network's and optimizer's steps.
	Schedule Schedule
	Clip     float64 // largest norm of all gradients together, 0: any
	Patience int     // epochs without a better test accuracy after which to stop, 0: never
	// OnStep, if not nil, is called after each step.
	OnStep func(Step)
	// OnEpoch, if not nil, is called after each epoch.
	OnEpoch func(Epoch)
	// Start is the position to start from, with a network restored to its state there; the zero
	// Position is the beginning.
	Start Position
	Checkpoints
}

// Step is the outcome of one training step.
type Step struct {
	Step, Of int     // from 1, over all epochs
	Loss     float64 // mean of the batch
	Factor   float64 // of the learning rate, by the schedule
	Correct  int     // of the batch
}

// Epoch is the outcome of one epoch.
type Epoch struct {
	Epoch         int           `json:"epoch"` // from 1
	TrainLoss     float64       `json:"train_loss"`
	Course        []float64     `json:"train_loss_course,omitempty"` // the same of up to 20 equal parts of the epoch
	TrainAccuracy float64       `json:"train_accuracy"`              // while training, 0 to 1
	TestAccuracy  float64       `json:"test_accuracy"`
	Images        int           `json:"images"` // trained on
	TrainTime     time.Duration `json:"train_ns"`
	TestTime      time.Duration `json:"test_ns"`
}

// Train trains a network and evaluates it after every epoch. Examples that do
// not fill a last batch are left out of that epoch. It ends early, with the
// context's error, when the context does.
func Train(ctx context.Context, n *Network, o Optimizer, train, test Examples, loop Loop) ([]Epoch, error) {
	for _, e := range []Examples{train, test} {
		if h, w, c := e.Shape(); (Shape{h, w, c}) != n.in {
			return nil, fault.Usagef("the network takes %v, the data is %v", n.in, Shape{h, w, c})
		}
	}
	steps := train.Len() / n.batch
	if steps == 0 {
		return nil, fault.Usagef("%d examples do not fill a batch of %d", train.Len(), n.batch)
	}
	now, next := newBatch(n), newBatch(n)
	at := loop.Start
	if err := at.check(loop.Epochs, steps); err != nil {
		return nil, err
	}
	epochs := slices.Clone(at.Epochs)
	step := len(epochs)*steps + at.Step
	for !loop.Over(epochs) {
		e := len(epochs)
		start := time.Now().Add(-at.TrainTime)
		out := Epoch{Epoch: e + 1, Images: steps * n.batch, TrainLoss: at.Loss, TrainAccuracy: float64(at.Correct), Course: slices.Clone(at.Course)}
		order := train.Order(loop.Seed, uint64(e))
		here := func(steps int) Position {
			return Position{epochs, steps, out.TrainLoss, int(out.TrainAccuracy), slices.Clone(out.Course), time.Since(start)}
		}
		for s := at.Step; s < steps; s++ {
			if err := ctx.Err(); err != nil {
				return epochs, loop.interrupted(here(s), err)
			}
			step++
			if s == at.Step {
				now.fill(train, e, order, s)
			}
			if err := now.check(n); err != nil {
				return epochs, err
			}
			n.begin(now.x, now.labels, step)
			if s+1 < steps {
				next.fill(train, e, order, s+1) // while the device computes
			}
			loss, logits, err := n.outcome(now.x, step)
			if err != nil {
				return epochs, err
			}
			scale, err := n.clip(loop.Clip)
			if err != nil {
				return epochs, err
			}
			factor := loop.Schedule.at(step, steps, loop.Epochs)
			o.Update(n.dev, n.trained(), step, factor, scale)
			right := n.correct(logits, now.classes)
			now, next = next, now
			out.TrainLoss += loss
			out.Course = addToCourse(out.Course, s, steps, loss)
			out.TrainAccuracy += float64(right)
			if loop.OnStep != nil {
				loop.OnStep(Step{step, steps * loop.Epochs, loss, factor, right})
			}
			paused := time.Now()
			if err := loop.pass(step, func() Position { return here(s + 1) }); err != nil {
				return epochs, err
			}
			start = start.Add(time.Since(paused))
		}
		if err := n.dev.Sync(); err != nil {
			return epochs, err
		}
		trained := here(steps)
		if err := n.checkWeights(step); err != nil {
			return epochs, err
		}
		out.TrainLoss /= float64(steps)
		averageCourse(out.Course, steps)
		out.TrainAccuracy /= float64(out.Images)
		out.TrainTime = trained.TrainTime
		start = time.Now()
		right, err := Evaluate(ctx, n, test)
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return epochs, loop.interrupted(trained, err)
		}
		if err != nil {
			return epochs, err
		}
		out.TestAccuracy, out.TestTime = float64(right)/float64(test.Len()), time.Since(start)
		epochs = append(epochs, out)
		if loop.OnEpoch != nil {
			loop.OnEpoch(out)
		}
		at = Position{Epochs: epochs}
		if err := loop.save(at); err != nil {
			return epochs, err
		}
	}
	return epochs, nil
}

// batch is the input of one step.
type batch struct {
	x       []float32
	classes []int
	labels  []float32 // the classes
}

func newBatch(n *Network) *batch {
	return &batch{make([]float32, n.batch*n.in.Len()), make([]int, n.batch), make([]float32, n.batch)}
}

// fill fetches the examples of a step of an epoch, both from 0.
func (b *batch) fill(train Examples, epoch int, order []int, step int) {
	size := len(b.classes)
	train.Batch(uint64(epoch), order[step*size:(step+1)*size], b.x, b.classes)
	for i, c := range b.classes {
		b.labels[i] = float32(c)
	}
}

// check is an error if an example is of no class of the network.
func (b *batch) check(n *Network) error {
	for _, c := range b.classes {
		if c < 0 || c >= n.Classes() {
			return fault.Usagef("an example of class %d: the network knows classes 0 to %d", c, n.Classes()-1)
		}
	}
	return nil
}

// courseParts is the number of parts of an epoch whose losses are kept apart, fewer if
// there are fewer steps.
const courseParts = 20

// coursePart returns the part that a step belongs to.
func coursePart(step, steps int) int { return step * min(courseParts, steps) / steps }

// addToCourse adds the loss of a step, from 0, to the sum of its part.
func addToCourse(sums []float64, step, steps int, loss float64) []float64 {
	if part := coursePart(step, steps); part == len(sums) {
		return append(sums, loss)
	}
	sums[len(sums)-1] += loss
	return sums
}

// averageCourse divides the sums of all parts by the number of their steps.
func averageCourse(sums []float64, steps int) {
	counts := make([]int, len(sums))
	for s := range steps {
		counts[coursePart(s, steps)]++
	}
	for i, n := range counts {
		sums[i] /= float64(n)
	}
}
