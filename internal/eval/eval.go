// Package eval classifies test images with trained weights under other multipliers: each product of the forward
// pass goes through the table of one multiplier after the other. It says how the accuracy changes, and how far the
// outputs of each layer move from those with binary32 multiplication.
//
// Package experiment trains the weights; this package trains nothing.
//
// Start reading at Run.
package eval

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/quantization"
	"github.com/approxtrain/approxtrain/nn"
)

// Options say what Run evaluates. The zero value of a field is what the training used, unless it says otherwise.
type Options struct {
	// Weights is a file, .safetensors or .checkpoint, also without the extension, or the folder of a run that
	// holds the weights of one network.
	Weights string
	// Multipliers are names as experiment.Plain takes them, or of multipliers of the run. None are the one of the
	// training, and fp32.
	Multipliers []string
	// Data is the name of an image set, as data.Open takes it.
	Data string
	// Model is the name of a network, or an experiment's file that describes it.
	Model string
	Batch int // images at a time
	Limit int // classify the first test images only, 0 for all
	// Layers is the number of test images for which the outputs of layers are compared, 0 for no comparison.
	Layers int
	// Device is the name of a device, as devices.Open takes it; "" is devices.Auto.
	Device  string
	Threads int // of the processor, 0 for one per core
	// Logf, if not nil, hears about the course of the work, a line at a time.
	Logf func(format string, args ...any)
}

// Evaluation is what Run returns.
type Evaluation struct {
	Weights     string             // the file that was read
	Network     experiment.Network // as the file describes it
	Model, Data string             // as used
	Classes     []string           // of the images
	Images      int                // that were classified
	LayerImages int                // for which the outputs of layers were compared
	Layers      []string           // that were compared, in the order of the network
	Results     []Result           // one for each multiplier
	// Scheme says how the network computes in integers with tables of its format; nil: it has no codes.
	Scheme *quantization.Scheme
}

// Result is the outcome with one multiplier, and an element of what approxtrain eval --json prints.
type Result struct {
	Multiplier string       `json:"multiplier"`
	Digest     string       `json:"sha256,omitempty"` // of the table
	Images     int          `json:"images"`
	Accuracy   float64      `json:"accuracy"`         // 0 to 1
	Confusion  [][]int      `json:"confusion"`        // images of a class, the first index, taken for another
	Layers     []MovedLayer `json:"layers,omitempty"` // the one that moved most first
	// Overflowed are the layers of a network of integers in which the accumulator could not hold sums.
	Overflowed []OverflowedSums `json:"overflowed,omitempty"`
}

// OverflowedSums counts the sums of a layer that its accumulator could not hold, among all sums of its products.
type OverflowedSums struct {
	Layer string `json:"layer"`
	Sums  int    `json:"sums"`
	Over  int    `json:"over"`
}

// UnsaidError means that a file of weights does not say something that the Options do not say either.
type UnsaidError struct {
	Path   string
	Option string // "model" or "data"
}

func (e *UnsaidError) Error() string {
	return fmt.Sprintf("%s does not say what it was trained with: its %s is unknown", e.Path, e.Option)
}

// ModelError means that there is no network of a name. A file may describe it.
type ModelError struct{ Err error }

func (e *ModelError) Error() string { return e.Err.Error() }
func (e *ModelError) Unwrap() error { return e.Err }

// Run evaluates. Weights that do not fit the network or the images are an error of the user, an [*UnsaidError] or a
// [*ModelError] if the Options can say more.
func Run(ctx context.Context, o Options) (*Evaluation, error) {
	e, err := read(o)
	if err != nil {
		return nil, err
	}
	dev, note, err := devices.Open(cmp.Or(o.Device, devices.Auto), o.Threads)
	if err != nil {
		return nil, err
	}
	if note != "" {
		e.Logf("%s", note)
	}
	if err := e.open(); err != nil {
		return nil, err
	}
	return e.run(ctx, dev)
}

