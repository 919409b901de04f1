package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/experiment"
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
	results, folder, err := e.Run(ctx, text.NewTraining(out, e.Config.Batch, asJSON))
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
	return experiment.Diverged(results)
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
