package main

import (
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/bench"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/text"
	"github.com/approxtrain/approxtrain/nn"
)

// benchOptions are the flags of bench.
type benchOptions struct {
	filter, device, image  string
	asJSON, verbose, quick bool
	model                  bench.ModelOptions // without a name: the benchmarks of bench.Run
}

func newBench() *cobra.Command {
	var o benchOptions
	c := &cobra.Command{
		Use:   "bench",
		Short: "measure this machine: sweep rates, build times, full comparison, products, training steps",
		Long: `bench measures how fast multipliers are simulated here. Rates are the best of several
rounds; a reference is measured in the same run, in rounds that alternate, so that ratios
hold on a noisy machine. Products and convolutions on one core count processor time.

References of products are programs in C, compiled for this machine, that must give the
right result before they are timed: direct (a functional model called for each product),
gather (a table looked up with AVX2 gathers), fma (native, fused) and peak (what the
multiply-adders can do). Without a C compiler they are left out.

netlist-operations stands beside two limits: "limit" is a loop with the same number of loads,
of logic and of stores in the first-level cache that need not find out what to do, "ports" the
rate if the core loaded two vectors and stored one in every cycle.

--device cuda:0 measures a GPU: matrix products of several shapes, convolutions, training steps;
references are then a kernel that works as published simulators do, cuBLAS if it is there, and
the functional model in C on one core of the processor. Times are from the first launch until
the GPU is done. On the emulation shapes are small, and figures say nothing of a GPU; --quick
takes the same small shapes on a GPU, to see that everything runs.

--json prints {"cpu", "cores", "figures": […]}; a figure has "name", "value", "unit",
"less_is_better" and, where there is one, the "target" that the project promises; "against"
lists references with "name", "value", "ratio" (the figure over it) and the least "target"
of the ratio; "parts" are the layer shapes of a convolution.

--model measures whole training steps of a network instead, on random images: forward, loss,
backward and the optimizer (adam). Shown are the parts of the fastest step: the products of
each layer in each pass, in 10^9 a second without those with padding, every other operation,
and the share of the step that is in products through the multiplier ("in kernels"). "peak
memory" is the most that the process had resident; beside it stands what all tensors but the
optimizer's take together, which train --dry-run prints as well. A table of integers trains
with codes, as with approxtrain train.
On a GPU "step" and "rate" are of steps that nobody looks into.
With --json there are "layers" and "rest" beside the figures.`,
		Example: `  approxtrain bench --filter 'gemm|conv' -v
  approxtrain bench --model resnet-18                    # as for CIFAR-10, batch 128
  approxtrain bench --device cuda:0 -v
  approxtrain bench --device cuda:0 --model resnet-18 --batch 512
  approxtrain bench --model vit-tiny --batch 8 --mult fp32 --steps 1`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.only(c.Flags()); err != nil {
				return err
			}
			if o.model.Model != "" {
				return o.runModel(c.Context(), c.OutOrStdout())
			}
			return o.run(c.Context(), c.OutOrStdout())
		},
	}
	f := c.Flags()
	f.StringVar(&o.filter, "filter", "", "only benchmarks whose name matches the `regexp`")
	f.BoolVar(&o.asJSON, "json", false, "print as JSON")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print each layer shape of the convolutions too")
	f.StringVar(&o.device, "device", devices.CPU, deviceUsage)
	f.BoolVar(&o.quick, "quick", false, "small shapes on a GPU, to see that everything runs")
	m := &o.model
	m.Classes, m.Batch, m.Steps = 10, 128, 2
	f.StringVar(&m.Model, "model", "",
		"measure training steps of the network of that `name` instead: "+strings.Join(nn.Models(), ", "))
	f.StringVar(&m.Multiplier, "mult", "mbm_e8m7",
		"with --model: `multiplier`, a built-in name, .lut file, C function (FILE.c[:function]) or fp32")
	f.StringVar(&o.image, "image", "", "with --model: `HxWxC` of the images (default: 32x32x3, 28x28x1 for LeNet)")
	command.NumberVar(f, &m.Classes, "classes", "", bench.Ranges.Classes, "with --model: classes")
	command.NumberVar(f, &m.Batch, "batch", "", bench.Ranges.Batch, "with --model: images per step")
	command.NumberVar(f, &m.Steps, "steps", "", bench.Ranges.Steps,
		"with --model: measure `N` steps, after one that does not count")
	command.NumberVar(f, &m.Threads, "threads", "", bench.Ranges.Threads, "with --model: threads (default: one per core)")
	return c
}

// only refuses flags that mean nothing together.
func (o *benchOptions) only(given *pflag.FlagSet) error {
	if o.model.Model == "" {
		for _, name := range []string{"mult", "image", "classes", "batch", "steps", "threads"} {
			if given.Changed(name) {
				return fault.Usagef("--%s is for the steps of a network: give --model too", name)
			}
		}
		return nil
	}
	for _, name := range []string{"filter", "verbose", "quick"} {
		if given.Changed(name) {
			return fault.Usagef("--%s is for the other benchmarks: --model measures the steps of a network, layer by layer, "+
				"and nothing else", name)
		}
	}
	return nil
}

// run measures figures.
func (o *benchOptions) run(ctx context.Context, out io.Writer) error {
	filter, err := regexp.Compile(o.filter)
	if err != nil {
		return fault.Usagef("--filter: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	r, err := bench.Run(ctx, bench.Options{Device: o.device, Filter: filter, Quick: o.quick, Program: self,
		Watcher: benchWatcher{}})
	switch {
	case errors.Is(err, bench.ErrNoMatch):
		return fault.Usagef("--filter %s matches no benchmark", o.filter)
	case errors.Is(err, bench.ErrNothing):
		return fault.Missingf("this machine has nothing that --filter %s asks for; see above what is missing", o.filter)
	case err != nil:
		return err
	case o.asJSON:
		return cli.WriteJSON(out, r)
	}
	return text.Bench(out, r, o.verbose)
}

// runModel measures the training steps of a network.
func (o *benchOptions) runModel(ctx context.Context, out io.Writer) (err error) {
	m := o.model
	m.Device, m.Watcher = o.device, benchWatcher{}
	if m.Image, err = parseImage(o.image); err != nil {
		return err
	}
	r, err := bench.RunModel(ctx, m)
	if err != nil {
		return err
	}
	if o.asJSON {
		return cli.WriteJSON(out, r)
	}
	return text.Steps(out, r)
}

// parseImage reads the size of images. None is the zero shape, which package bench replaces by a usual one.
func parseImage(text string) (nn.Shape, error) {
	if text == "" {
		return nn.Shape{}, nil
	}
	var size [3]int
	parts := strings.Split(text, "x")
	for i := range size {
		if len(parts) == len(size) {
			size[i], _ = strconv.Atoi(parts[i])
		}
		if !bench.Ranges.Side.Holds(size[i]) {
			return nn.Shape{}, fault.Usagef("--image %s: expected height, width and channels, each %v, such as 224x224x3",
				limits.Show(text), bench.Ranges.Side)
		}
	}
	return nn.Shape{H: size[0], W: size[1], C: size[2]}, nil
}

// benchWatcher shows the progress of a measurement.
type benchWatcher struct{}

func (benchWatcher) Logf(format string, args ...any) { cli.Logf(format, args...) }

func (benchWatcher) Begin(what, unit string) (set func(done, total uint64), finish func()) {
	p := cli.NewProgress(what, unit)
	return p.Set, p.Finish
}
