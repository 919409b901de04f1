package nn

import (
	"time"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Position is a place in a training run, between two steps. With a Snapshot of the network taken
// there, training continues as if it had never stopped: everything else follows from the
// configuration. JSON keeps its numbers exactly.
type Position struct {
	Epochs    []Epoch       `json:"epochs"` // finished
	Step      int           `json:"step"`   // steps done in the next epoch; all: not yet evaluated
	Loss      float64       `json:"loss"`   // of these, summed
	Correct   int           `json:"correct"`
	Course    []float64     `json:"course,omitempty"` // the losses, summed for each part of the epoch
	TrainTime time.Duration `json:"train_ns"`
}

// Over says whether training has ended after some epochs: all, or too many without a
// better test accuracy.
func (l *Loop) Over(epochs []Epoch) bool {
	best := 0
	for i, e := range epochs {
		if e.TestAccuracy > epochs[best].TestAccuracy {
			best = i
		}
	}
	return len(epochs) >= l.Epochs || l.Patience > 0 && len(epochs)-1-best >= l.Patience
}

func (p Position) check(epochs, steps int) error {
	switch {
	case len(p.Epochs) > epochs:
		return fault.Usagef("training is to begin after %d epochs, and to have %d", len(p.Epochs), epochs)
	case p.Step < 0 || p.Step > steps || p.Step > 0 && len(p.Epochs) == epochs:
		return fault.Usagef("training is to begin after step %d of epoch %d, with %d epochs of %d steps", p.Step, len(p.Epochs)+1, epochs, steps)
	case p.Step == 0 && len(p.Course) > 0, p.Step > 0 && len(p.Course) != coursePart(p.Step-1, steps)+1:
		return fault.Usagef("training is to begin after step %d of %d, with the losses of %d parts of the epoch", p.Step, steps, len(p.Course))
	}
	return nil
}

// Checkpoints says when training is interrupted to save it.
type Checkpoints struct {
	// Save, if not nil, is called between steps as the other fields say, after each
	// epoch, and when the context ends training. The position is the function's until
	// it returns. An error ends training.
	Save  func(Position) error
	Every int           // steps; 0: none
	After time.Duration // since the last one; 0: none

	last time.Time
}

func (c *Checkpoints) save(p Position) error {
	if c.Save == nil {
		return nil
	}
	err := c.Save(p)
	c.last = time.Now()
	return err
}

// pass is called after each step, with its number.
func (c *Checkpoints) pass(step int, at func() Position) error {
	if c.last.IsZero() {
		c.last = time.Now()
	}
	if c.Every > 0 && step%c.Every == 0 || c.After > 0 && time.Since(c.last) >= c.After {
		return c.save(at())
	}
	return nil
}

// interrupted saves a position before training ends by the context's error.
func (c *Checkpoints) interrupted(p Position, err error) error {
	if failed := c.save(p); failed != nil {
		return failed
	}
	return err
}
