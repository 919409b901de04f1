package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"approxtrain/cpu"
	"approxtrain/data"
	"approxtrain/internal/fault"
	"approxtrain/nn"
)

// trainFlags are the configuration of a training run, as config.json holds it.
type trainFlags struct {
	Model       string      `json:"model"`
	Data        string      `json:"data"`
	Multipliers []string    `json:"multipliers"`
	Backward    string      `json:"backward,omitempty"` // multiplier of the backward pass, if another
	Epochs      int         `json:"epochs"`
	Batch       int         `json:"batch"`
	Optimizer   string      `json:"optimizer"`
	Rate        float64     `json:"lr"`
	Decay       float64     `json:"decay"`
	Schedule    nn.Schedule `json:"schedule"`
	Smoothing   float64     `json:"smoothing,omitempty"`
	Clip        float64     `json:"clip,omitempty"`
	Patience    int         `json:"patience,omitempty"`
	Seed        uint64      `json:"seed"`
	Limit       int         `json:"limit,omitempty"` // training images, 0: all
	Augment     []string    `json:"augment,omitempty"`
	Normalize   bool        `json:"normalize,omitempty"`
	Init        string      `json:"init,omitempty"` // file of initial weights
	InitSum     string      `json:"init_sha256,omitempty"`
	DataSum     string      `json:"data_sha256"` // of what is trained and tested on
	threads     int
	every       int    // steps between checkpoints
	resume      string // folder of the run to go on with
	name, out   string
	asJSON      bool
	prepare     data.Preparation
}

// native is the name of binary32's own multiplication.
const native = "fp32"

func newTrain() *cobra.Command {
	var t trainFlags
	c := &cobra.Command{
		Use:   "train",
		Short: "train a network whose every multiplication goes through a table",
		Long: `train trains a network once for each multiplier. Every product of dense and
convolution layers, forward and backward, goes through the multiplier's table. The same seed
gives the same losses to the bit, on any number of threads.

Multipliers of 12 to 23 mantissa bits have no table. A built-in one (mitchell_e8m23), or a
function float f(float a, float b) in a C file, is compiled and simulated directly, slower.

What was trained is saved in the run's folder after every epoch and about every minute.
After whatever stopped it, --resume goes on with a run; it ends in the same bits as one
that was never stopped. At the end the weights are there for other programs, and for
approxtrain eval, as safetensors.`,
		Example: `  approxtrain train --model lenet-5 --data digits --mult mbm_e8m7,fp32
  approxtrain train --model lenet-300-100 --data mnist --mult mul.lut --epochs 3
  approxtrain train --data cifar10 --augment crop,flip --normalize --epochs 20
  approxtrain train --data digits --mult mitchell_e8m7 --backward fp32    # another one backward
  approxtrain train --data digits --mult mitchell_e8m23,my_model.c,my_model.c:f2 # functions in C
  approxtrain train --resume runs/lenet-5_digits_1    # after an interrupt`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return t.run(c.Context(), c) },
	}
	f := c.Flags()
	f.StringVar(&t.Model, "model", "lenet-5", "`name` of the network: "+strings.Join(nn.Models(), ", "))
	f.StringVar(&t.Data, "data", "digits", "data set: `digits|mnist|fashion-mnist|cifar10|DIR`")
	f.StringSliceVar(&t.Multipliers, "mult", []string{"mbm_e8m7", native}, "`multipliers`: built-in names, .lut files, C models, fp32; trained one after the other")
	f.StringVar(&t.Backward, "backward", "", "`multiplier` of the backward pass (default: the same)")
	f.IntVar(&t.Epochs, "epochs", 3, "passes over the training images")
	f.IntVar(&t.Batch, "batch", 64, "images per step")
	f.StringVar(&t.Optimizer, "optimizer", "adam", "`name`: "+strings.Join(nn.Optimizers, ", "))
	f.Float64Var(&t.Rate, "lr", 0, "learning `rate` (default: 0.001 for adam and adamw, 0.05 for sgd and nesterov)")
	f.Float64Var(&t.Decay, "decay", 0, "weight decay")
	f.StringVar(&t.Schedule.Kind, "schedule", "cosine", "`kind` of the learning rate's schedule: constant, cosine, step")
	f.Float64Var(&t.Schedule.WarmUp, "warm-up", 0, "`epochs` over which the learning rate rises from 0")
	f.Float64Var(&t.Schedule.Every, "step-every", 0, "`epochs` between the drops of --schedule step")
	f.Float64Var(&t.Schedule.Factor, "step-factor", 0.1, "what --schedule step multiplies the learning rate by")
	f.Float64Var(&t.Smoothing, "smoothing", 0, "label smoothing, from 0 to below 1")
	f.Float64Var(&t.Clip, "clip", 0, "largest `norm` of all gradients together (default: any)")
	f.IntVar(&t.Patience, "patience", 0, "stop after so many `epochs` without a better test accuracy (default: never)")
	f.Uint64Var(&t.Seed, "seed", 1, "seed of weights, order and augmentation")
	f.IntVar(&t.Limit, "limit", 0, "train on the first `N` images only (default: all)")
	f.StringSliceVar(&t.Augment, "augment", nil, augmentUsage+"; anew in each epoch, training images only")
	f.BoolVar(&t.Normalize, "normalize", false, "subtract the mean of each channel and divide by its deviation, both of the training images")
	f.StringVar(&t.Init, "init", "", "`file` of initial weights, safetensors of an equal network (default: random ones)")
	f.IntVar(&t.every, "checkpoint-every", 0, "save after `N` steps (default: about every minute); always after an epoch")
	f.StringVar(&t.resume, "resume", "", "go on with the run in `runs/NAME`, with its configuration")
	f.IntVar(&t.threads, "threads", 0, "threads (default: one per core)")
	f.StringVar(&t.name, "name", "", "`name` of the run's folder (default: model, data and a number)")
	f.StringVar(&t.out, "out", "runs", "`folder` of the runs")
	f.BoolVar(&t.asJSON, "json", false, "print the results as JSON")
	return c
}

