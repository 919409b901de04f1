package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/devices"
	"github.com/approxtrain/approxtrain/experiment"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

func newTrain() *cobra.Command {
	config := experiment.Default()
	var dry, asJSON bool
	var resume string
	c := &cobra.Command{
		Use:   "train [EXPERIMENT.yaml]",
		Short: "train a network with approximate multipliers",
		Long: `train trains a network once with each multiplier. Every product of dense layers, convolutions and
attention, forward and backward, goes through the multiplier. The same seed gives bit-identical
losses on any device and any number of threads. --device chooses the device, also for --resume.

Multipliers of 12 to 23 mantissa bits have no table. They are compiled from C and simulated
directly, which is slower: a built-in one (mitchell_e8m23), or your function
float f(float a, float b) in a C file.

A YAML file can describe an experiment: the network's layers, and multipliers that differ from
layer to layer. Flags override the file. The folder examples/ has several.

A run is saved in its folder after every epoch and about every minute. --resume continues a
stopped run, which ends with the same bits as one that was never stopped. At the end the folder
holds the weights as safetensors, for approxtrain eval and other programs.`,
		Example: `  approxtrain train --model lenet-5 --data digits --mult mbm_e8m7,fp32
  approxtrain train --model lenet-300-100 --data mnist --mult mul.lut --epochs 3
  approxtrain train --data cifar10 --augment crop,flip --normalize --epochs 20
  approxtrain train --data digits --mult mitchell_e8m7 --backward fp32    # another multiplier backward
  approxtrain train --data digits --mult mitchell_e8m23,my_model.c,my_model.c:f2 # functions in C
  approxtrain train examples/digits-mixed.yaml --dry-run                  # prints the layers
  approxtrain train --resume runs/lenet-5_digits_1    # after an interrupt`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 || resume != "" {
				loaded, err := load(args, resume, c.Flags())
				if err != nil {
					return err
				}
				override(loaded, c.Flags())
				config = loaded
			}
			open := experiment.Open
			if dry {
				open = experiment.OpenDry
			}
			e, err := open(config)
			if err != nil {
				return err
			}
			if dry {
				return plan(c.OutOrStdout(), e, asJSON)
			}
			return train(c.Context(), c.OutOrStdout(), e, asJSON)
		},
	}
	f := c.Flags()
	trainFlags(f, config)
	f.StringVar(&resume, "resume", "", "continue the run in `runs/NAME`, with its configuration")
	f.BoolVar(&dry, "dry-run", false, "print the layers, their sizes and their multipliers; train nothing and run no C function")
	f.BoolVar(&asJSON, "json", false, "print the results as JSON")
	return c
}

// besideResume are the flags that may be given to go on with a run.
var besideResume = []string{"resume", "device", "threads", "json", "dry-run", "checkpoint-every"}

// load reads an experiment from a file, or from the folder of a run to go on with.
func load(args []string, resume string, given *pflag.FlagSet) (*experiment.Config, error) {
	if resume == "" {
		return experiment.Load(args[0])
	}
	what := ""
	given.Visit(func(f *pflag.Flag) {
		if what == "" && !slices.Contains(besideResume, f.Name) {
			what = "--" + f.Name
		}
	})
	if len(args) > 0 {
		what = args[0]
	}
	if what == "--epochs" {
		return nil, fault.Usagef("--resume goes on with the configuration of the run, so --epochs cannot be given; to train its network further, begin "+
			"another run with its weights, such as: approxtrain train %s --init %s --mult fp32 --epochs 5 --name more",
			filepath.Join(resume, "config.json"), filepath.Join(resume, "fp32.safetensors"))
	}
	if what != "" {
		return nil, fault.Usagef("--resume goes on with the configuration of the run, so %s cannot be given", what)
	}
	return experiment.Resume(resume)
}

