package main

import (
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
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
	f.BoolVar(&dry, "dry-run", false,
		"print the layers, their sizes and their multipliers; train nothing and run no C function")
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
		return nil, fault.Usagef("--resume goes on with the configuration of the run, so --epochs cannot be given; "+
			"to train its network further, begin another run with its weights, such as: "+
			"approxtrain train %s --init %s --mult fp32 --epochs 5 --name more",
			filepath.Join(resume, "config.json"), filepath.Join(resume, "fp32.safetensors"))
	}
	if what != "" {
		return nil, fault.Usagef("--resume goes on with the configuration of the run, so %s cannot be given", what)
	}
	return experiment.Resume(resume)
}
