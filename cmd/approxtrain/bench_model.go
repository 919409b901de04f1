package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"approxtrain/device"
	"approxtrain/device/meter"
	"approxtrain/devices"
	"approxtrain/experiment"
	"approxtrain/internal/fault"
	"approxtrain/internal/limits"
	"approxtrain/nn"
)

// modelBench measures training steps of a network on random images.
type modelBench struct {
	model, mult, image, device     string
	batch, classes, steps, threads int

	in    nn.Shape
	specs []nn.Spec
	plan  nn.Plan
	dev   device.Device
}

// ownFlags are the flags that mean something with --model alone.
var ownFlags = []string{"mult", "image", "classes", "batch", "steps", "threads"}

func (b *modelBench) flags(f *pflag.FlagSet) {
	b.classes, b.batch, b.steps = 10, 128, 2
	f.StringVar(&b.model, "model", "", "measure training steps of the network of that `name` instead: "+strings.Join(nn.Models(), ", "))
	f.StringVar(&b.mult, "mult", "mbm_e8m7", "with --model: `multiplier`, a built-in name, .lut file, C model or fp32")
	f.StringVar(&b.image, "image", "", "with --model: `HxWxC` of the images (default: 32x32x3, 28x28x1 for LeNet)")
	numberVar(f, &b.classes, "classes", "", limits.Range[int]{Least: 1, Most: 65_536}, "with --model: classes")
	numberVar(f, &b.batch, "batch", "", experiment.Ranges.Batch, "with --model: images per step")
	numberVar(f, &b.steps, "steps", "", limits.Range[int]{Least: 1, Most: 1_000_000}, "with --model: measure `N` steps, after one that does not count")
	numberVar(f, &b.threads, "threads", "", limits.Threads, "with --model: threads (default: one per core)")
}

// only refuses flags that mean nothing together.
func (b *modelBench) only(given *pflag.FlagSet) error {
	if b.model == "" {
		for _, name := range ownFlags {
			if given.Changed(name) {
				return fault.Usagef("--%s is for the steps of a network: give --model too", name)
			}
		}
		return nil
	}
	for _, name := range []string{"filter", "verbose", "quick"} {
		if given.Changed(name) {
			return fault.Usagef("--%s is for the other benchmarks: --model measures the steps of a network, layer by layer, and nothing else", name)
		}
	}
	return nil
}

// open makes everything but the network.
func (b *modelBench) open() (m *experiment.Assigned, err error) {
	dev, note, err := devices.Open(cmp.Or(b.device, devices.CPU), b.threads)
	if err != nil {
		return nil, err
	}
	if b.dev = dev; note != "" {
		logf("%s", note)
	}
	return b.prepare()
}

// prepare makes the layers and the multiplier, on a device that is open.
func (b *modelBench) prepare() (m *experiment.Assigned, err error) {
	if b.in, err = parseImage(b.image, b.model); err != nil {
		return nil, err
	}
	if b.specs, err = nn.Model(b.model, b.in, b.classes); err != nil {
		return nil, err
	}
	if b.plan, err = nn.NewPlan(b.specs, b.in, b.batch); err != nil {
		return nil, err
	}
	if err := experiment.CheckMemory(b.dev, b.model, b.batch, uint64(b.plan.Bytes)); err != nil {
		return nil, err
	}
	all, err := experiment.Assign(b.dev, experiment.Plain(b.mult), b.plan.Layers, logf)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// largestImage is the most pixels of a side, and the most channels.
const largestImage = 1 << 14

// parseImage reads the size of images; the default is that of the data set that a
// model is usually trained on.
func parseImage(text, model string) (nn.Shape, error) {
	switch {
	case text != "":
	case strings.HasPrefix(model, "lenet"):
		text = "28x28x1"
	default:
		text = "32x32x3"
	}
	var size [3]int
	parts := strings.Split(text, "x")
	for i := range size {
		if len(parts) == len(size) {
			size[i], _ = strconv.Atoi(parts[i])
		}
		if size[i] < 1 || size[i] > largestImage {
			return nn.Shape{}, fault.Usagef("--image %s: expected height, width and channels, each 1 to %d, such as 224x224x3", limits.Show(text), largestImage)
		}
	}
	return nn.Shape{H: size[0], W: size[1], C: size[2]}, nil
}

func (b *modelBench) run(c *cobra.Command, asJSON bool) error {
	m, err := b.open()
	if err != nil {
		return err
	}
	took := time.Duration(0)
	if devices.IsGPU(b.dev) {
		if took, err = b.plain(c.Context(), m); err != nil {
			return err
		}
	}
	fastest, err := b.measure(c.Context(), m)
	if err != nil {
		return err
	}
	fastest.plain = took
	r, err := b.result(fastest)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), r)
	}
	return r.print(c.OutOrStdout())
}