// trainFlags defines the flags that set a configuration, which holds their defaults.
// The names are the keys of a file, but see settingOf.
func trainFlags(f *pflag.FlagSet, c *experiment.Config) {
	r := &experiment.Ranges
	f.Var(modelFlag{c}, "model", "`name` of the network: "+strings.Join(nn.Models(), ", "))
	f.StringVar(&c.Data, "data", c.Data, "data set: `digits|mnist|fashion-mnist|cifar10|DIR`")
	f.Var(&multFlag{config: c}, "mult",
		"`multipliers`: built-in names, .lut files, C functions (FILE.c[:function]), fp32; trained one after the other")
	f.StringVar(&c.Backward, "backward", c.Backward, "`multiplier` of the backward pass (default: the same)")
	cli.NumberVar(f, &c.Epochs, "epochs", "", r.Epochs, "passes over the training images")
	cli.NumberVar(f, &c.Batch, "batch", "", r.Batch, "images per step")
	f.StringVar(&c.Optimizer, "optimizer", c.Optimizer, "`name`: "+strings.Join(nn.Optimizers, ", "))
	cli.NumberVar(f, &c.Rate, "lr", "", r.Rate, "learning `rate` (default: 0.001 for adam and adamw, 0.05 for sgd and nesterov)")
	cli.NumberVar(f, &c.Decay, "decay", "", r.Decay, "weight decay")
	f.StringVar(&c.Schedule.Kind, "schedule", c.Schedule.Kind, "`kind` of the learning rate's schedule: constant, cosine, step")
	cli.NumberVar(f, &c.Schedule.WarmUp, "warm-up", "", r.WarmUp, "`epochs` over which the learning rate rises from 0")
	cli.NumberVar(f, &c.Schedule.Every, "step-every", "", r.Every, "`epochs` between the drops of --schedule step")
	cli.NumberVar(f, &c.Schedule.Factor, "step-factor", "", r.Factor, "factor of the learning rate at each drop of --schedule step")
	cli.NumberVar(f, &c.Smoothing, "smoothing", "", r.Smoothing, "label smoothing")
	cli.NumberVar(f, &c.Clip, "clip", "", r.Clip, "largest `norm` of all gradients together (default: no limit)")
	cli.NumberVar(f, &c.Patience, "patience", "", r.Patience, "stop after so many `epochs` without a better test accuracy (default: never)")
	cli.NumberVar(f, &c.Seed, "seed", "", anySeed, "seed of weights, order and augmentation")
	cli.NumberVar(f, &c.Limit, "limit", "", r.Limit, "train on the first `N` images only (default: all)")
	cli.NumberVar(f, &c.Steps, "steps", "", r.Steps, "train `N` steps of each epoch only, and test on as many batches, to try an experiment out (default: all)")
	f.StringSliceVar(&c.Augment, "augment", c.Augment, augmentUsage+"; differently in each epoch, training images only")
	f.BoolVar(&c.Normalize, "normalize", c.Normalize, "subtract the mean of each channel and divide by its deviation, computed from the training images")
	f.StringVar(&c.Init, "init", c.Init, "`file` of initial weights: safetensors of the same network (default: random weights)")
	cli.NumberVar(f, &c.CheckpointEvery, "checkpoint-every", "", r.CheckpointEvery, "save after `N` steps (default: about every minute); always after an epoch")
	f.StringVar(&c.Device, "device", c.Device, deviceUsage)
	cli.NumberVar(f, &c.Threads, "threads", "", r.Threads, "threads of the processor (default: one per core)")
	f.StringVar(&c.Name, "name", c.Name, "`name` of the run's folder (default: model, data and a number)")
	f.StringVar(&c.Out, "out", c.Out, "`folder` of the runs")
}

// override applies the flags that the user gave to a configuration from a file.
func override(c *experiment.Config, given *pflag.FlagSet) {
	to := pflag.NewFlagSet("", pflag.ContinueOnError)
	trainFlags(to, c)
	given.Visit(func(f *pflag.Flag) {
		here := to.Lookup(f.Name)
		if here == nil { // no setting: --json
			return
		}
		c.Override(settingOf(f.Name))
		if list, ok := f.Value.(pflag.SliceValue); ok {
			here.Value.(pflag.SliceValue).Replace(list.GetSlice())
		} else {
			here.Value.Set(f.Value.String()) // which was set before, so it is no error
		}
	})
}

// deviceUsage describes the flag --device.
const deviceUsage = "device: `" + devices.Usage + "`; auto is the first GPU, else the CPU; emulation runs the GPU's kernels on the CPU, slowly"

// settingOf returns the key in a file for a flag.
func settingOf(flag string) string {
	switch flag {
	case "mult":
		return "multipliers"
	case "warm-up", "step-every", "step-factor":
		return "schedule"
	}
	return strings.ReplaceAll(flag, "-", "_")
}

// modelFlag is --model; it takes the place of layers that a file describes.
type modelFlag struct{ config *experiment.Config }

func (modelFlag) Type() string { return "string" }

func (m modelFlag) Set(name string) error {
	m.config.Model = name
	return nil
}

func (m modelFlag) String() string {
	if m.config == nil {
		return ""
	}
	return m.config.Model
}

// multFlag is --mult: multipliers that are the same for all layers.
type multFlag struct {
	config *experiment.Config
	set    bool
}

func (*multFlag) Type() string { return "strings" }

// Set adds names; the first ones take the place of the default.
func (m *multFlag) Set(names string) error {
	list := m.GetSlice()
	if !m.set {
		list = nil
	}
	m.set = true
	if names != "" {
		list = append(list, strings.Split(names, ",")...)
	}
	return m.Replace(list)
}

func (m *multFlag) Append(name string) error { return m.Replace(append(m.GetSlice(), name)) }

func (m *multFlag) Replace(names []string) error {
	m.config.Multipliers = experiment.Plain(names...)
	return nil
}

func (m *multFlag) GetSlice() []string {
	var names []string
	for _, one := range m.config.Multipliers {
		names = append(names, one.Name)
	}
	return names
}

func (m *multFlag) String() string {
	if m.config == nil {
		return ""
	}
	return fmt.Sprintf("[%s]", strings.Join(m.GetSlice(), ","))
}