// check refuses values out of range and fills in the default rate and the
// preparation of images.
func (t *trainFlags) check() (err error) {
	if t.prepare, err = parseAugment(t.Augment); err != nil {
		return err
	}
	t.prepare.Normalize, t.prepare.Seed = t.Normalize, t.Seed
	if t.Rate == 0 {
		t.Rate = nn.DefaultRate(t.Optimizer)
	}
	if t.Schedule.Kind != "step" {
		t.Schedule.Every, t.Schedule.Factor = 0, 0
	}
	if err := t.Schedule.Check(); err != nil {
		return err
	}
	switch {
	case t.Epochs < 1:
		return fault.Usagef("--epochs %d: expected 1 or more", t.Epochs)
	case t.Batch < 1:
		return fault.Usagef("--batch %d: expected 1 or more", t.Batch)
	case !(t.Rate >= 0):
		return fault.Usagef("--lr %v: expected a rate above zero", t.Rate)
	case !(t.Decay >= 0):
		return fault.Usagef("--decay %v: expected zero or more", t.Decay)
	case !(t.Smoothing >= 0 && t.Smoothing < 1):
		return fault.Usagef("--smoothing %v: expected 0 or more, and below 1", t.Smoothing)
	case !(t.Clip >= 0):
		return fault.Usagef("--clip %v: expected a norm above 0, or 0 for none", t.Clip)
	case t.Patience < 0:
		return fault.Usagef("--patience %d: expected 1 or more epochs, or 0 for none", t.Patience)
	case t.Limit < 0:
		return fault.Usagef("--limit %d: expected 1 or more images, or 0 for all", t.Limit)
	case t.every < 0:
		return fault.Usagef("--checkpoint-every %d: expected 1 or more steps, or 0 for about every minute", t.every)
	case t.threads < 0:
		return fault.Usagef("--threads %d: expected 1 or more, or 0 for one per core", t.threads)
	case len(t.Multipliers) == 0:
		return fault.Usagef("--mult names no multiplier")
	}
	for i, m := range t.Multipliers {
		if slices.Contains(t.Multipliers[:i], m) {
			return fault.Usagef("--mult names %s twice", m)
		}
	}
	return nil
}

// trained is the outcome of training with one multiplier.
type trained struct {
	Multiplier string     `json:"multiplier"`
	Digest     string     `json:"sha256,omitempty"` // of the table or the model's source
	Epochs     []nn.Epoch `json:"epochs"`
}

func (r trained) accuracy() float64 { return r.Epochs[len(r.Epochs)-1].TestAccuracy }

