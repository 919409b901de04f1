package text

import (
	"fmt"
	"io"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/nn"
)

// Training shows a bar or lines while a network is trained, and a line an epoch. It is an experiment.Watcher.
type Training struct {
	out            io.Writer
	batch          int
	silent         bool
	name           string
	bar            *cli.Progress
	stepped        bool    // with this multiplier
	loss, accuracy float64 // moving averages
}

// NewTraining returns the watcher of a training with batches of so many images; a silent one prints no lines on out.
func NewTraining(out io.Writer, batch int, silent bool) *Training {
	return &Training{out: out, batch: batch, silent: silent}
}

func (w *Training) Begin(multiplier string) {
	w.name, w.bar, w.stepped = multiplier, cli.NewProgress(multiplier, "images"), false
}

func (w *Training) Note(text string) { cli.Logf("%s", text) }

func (w *Training) Step(s nn.Step) {
	const keep = 0.98 // of the moving averages
	accuracy := float64(s.Correct) / float64(w.batch)
	if !w.stepped {
		w.loss, w.accuracy, w.stepped = s.Loss, accuracy, true
	}
	w.loss, w.accuracy = keep*w.loss+(1-keep)*s.Loss, keep*w.accuracy+(1-keep)*accuracy
	w.bar.Describe(fmt.Sprintf("%s: loss %.3f, accuracy %.1f %%", w.name, w.loss, 100*w.accuracy))
	w.bar.Set(uint64(s.Step*w.batch), uint64(s.Of*w.batch))
}

func (w *Training) Epoch(multiplier string, e nn.Epoch) {
	if w.silent {
		return
	}
	w.bar.Finish()
	fmt.Fprintf(w.out, "%s: epoch %d: loss %.4f, training accuracy %.2f %%, test accuracy %.2f %%, %.0f images/s\n",
		multiplier, e.Epoch, e.TrainLoss, 100*e.TrainAccuracy, 100*e.TestAccuracy, float64(e.Images)/e.TrainTime.Seconds())
}

func (w *Training) Overflowed(multiplier string, layers []nn.OverflowedSums) {
	w.bar.Finish()
	for _, o := range layers {
		if o.Over > 0 {
			cli.Logf("%s, in training and tests", overflowed(multiplier, o))
		}
	}
}

func (w *Training) End() { w.bar.Finish() }
