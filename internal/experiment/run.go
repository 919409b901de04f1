package experiment

import (
	"context"
	"errors"
	"fmt"

	"github.com/approxtrain/approxtrain/nn"
)

// Trained is the outcome of training with one multiplier.
type Trained struct {
	Multiplier string     `json:"multiplier"`
	Digest     string     `json:"sha256,omitempty"` // of the table or the model's source
	Epochs     []nn.Epoch `json:"epochs"`
	// Diverged says why there are no more epochs, if training could not go on.
	Diverged *nn.DivergedError `json:"diverged,omitempty"`
}

// Accuracy returns the accuracy on the test images after the last epoch, of a network whose
// training did not diverge.
func (t Trained) Accuracy() float64 { return t.Epochs[len(t.Epochs)-1].TestAccuracy }

// Watcher receives the progress of a run.
type Watcher interface {
	// Begin comes before the training with a multiplier.
	Begin(multiplier string)
	Step(nn.Step)
	Epoch(multiplier string, e nn.Epoch)
	// Overflowed comes after the training with a multiplier: the sums of layers that compute in integers, of training
	// and tests, and how many their accumulator could not hold.
	Overflowed(multiplier string, layers []nn.OverflowedSums)
	// Note receives other messages, such as that a checkpoint is damaged.
	Note(text string)
	// End comes after it, if it failed as well.
	End()
}

// Run trains the network with each multiplier and returns the folder that tells of it.
// A training that diverges is no error: its result says so, and the others follow. If Run
// returns a folder with an error, Resume can go on from there.
func (e *Experiment) Run(ctx context.Context, w Watcher) (results []Trained, folder string, err error) {
	if err := e.fits(); err != nil {
		return nil, "", err
	}
	f, err := e.openFolder()
	if err != nil {
		return nil, "", err
	}
	defer f.close()
	defer func() {
		if errors.Is(err, context.Canceled) && f.forget != nil { // before it held anything
			folder = ""
			err = errors.Join(err, f.discard())
		}
		f.useful()
	}()
	s, err := e.newSaver(f, w.Note)
	if err != nil {
		return nil, "", err
	}
	for _, m := range e.Multipliers {
		epochs, done := s.finished(m.Name)
		if !done {
			epochs, err = e.train1(ctx, m, w, s)
			err = s.end(epochs, err)
		}
		if err != nil {
			return results, f.path, fmt.Errorf("training with %s: %w", m.Name, err)
		}
		results = append(results, Trained{m.Name, m.Digest, append([]nn.Epoch{}, epochs...), s.diverged[m.Name]})
		if err := f.curves(results); err != nil {
			return results, f.path, err
		}
	}
	return results, f.path, nil
}

// train1 trains one network.
func (e *Experiment) train1(ctx context.Context, m *Assigned, w Watcher, s *saver) ([]nn.Epoch, error) {
	c, f := e.Config, s.folder
	network, err := nn.New(e.Device, e.Layers, e.in, c.Batch, m, c.Seed)
	if err != nil {
		return nil, err
	}
	network.Smoothing = float32(c.Smoothing)
	if err := network.TrainOnly(c.TrainOnly); err != nil {
		return nil, c.placed("train_only", err)
	}
	optimizer, err := c.optimizer()
	if err != nil {
		return nil, err
	}
	start, err := s.begin(m.Name, network)
	if err != nil {
		return nil, err
	}
	if err := f.begin(m.Name); err != nil {
		return nil, err
	}
	defer func() { f.keep(f.events.Close()) }()
	f.last = len(start.Epochs)*(e.train.Len()/c.Batch) + start.Step
	w.Begin(m.Name)
	defer w.End()
	defer func() { w.Overflowed(m.Name, network.Overflowed()) }()
	return nn.Train(ctx, network, optimizer, e.train, e.test, nn.Loop{
		Epochs: c.Epochs, Seed: c.Seed, Schedule: c.Schedule, Clip: c.Clip, Patience: c.Patience,
		Start: start, Checkpoints: s.checkpoints(),
		OnStep: func(s nn.Step) {
			f.step(s, c.Batch, c.Rate)
			w.Step(s)
		},
		OnEpoch: func(out nn.Epoch) {
			f.epoch(m.Name, out)
			w.Epoch(m.Name, out)
		},
	})
}