// step is a measured training step.
type step struct {
	meter.Measured
	took  time.Duration // all of it, what is no operation included
	plain time.Duration // of a step on a GPU that is not timed operation by operation
}

// measure trains on one batch of random images and returns the fastest step.
func (b *modelBench) measure(ctx context.Context, m *experiment.Assigned) (step, error) {
	d := meter.New(b.dev)
	var steps []step
	err := b.train(ctx, d, nn.AssignFunc(func(layer string) nn.Multipliers {
		of := m.For(layer)
		return nn.Multipliers{Forward: meter.Label(of.Forward, layer, false), Backward: meter.Label(of.Backward, layer, true)}
	}), func() { d.Take() }, func(i int, start time.Time) {
		s := step{took: time.Since(start), Measured: d.Take()}
		if i == 0 {
			logf("%s: a step that does not count: %.3g s", b.model, s.took.Seconds())
			return
		}
		logf("%s: step %d of %d: %.3g s", b.model, i, b.steps, s.took.Seconds())
		steps = append(steps, s)
	})
	if err != nil {
		return step{}, err
	}
	return slices.MinFunc(steps, func(a, b step) int { return cmp.Compare(a.took, b.took) }), nil
}

// plain returns the time of a step that is not timed operation by operation: all
// together, without waiting between them for more than training does.
func (b *modelBench) plain(ctx context.Context, m *experiment.Assigned) (time.Duration, error) {
	var took time.Duration
	err := b.train(ctx, b.dev, m, nil, func(i int, start time.Time) {
		if i > 0 {
			took += time.Since(start)
		}
	})
	return took / time.Duration(b.steps), err
}

// train trains on one batch of random images: one step more than asked for, the first
// not to be counted, since it makes buffers. before and after, if there, are called
// around each; after is given when the step began.
func (b *modelBench) train(ctx context.Context, d device.Device, m nn.Assignment, before func(), after func(i int, start time.Time)) error {
	n, err := nn.New(d, b.specs, b.in, b.batch, m, 1)
	if err != nil {
		return err
	}
	c := experiment.Default()
	o, err := nn.NewOptimizer(c.Optimizer, c.Rate, c.Decay)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	x, labels := normals(rng, b.batch*b.in.Len()), make([]float32, b.batch)
	for i := range labels {
		labels[i] = float32(rng.IntN(b.classes))
	}
	for i := range b.steps + 1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if before != nil {
			before()
		}
		start := time.Now()
		if _, _, err := n.Gradients(x, labels, i+1); err != nil {
			return err
		}
		o.Update(d, n.Params(), i+1, 1, 1)
		if before != nil || i == 0 || i == b.steps { // else the next step waits for this one
			if err := d.Sync(); err != nil {
				return err
			}
		}
		after(i, start)
	}
	return nil
}

var peakLine = regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`)

// peakMemory returns the most bytes of memory that this process had at any time.
func peakMemory() (float64, error) {
	const path = "/proc/self/status"
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("reading the peak of memory: %w", err)
	}
	g := peakLine.FindSubmatch(text)
	if g == nil {
		return 0, fmt.Errorf("reading the peak of memory: %s has no VmHWM", path)
	}
	kib, err := strconv.ParseFloat(string(g[1]), 64)
	return kib * 1024, err
}