// assignment returns what each layer multiplies with: by the scheme of the weights, if they have one and the multiplier is a
// table of integers.
func (e *evaluation) assignment(dev device.Device, m *experiment.Assigned, native device.Multiplier) (nn.Assignment, error) {
	s := e.weights.scheme
	if s == nil {
		return m, nil
	}
	whole := map[string]bool{}
	for _, layer := range slices.Sorted(maps.Keys(m.Layers)) {
		f := m.For(layer).Forward
		if !quantization.Integers(f) {
			continue
		}
		if err := s.Fits(layer, f.Table()); err != nil {
			return nil, err
		}
		if whole[f.Table().Digest()] {
			continue
		}
		whole[f.Table().Digest()] = true
		if err := quantization.Prepare(dev, f.Table(), s.Magnitude, e.Logf); err != nil {
			return nil, err
		}
	}
	if len(whole) == 0 {
		return m, nil
	}
	return s.Assign(m, native)
}

// run classifies the images on a device.
func (e *evaluation) run(ctx context.Context, dev device.Device) (*Evaluation, error) {
	plan, err := nn.NewPlan(e.specs, e.in, e.Batch)
	if err != nil {
		return nil, err
	}
	if err := experiment.CheckMemory(dev, e.Model, e.Batch, uint64(plan.Bytes)); err != nil {
		return nil, err
	}
	mults, err := experiment.Assign(dev, e.multipliers(), plan.Layers, e.Logf)
	if err != nil {
		return nil, err
	}
	native, err := dev.Multiplier(nil)
	if err != nil {
		return nil, err
	}
	if s := e.weights.scheme; s != nil {
		if err := s.Check(plan); err != nil {
			return nil, fmt.Errorf("%s: %w", e.weights.path, err)
		}
	}
	build := func(m nn.Assignment) (*nn.Network, error) {
		n, err := nn.New(dev, e.specs, e.in, e.Batch, m, 0)
		if err != nil {
			return nil, err
		}
		return n, n.SetWeights(e.weights.tensors)
	}
	all := &Evaluation{Weights: e.weights.path, Network: e.weights.info, Model: e.Model, Data: e.Data,
		Classes: e.classes, Images: e.test.Len(), Scheme: e.weights.scheme}
	var exact *outputs
	if e.Layers > 0 {
		n, err := build(nn.Multipliers{Forward: native, Backward: native})
		if err != nil {
			return nil, err
		}
		if exact, err = outputsOf(ctx, n, e.inspect); err != nil {
			return nil, err
		}
		all.Layers, all.LayerImages = exact.layers, e.inspect.Len()
	}
	for _, m := range mults {
		mul, err := e.assignment(dev, m, native)
		if err != nil {
			return nil, fmt.Errorf("with %s: %w", m.Name, err)
		}
		n, err := build(mul)
		if err != nil {
			return nil, err
		}
		r, err := e.evaluate(ctx, n, m, exact)
		if err != nil {
			return nil, fmt.Errorf("with %s: %w", m.Name, err)
		}
		all.Results = append(all.Results, r)
	}
	return all, nil
}

// evaluate classifies the images with one multiplier. exact, if not nil, are the outputs with binary32
// multiplication.
func (e *evaluation) evaluate(ctx context.Context, n *nn.Network, m *experiment.Assigned,
	exact *outputs) (r Result, err error) {
	r = Result{Multiplier: m.Name, Digest: m.Digest, Images: e.test.Len()}
	if r.Confusion, err = nn.Confusion(ctx, n, e.test); err != nil {
		return r, err
	}
	right := 0
	for c := range r.Confusion {
		right += r.Confusion[c][c]
	}
	for _, o := range n.Overflowed() {
		if o.Over > 0 {
			r.Overflowed = append(r.Overflowed, OverflowedSums(o))
		}
	}
	r.Accuracy = float64(right) / float64(max(1, r.Images))
	if exact != nil && m.Name != experiment.Native {
		r.Layers, err = exact.moved(ctx, n, e.inspect)
	}
	return r, err
}