func (t *trainFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := t.readConfig(c); err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return err
	}
	dev, err := cpu.New(t.threads)
	if err != nil {
		return fault.Usagef("%w", err)
	}
	mults, err := t.multipliers(dev) // before the work: the last name may be wrong
	if err != nil {
		return err
	}
	set, err := data.Open(t.Data)
	if err != nil {
		return err
	}
	if t.Limit > 0 && t.Limit < set.Train.Len() {
		set.Train = set.Train.First(t.Limit)
	}
	h, w, ch := set.Train.Shape()
	in := nn.Shape{H: h, W: w, C: ch}
	specs, err := nn.Model(t.Model, in, len(set.Classes))
	if err != nil {
		return err
	}
	build := func(m nn.Multipliers) (*nn.Network, error) { return nn.New(dev, specs, in, t.Batch, m, t.Seed) }
	if _, err := nn.NewPlan(specs, in, t.Batch); err != nil {
		return err
	}
	if _, err := nn.NewOptimizer(t.Optimizer, t.Rate, t.Decay); err != nil {
		return err
	}
	train, test := t.prepare.Apply(set)
	var normal *data.Normalize
	if n, ok := test.(data.Normalize); ok {
		normal = &n
	}
	t.DataSum = set.Digest()
	initial, err := t.readInit(specs, in)
	if err != nil {
		return err
	}
	folder, err := t.openFolder(mults, normal)
	if err != nil {
		return err
	}
	defer folder.close()
	s, err := newSaver(t, folder, mults, in, len(set.Classes))
	if err != nil {
		return err
	}
	if !t.asJSON {
		fmt.Printf("%s on %s (%s training images, %s test images, %d classes), %d epochs, batch %d, %s %g, seed %d, %s\n", t.Model, set.Name,
			count(set.Train.Len()), count(set.Test.Len()), len(set.Classes), t.Epochs, t.Batch, t.Optimizer, t.Rate, t.Seed, dev.Name())
		if what := describePreparation(t.prepare, normal); what != "" {
			fmt.Println(what)
		}
	}
	var results []trained
	for _, m := range mults {
		if epochs, done := s.finished(m); done {
			results = append(results, trained{m.name, m.digest, epochs})
			continue
		}
		if note := m.note(); note != "" && !t.asJSON {
			fmt.Println(note)
		}
		network, err := build(m.pair)
		if err != nil {
			return err
		}
		network.Smoothing = float32(t.Smoothing)
		o, err := nn.NewOptimizer(t.Optimizer, t.Rate, t.Decay)
		if err != nil {
			return err
		}
		start, err := s.begin(m, network, initial)
		if err != nil {
			return err
		}
		epochs, err := t.train(ctx, m, network, o, train, test, folder, s.loop(start))
		if err == nil {
			err = s.end(epochs)
		}
		if err != nil {
			return fmt.Errorf("training with %s: %w", m.name, s.hint(err))
		}
		results = append(results, trained{m.name, m.digest, epochs})
		if err := folder.curves(results); err != nil {
			return err
		}
	}
	if t.asJSON {
		return writeJSON(c.OutOrStdout(), results)
	}
	if err := printTrained(results); err != nil {
		return err
	}
	fmt.Printf("wrote %s: config.json, metrics.jsonl, curves.svg, weights (.safetensors), checkpoints\n", folder.path)
	return nil
}

// train trains one network and shows how it gets on.
func (t *trainFlags) train(ctx context.Context, m named, n *nn.Network, o nn.Optimizer, train, test nn.Examples, folder *runFolder, loop nn.Loop) ([]nn.Epoch, error) {
	p := newProgress(m.name, "images")
	defer p.finish()
	loss, accuracy, first := 0.0, 0.0, true
	return nn.Train(ctx, n, o, train, test, nn.Loop{
		Epochs: t.Epochs, Seed: t.Seed, Schedule: t.Schedule, Clip: t.Clip, Patience: t.Patience,
		Start: loop.Start, Checkpoints: loop.Checkpoints,
		OnStep: func(s nn.Step) {
			const keep = 0.98 // of the moving averages
			if first {
				loss, first = s.Loss, false
				accuracy = float64(s.Correct) / float64(t.Batch)
			}
			loss = keep*loss + (1-keep)*s.Loss
			accuracy = keep*accuracy + (1-keep)*float64(s.Correct)/float64(t.Batch)
			p.describe(fmt.Sprintf("%s: loss %.3f, accuracy %.1f %%", m.name, loss, 100*accuracy))
			p.set(uint64(s.Step*t.Batch), uint64(s.Of*t.Batch))
		},
		OnEpoch: func(e nn.Epoch) {
			folder.metrics(m.name, e)
			if !t.asJSON {
				p.finish()
				fmt.Printf("%s: epoch %d: loss %.4f, training accuracy %.2f %%, test accuracy %.2f %%, %.0f images/s\n",
					m.name, e.Epoch, e.TrainLoss, 100*e.TrainAccuracy, 100*e.TestAccuracy, float64(e.Images)/e.TrainTime.Seconds())
			}
		},
	})
}

// printTrained prints one line a multiplier, with the difference to fp32 where
// that was trained too.
func printTrained(results []trained) error {
	base, hasBase := 0.0, false
	for _, r := range results {
		if r.Multiplier == native {
			base, hasBase = r.accuracy(), true
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "multiplier\ttest accuracy\tto fp32\ttime\timages/s\t")
	for _, r := range results {
		images, took := 0, time.Duration(0)
		for _, e := range r.Epochs {
			images += e.Images
			took += e.TrainTime
		}
		diff := "–"
		if hasBase && r.Multiplier != native {
			diff = fmt.Sprintf("%+.2f points", 100*(r.accuracy()-base))
		}
		fmt.Fprintf(w, "%s\t%.2f %%\t%s\t%.1f s\t%.0f\t\n", r.Multiplier, 100*r.accuracy(), diff, took.Seconds(), float64(images)/took.Seconds())
	}
	return w.Flush()
}
