package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

// evaluation is a network with its weights, and the images to classify.
type evaluation struct {
	Options            // with what the training used filled in
	given         bool // that the user has named the multipliers
	weights       *weights
	trained       *experiment.Config // that the weights are of, nil if unknown
	classes       []string
	test, inspect nn.Examples // to classify, and to compare the outputs of layers for
	calibrate     int         // training images to open
	calibration   nn.Examples // these
	specs         []nn.Spec
	in            nn.Shape
}

// read reads the weights and fills in what follows from them.
func read(o Options) (e *evaluation, err error) {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	e = &evaluation{Options: o}
	if e.weights, err = readWeights(o.Weights); err != nil {
		return nil, err
	}
	info := &e.weights.info
	if e.trained, err = e.weights.config(); err != nil {
		return nil, err
	}
	for _, d := range []struct {
		option   string
		to       *string
		fallback string
	}{{"model", &e.Model, info.Model}, {"data", &e.Data, info.Data}} {
		if *d.to == "" {
			*d.to = d.fallback
		}
		if *d.to == "" {
			return nil, fault.Usagef("%w", &UnsaidError{e.weights.path, d.option})
		}
	}
	if e.given = e.Multipliers != nil; !e.given {
		first := info.Multiplier
		if e.weights.scheme != nil {
			first = e.weights.scheme.Multiplier
		}
		for _, m := range []string{first, experiment.Native} {
			if m != "" && !slices.Contains(e.Multipliers, m) {
				e.Multipliers = append(e.Multipliers, m)
			}
		}
	}
	if e.Batch == 0 {
		e.Batch = max(1, info.Batch)
	}
	return e, nil
}

// open opens the images and makes the network's description.
func (e *evaluation) open() error {
	set, err := data.OpenFirst(experiment.Shown(e.Data), func(train, test int) (int, int) {
		if e.Limit > 0 {
			test = min(test, max(e.Limit, e.Layers))
		}
		return min(train, e.calibrate), test
	})
	if err != nil {
		return err
	}
	h, w, c := set.Test.Shape()
	e.in, e.classes = nn.Shape{H: h, W: w, C: c}, set.Classes
	info := e.weights.info
	if info.Classes > 0 {
		if trained := (nn.Shape{H: info.Input[0], W: info.Input[1], C: info.Input[2]}); trained != e.in {
			return fault.Usagef("%s is a network for images of %v, those of %s are %v",
				e.weights.path, trained, set.Name, e.in)
		}
		if info.Classes != len(set.Classes) {
			return fault.Usagef("%s is a network for %d classes, %s has %d",
				e.weights.path, info.Classes, set.Name, len(set.Classes))
		}
	}
	if e.specs, err = e.layersOf(); err != nil {
		return err
	}
	if err := nn.CheckWeights(e.specs, e.in, e.weights.tensors); err != nil {
		return fmt.Errorf("%s: %w", e.weights.path, err)
	}
	first := func(part *data.Split, n int) nn.Examples {
		if n > 0 && n < part.Len() {
			part = part.First(n)
		}
		if info.Mean == nil {
			return part
		}
		return data.Normalize{Examples: part, Mean: info.Mean, Deviation: info.Deviation}
	}
	if info.Mean != nil && (len(info.Mean) != c || len(info.Deviation) != c) {
		return fault.Usagef("%s: %d means and %d deviations for images of %d channels",
			e.weights.path, len(info.Mean), len(info.Deviation), c)
	}
	e.test, e.inspect = first(set.Test, e.Limit), first(set.Test, e.Layers)
	if e.calibrate > 0 {
		e.calibration = first(set.Train, e.calibrate)
	}
	return nil
}

// layersOf returns the layers of the network, with batch normalizations as the weights have them.
func (e *evaluation) layersOf() ([]nn.Spec, error) {
	specs, err := e.described()
	if err == nil && e.weights.scheme != nil && e.weights.scheme.Folded {
		specs = nn.FoldSpecs(specs)
	}
	return specs, err
}

// described returns the layers of the network that was trained: those of the run, of a file that
// describes it, or of a model by name.
func (e *evaluation) described() ([]nn.Spec, error) {
	switch {
	case e.trained != nil && e.trained.Layers != nil && e.trained.Model == e.Model:
		return e.trained.Layers, nil
	case slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(e.Model)):
		c, err := experiment.Load(e.Model)
		if err != nil {
			return nil, err
		}
		if e.trained == nil { // it describes multipliers as well
			e.trained = c
		}
		if c.Layers != nil {
			return c.Layers, nil
		}
		return nn.Model(c.Model, e.in, len(e.classes))
	}
	specs, err := nn.Model(e.Model, e.in, len(e.classes))
	if err != nil {
		err = &ModelError{err}
	}
	return specs, err
}

// multipliers returns what the names stand for: files in the current folder, multipliers of the
// run, which may differ from layer to layer, or those that any run may have.
func (e *evaluation) multipliers() []experiment.Multiplier {
	all := experiment.Plain(e.Multipliers...)
	if e.trained == nil {
		return all
	}
	for i, one := range all {
		if st, err := os.Stat(one.Name); e.given && err == nil && st.Mode().IsRegular() { // from the current folder
			continue
		}
		for _, m := range e.trained.Multipliers {
			if m.Name == one.Name {
				all[i] = m
			}
		}
	}
	return all
}
