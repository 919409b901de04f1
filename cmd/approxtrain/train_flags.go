package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/integers"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/nn"
)

// trainFlags defines the flags that set a configuration, which holds their defaults.
// The names are the keys of a file, but see settingOf.
func trainFlags(f *pflag.FlagSet, c *experiment.Config) {
	r := &experiment.Ranges
	f.Var(modelFlag{c}, "model", "`name` of the network: "+strings.Join(nn.Models(), ", "))
	f.StringVar(&c.Data, "data", c.Data, "data set: `digits|mnist|fashion-mnist|cifar10|DIR`")
	f.Var(&multFlag{config: c}, "mult",
		"`multipliers`: built-in names, .lut files, C functions (FILE.c[:function]), fp32; trained one after the other")
	f.StringVar(&c.Backward, "backward", c.Backward, "`multiplier` of the backward pass (default: the same)")
	command.NumberVar(f, &c.Epochs, "epochs", "", r.Epochs, "passes over the training images")
	command.NumberVar(f, &c.Batch, "batch", "", r.Batch, "images per step")
	f.StringVar(&c.Optimizer, "optimizer", c.Optimizer, "`name`: "+strings.Join(nn.Optimizers, ", "))
	command.NumberVar(f, &c.Rate, "lr", "", r.Rate,
		"learning `rate` (default: 0.001 for adam and adamw, 0.05 for sgd and nesterov)")
	command.NumberVar(f, &c.Decay, "decay", "", r.Decay, "weight decay")
	f.StringVar(&c.Schedule.Kind, "schedule", c.Schedule.Kind,
		"`kind` of the learning rate's schedule: constant, cosine, step")
	command.NumberVar(f, &c.Schedule.WarmUp, "warm-up", "", r.WarmUp, "`epochs` over which the learning rate rises from 0")
	command.NumberVar(f, &c.Schedule.Every, "step-every", "", r.Every, "`epochs` between the drops of --schedule step")
	command.NumberVar(f, &c.Schedule.Factor, "step-factor", "", r.Factor,
		"factor of the learning rate at each drop of --schedule step")
	command.NumberVar(f, &c.Smoothing, "smoothing", "", r.Smoothing, "label smoothing")
	command.NumberVar(f, &c.Clip, "clip", "", r.Clip, "largest `norm` of all gradients together (default: no limit)")
	command.NumberVar(f, &c.Patience, "patience", "", r.Patience,
		"stop after so many `epochs` without a better test accuracy (default: never)")
	command.NumberVar(f, &c.Seed, "seed", "", anySeed, "seed of weights, order and augmentation")
	command.NumberVar(f, &c.Limit, "limit", "", r.Limit, "train on the first `N` images only (default: all)")
	command.NumberVar(f, &c.Steps, "steps", "", r.Steps,
		"train `N` steps of each epoch only, and test on as many batches, to try an experiment out (default: all)")
	f.StringSliceVar(&c.Augment, "augment", c.Augment, augmentUsage+"; differently in each epoch, training images only")
	f.BoolVar(&c.Normalize, "normalize", c.Normalize,
		"subtract the mean of each channel and divide by its deviation, computed from the training images")
	f.StringVar(&c.Init, "init", c.Init,
		"`file` of initial weights: safetensors of the same network (default: random weights)")
	integers.Flags(f, c)
	f.StringSliceVar(&c.TrainOnly, "train-only", c.TrainOnly,
		"train these `parameters` only: batchnorm, scales, or names such as 'dense*'")
	command.NumberVar(f, &c.CheckpointEvery, "checkpoint-every", "", r.CheckpointEvery,
		"save after `N` steps (default: about every minute); always after an epoch")
	f.StringVar(&c.Device, "device", c.Device, deviceUsage)
	command.NumberVar(f, &c.Threads, "threads", "", r.Threads, "threads of the processor (default: one per core)")
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
const deviceUsage = "device: `" + devices.Usage + "`; auto is the first GPU, else the CPU; " +
	"emulation runs the GPU's kernels on the CPU, slowly"

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
