package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/experiment"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/text"
	"github.com/approxtrain/approxtrain/nn"
)

// train runs an experiment and shows how it gets on.
func train(ctx context.Context, out io.Writer, e *experiment.Experiment, asJSON bool) error {
	for _, note := range e.Notes {
		cli.Logf("%s", note)
	}
	if !asJSON {
		text.Experiment(out, e)
	}
	results, folder, err := e.Run(ctx, &trainWatcher{out: out, batch: e.Config.Batch, silent: asJSON})
	if err != nil {
		return howToGoOn(err, folder)
	}
	if asJSON {
		err = cli.WriteJSON(out, results)
	} else {
		err = text.Trained(out, results)
		for _, f := range experiment.Findings(results, e.Set.Test, len(e.Set.Classes)) {
			fmt.Fprintln(out, remark(f))
		}
		what := "curves.svg, weights (.safetensors), checkpoints, tensorboard/"
		if !slices.ContainsFunc(results, func(r experiment.Trained) bool { return r.Diverged == nil }) {
			what = "curves.svg, tensorboard/" // no training has weights
		}
		fmt.Fprintf(out, "wrote %s: config.json, metrics.jsonl, %s\n", folder, what)
	}
	if err != nil {
		return err
	}
	return diverged(results)
}

// diverged is an error that names the multipliers with which training diverged, nil if there
// are none.
func diverged(results []experiment.Trained) error {
	var all []string
	for _, r := range results {
		if r.Diverged != nil {
			all = append(all, fmt.Sprintf("%s (step %d)", r.Multiplier, r.Diverged.Step))
		}
	}
	if all == nil {
		return nil
	}
	return fault.Failedf("training diverged with %s, of %s", strings.Join(all, ", "), english.Plural(len(results), "multiplier", ""))
}

// howToGoOn adds to an error that ended training how to go on, if a folder tells of it.
func howToGoOn(err error, folder string) error {
	switch {
	case folder == "":
	case errors.Is(err, context.Canceled):
		cli.Logf("saved; to go on: approxtrain train --resume %s", folder)
	default:
		return fmt.Errorf("%w; to go on from the last checkpoint: approxtrain train --resume %s", err, folder)
	}
	return err
}

// trainWatcher shows a bar or lines while a network is trained, and a line an epoch.
type trainWatcher struct {
	out            io.Writer
	batch          int
	silent         bool
	name           string
	bar            *cli.Progress
	stepped        bool    // with this multiplier
	loss, accuracy float64 // moving averages
}

func (w *trainWatcher) Begin(multiplier string) {
	w.name, w.bar, w.stepped = multiplier, cli.NewProgress(multiplier, "images"), false
}

func (w *trainWatcher) Note(text string) { cli.Logf("%s", text) }

func (w *trainWatcher) Step(s nn.Step) {
	const keep = 0.98 // of the moving averages
	accuracy := float64(s.Correct) / float64(w.batch)
	if !w.stepped {
		w.loss, w.accuracy, w.stepped = s.Loss, accuracy, true
	}
	w.loss, w.accuracy = keep*w.loss+(1-keep)*s.Loss, keep*w.accuracy+(1-keep)*accuracy
	w.bar.Describe(fmt.Sprintf("%s: loss %.3f, accuracy %.1f %%", w.name, w.loss, 100*w.accuracy))
	w.bar.Set(uint64(s.Step*w.batch), uint64(s.Of*w.batch))
}

func (w *trainWatcher) Epoch(multiplier string, e nn.Epoch) {
	if w.silent {
		return
	}
	w.bar.Finish()
	fmt.Fprintf(w.out, "%s: epoch %d: loss %.4f, training accuracy %.2f %%, test accuracy %.2f %%, %.0f images/s\n",
		multiplier, e.Epoch, e.TrainLoss, 100*e.TrainAccuracy, 100*e.TestAccuracy, float64(e.Images)/e.TrainTime.Seconds())
}

func (w *trainWatcher) End() { w.bar.Finish() }

// plan prints the layers of an experiment.
func plan(out io.Writer, e *experiment.Experiment, asJSON bool) error {
	if asJSON {
		multipliers := map[string]map[string]experiment.Pair{}
		for _, m := range e.Multipliers {
			multipliers[m.Name] = m.Layers
		}
		return cli.WriteJSON(out, struct {
			Plan        nn.Plan
			Multipliers map[string]map[string]experiment.Pair
		}{e.Plan, multipliers})
	}
	return text.Plan(out, e)
}
