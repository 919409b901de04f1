package bench

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/meter"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/nn"
)

// ModelOptions say which training steps RunModel measures. All numbers must be in their Ranges.
type ModelOptions struct {
	Model      string   // one of nn.Models
	Multiplier string   // of all layers, as experiment.Plain takes it
	Image      nn.Shape // of the images; the zero Shape is ImageOf(Model)
	Classes    int
	Batch      int // images in a step
	Steps      int // that are measured, after one that does not count
	Threads    int // of the processor, 0 for one per core
	// Device is the name of a device, as devices.Open takes it. "" is the processor.
	Device string
	// Watcher hears about the progress. nil is nobody.
	Watcher Watcher
}

// Ranges are where the numbers of ModelOptions must lie. Side is the height, the width and the channels of
// images, each.
var Ranges = struct{ Side, Classes, Batch, Steps, Threads limits.Range[int] }{
	Side:    limits.Range[int]{Least: 1, Most: 1 << 14},
	Classes: limits.Range[int]{Least: 1, Most: 65_536},
	Batch:   experiment.Ranges.Batch,
	Steps:   limits.Range[int]{Least: 1, Most: 1_000_000},
	Threads: limits.Threads,
}

// check refuses numbers that are out of their ranges.
func (o *ModelOptions) check() error {
	for _, n := range []struct {
		what  string
		value int
		in    limits.Range[int]
	}{
		{"height of the images", o.Image.H, Ranges.Side}, {"width of the images", o.Image.W, Ranges.Side},
		{"channels of the images", o.Image.C, Ranges.Side}, {"classes", o.Classes, Ranges.Classes},
		{"batch", o.Batch, Ranges.Batch}, {"steps", o.Steps, Ranges.Steps}, {"threads", o.Threads, Ranges.Threads},
	} {
		if err := n.in.Check(n.value); err != nil {
			return fault.Usagef("%s: %d: %w", n.what, n.value, err)
		}
	}
	return nil
}

// ImageOf returns the shape of images of the data set that a model is usually trained on.
func ImageOf(model string) nn.Shape {
	if strings.HasPrefix(model, "lenet") {
		return nn.Shape{H: 28, W: 28, C: 1}
	}
	return nn.Shape{H: 32, W: 32, C: 3}
}

// RunModel trains a network on random images and returns the fastest of the measured steps. On a GPU it first
// measures steps that are not timed operation by operation; the figures step and rate are of these.
func RunModel(ctx context.Context, o ModelOptions) (*ModelResult, error) {
	t := &training{ModelOptions: o}
	m, err := t.open()
	if err != nil {
		return nil, err
	}
	took := time.Duration(0)
	if t.dev.Properties().GPU {
		if took, err = t.plain(ctx, m); err != nil {
			return nil, err
		}
	}
	fastest, err := t.measure(ctx, m)
	if err != nil {
		return nil, err
	}
	fastest.plain = took
	return t.result(fastest)
}

// training measures training steps of a network on random images.
type training struct {
	ModelOptions
	watch Watcher
	dev   device.Device
	specs []nn.Spec
	plan  nn.Plan
}

// open makes everything but the network.
func (t *training) open() (m *experiment.Assigned, err error) {
	if t.dev, t.watch, err = openDevice(t.Device, t.Threads, t.Watcher); err != nil {
		return nil, err
	}
	return t.prepare()
}

// prepare makes the layers and the multiplier, on a device that is open.
func (t *training) prepare() (m *experiment.Assigned, err error) {
	if t.Image == (nn.Shape{}) {
		t.Image = ImageOf(t.Model)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.specs, err = nn.Model(t.Model, t.Image, t.Classes); err != nil {
		return nil, err
	}
	if t.plan, err = nn.NewPlan(t.specs, t.Image, t.Batch); err != nil {
		return nil, err
	}
	if err := experiment.CheckMemory(t.dev, t.Model, t.Batch, uint64(t.plan.Bytes)); err != nil {
		return nil, err
	}
	return experiment.AssignToTrain(t.dev, t.Multiplier, t.plan, t.watch.Logf)
}

// step is a measured training step.
type step struct {
	meter.Measured
	took  time.Duration // of all of it, including the time outside operations
	plain time.Duration // of a step on a GPU that is not timed operation by operation
}

// measure trains on one batch of random images and returns the fastest step.
func (t *training) measure(ctx context.Context, m *experiment.Assigned) (step, error) {
	d := meter.New(t.dev)
	var steps []step
	err := t.train(ctx, d.Whole(), nn.AssignFunc(func(layer string) nn.Multipliers {
		of := m.For(layer)
		of.Forward, of.Backward = meter.Label(of.Forward, layer, false), meter.Label(of.Backward, layer, true)
		return of
	}), func() { d.Take() }, func(i int, start time.Time) {
		s := step{took: time.Since(start), Measured: d.Take()}
		if i == 0 {
			t.watch.Logf("%s: a step that does not count: %.3g s", t.Model, s.took.Seconds())
			return
		}
		t.watch.Logf("%s: step %d of %d: %.3g s", t.Model, i, t.Steps, s.took.Seconds())
		steps = append(steps, s)
	})
	if err != nil {
		return step{}, err
	}
	return slices.MinFunc(steps, func(a, b step) int { return cmp.Compare(a.took, b.took) }), nil
}

// plain returns the mean time of steps that are not timed operation by operation, so that the device waits no more
// than in training.
func (t *training) plain(ctx context.Context, m *experiment.Assigned) (time.Duration, error) {
	var took time.Duration
	err := t.train(ctx, t.dev, m, nil, func(i int, start time.Time) {
		if i > 0 {
			took += time.Since(start)
		}
	})
	return took / time.Duration(t.Steps), err
}

// train trains on one batch of random images. It takes one step more than asked for; the first one does not count,
// because it allocates buffers. before, if not nil, is called before each step, and after with the number of the step
// and the time at which it began.
func (t *training) train(ctx context.Context, d device.Device, m nn.Assignment, before func(),
	after func(i int, start time.Time)) error {
	n, err := nn.New(d, t.specs, t.Image, t.Batch, m, 1)
	if err != nil {
		return err
	}
	c := experiment.Default()
	o, err := nn.NewOptimizer(c.Optimizer, c.Rate, c.Decay)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	x, labels := normals(rng, t.Batch*t.Image.Len()), make([]float32, t.Batch)
	for i := range labels {
		labels[i] = float32(rng.IntN(t.Classes))
	}
	for i := range t.Steps + 1 {
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
		if before != nil || i == 0 || i == t.Steps { // else the next step waits for this one
			if err := d.Sync(); err != nil {
				return err
			}
		}
		after(i, start)
	}
	return nil
}
