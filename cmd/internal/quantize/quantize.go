// Package quantize is the command quantize.
package quantize

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/calibrate"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/posttraining"
	"github.com/approxtrain/approxtrain/internal/text"
)

// options are the flags.
type options struct {
	posttraining.Options
	observer, overflow string
	out                string
	asJSON             bool
}

// New returns the command.
func New() *cobra.Command {
	o := options{observer: string(calibrate.Percentile), overflow: device.Wrap.String()}
	o.Percentile, o.Images, o.Accumulator.Bits = 99.99, 512, 32
	c := &cobra.Command{
		Use:   "quantize RUN --mult TABLE",
		Short: "give a trained network codes, so that it computes in integers",
		Long: `quantize finds the ranges of a trained network's weights and activations and writes the network with codes into a folder
of its own. eval then computes it as an integer accelerator does: codes in, products from the table, sums in an
integer accumulator, one rescaling out. RUN is runs/NAME where one network was trained, else runs/NAME/MULT, or a
file (.safetensors, .checkpoint).`,
		Example: `  approxtrain quantize runs/lenet-5_digits_1/fp32 --mult mul8s.lut --out runs/mine
  approxtrain eval runs/mine --mult mul8s.lut,fp32`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Weights, o.Logf = args[0], cli.Logf
			return o.run(c.Context(), c.OutOrStdout())
		},
	}
	f := c.Flags()
	f.StringVar(&o.Multiplier, "mult", "", "`multiplier`: a table of integers, by its built-in name or as a .lut file")
	command.NumberVar(f, &o.Images, "calibrate", "", limits.Range[int]{Least: 1, Most: 10_000_000},
		"look at the activations of the first `N` training images")
	f.StringVar(&o.observer, "observer", o.observer, "how the range of activations is found: `"+calibrate.Usage()+"`")
	command.NumberVar(f, &o.Percentile, "percentile", "", limits.Range[float64]{Least: 50, Most: 100}, "percentage of the numbers that the range of --observer percentile holds")
	f.BoolVar(&o.Symmetric, "symmetric", false, "put the code of 0 in the middle of an unsigned operand's codes")
	f.BoolVar(&o.Restricted, "restricted", false, "leave out the least code of symmetric ranges: -127 to 127")
	f.BoolVar(&o.PerTensor, "per-tensor", false, "one scale for the weights of a layer (default: one for each output channel)")
	f.BoolVar(&o.Magnitude, "sign-magnitude", false, "unsigned operands see magnitudes, and the sign goes round the table")
	command.NumberVar(f, &o.Accumulator.Bits, "accumulator", "", limits.Range[int]{Least: 16, Most: 64}, "`bits` of the accumulator")
	f.StringVar(&o.overflow, "overflow", o.overflow, "what the accumulator does with a sum that it cannot hold: `wrap|saturate|error`")
	f.StringSliceVar(&o.Exact, "exact", nil, "`layers` that stay in binary32, by name or pattern: conv1,'stage*.conv1'")
	f.BoolVar(&o.KeepNorms, "keep-norms", false, "leave batch normalizations as they are (default: part of the layer before)")
	f.StringVar(&o.Data, "data", "", "data set: `digits|mnist|fashion-mnist|cifar10|DIR` (default: that of the training)")
	f.StringVar(&o.Model, "model", "", "`name` of the network, or an experiment's file that describes it (default: that of the training)")
	batch := experiment.Ranges.Batch
	batch.Zero = "that of the training"
	command.NumberVar(f, &o.Batch, "batch", "", batch, "images at a time; the result does not depend on it (default: as in training)")
	f.StringVar(&o.Device, "device", devices.CPU, "device: `"+devices.Usage+"`")
	command.NumberVar(f, &o.Threads, "threads", "", limits.Threads, "threads of the processor (default: one per core)")
	f.StringVar(&o.out, "out", "", "new `folder` (default: that of the run, with the multiplier: runs/NAME_MULT)")
	f.BoolVar(&o.asJSON, "json", false, "print the report as JSON")
	return c
}

func (o *options) run(ctx context.Context, out io.Writer) (err error) {
	if o.Multiplier == "" {
		return fault.Usagef("give --mult: a table of integers, such as --mult mul.lut")
	}
	if o.Observer, err = calibrate.ParseObserver(o.observer); err != nil {
		return fmt.Errorf("--observer: %w", err)
	}
	if o.Accumulator.Overflow, err = device.ParseOverflow(o.overflow); err != nil {
		return fault.Usagef("--overflow: %w", err)
	}
	q, err := posttraining.Run(ctx, o.Options)
	if err != nil {
		return err
	}
	folder := o.out
	if folder == "" {
		folder = q.Folder()
	}
	weights, err := q.Write(folder)
	if err != nil {
		return err
	}
	if o.asJSON {
		return cli.WriteJSON(out, q.Layers)
	}
	if err := text.Quantized(out, q); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nwrote %s and %s/%s; to compute with it:\n  approxtrain eval %s --mult %s,fp32\n", weights, folder, posttraining.SchemeFile,
		folder, q.Scheme.Multiplier)
	return nil
}
