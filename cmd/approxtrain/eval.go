package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/eval"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/internal/text"
)

// evalOptions are the flags of eval.
type evalOptions struct {
	eval.Options
	plot   string
	asJSON bool
}

func newEval() *cobra.Command {
	var o evalOptions
	c := &cobra.Command{
		Use:   "eval RUN",
		Short: "classify with trained weights under other multipliers",
		Long: `eval classifies the test images with weights that train has left, each product of the
forward pass through the table of one multiplier after the other. It says how the accuracy
changes, and which layers' outputs move most against those with binary32 multiplication.
RUN is runs/NAME where one network was trained, else runs/NAME/MULT, or a file
(.safetensors, .checkpoint).`,
		Example: `  approxtrain eval runs/lenet-5_digits_1/fp32 --mult mitchell_e8m7,drum4_e8m7,fp32
  approxtrain eval runs/mine --mult mul.lut,fp32 --plot confusion.png`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Weights, o.Logf = args[0], cli.Logf
			return o.run(c.Context(), c.OutOrStdout())
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.Multipliers, "mult", nil, "`multipliers`: built-in names, .lut files, C functions (FILE.c[:function]), fp32, "+
		"those of the run (default: that of the training, and fp32)")
	f.StringVar(&o.Data, "data", "", "data set: `digits|mnist|fashion-mnist|cifar10|DIR` (default: that of the training)")
	f.StringVar(&o.Model, "model", "", "`name` of the network, or an experiment's file that describes it "+
		"(default: that of the training)")
	batch := experiment.Ranges.Batch
	batch.Zero = "that of the training"
	command.NumberVar(f, &o.Batch, "batch", "", batch, "images at a time (default: as in training)")
	command.NumberVar(f, &o.Limit, "limit", "", experiment.Ranges.Limit,
		"classify the first `N` test images only (default: all)")
	o.Layers = 64
	command.NumberVar(f, &o.Layers, "layers", "", limits.Range[int]{Most: 1_000_000},
		"compare the layers' outputs for the first `N` test images, 0: not at all")
	f.StringVar(&o.plot, "plot", "", "draw the confusion matrices into a `file` (.png, .svg)")
	f.StringVar(&o.Device, "device", devices.Auto, deviceUsage)
	command.NumberVar(f, &o.Threads, "threads", "", limits.Threads, "threads of the processor (default: one per core)")
	f.BoolVar(&o.asJSON, "json", false, "print the results as JSON")
	return c
}

func (o *evalOptions) run(ctx context.Context, out io.Writer) error {
	if o.plot != "" {
		if err := report.CheckPicture(o.plot); err != nil {
			return fmt.Errorf("--plot: %w", err)
		}
		if err := cli.CanWrite("--plot", o.plot, false); err != nil {
			return err
		}
	}
	e, err := eval.Run(ctx, o.Options)
	if err != nil {
		return evalError(err)
	}
	if o.plot != "" {
		var all []report.Confusion
		for _, r := range e.Results {
			all = append(all, report.Confusion{Name: r.Multiplier, Counts: r.Confusion})
		}
		if err := report.ConfusionMatrices(o.plot, e.Classes, all); err != nil {
			return err
		}
	}
	if o.asJSON {
		return cli.WriteJSON(out, e.Results)
	}
	return text.Evaluation(out, e, ", which --json shows")
}

// evalError names the flag that helps.
func evalError(err error) error {
	var unsaid *eval.UnsaidError
	var model *eval.ModelError
	switch {
	case errors.As(err, &unsaid):
		return fault.Usagef("%s does not say what it was trained with: give --%s", unsaid.Path, unsaid.Option)
	case errors.As(err, &model):
		return fmt.Errorf("%w; if a file describes the network, give --model FILE.yaml", err)
	}
	return err
}
