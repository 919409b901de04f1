package eval

import (
	"path/filepath"

	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

// Trained is a network with the weights that training has left, and images to calibrate it with.
type Trained struct {
	Weights string             // the file that was read
	Network experiment.Network // as the file describes it
	Layers  []nn.Spec
	In      nn.Shape
	Tensors []nn.Tensor
	// Images are the first training images, normalized as in the training.
	Images nn.Examples
	// Multiplier is the first of the Options, ready to be loaded.
	Multiplier experiment.Multiplier
	// Config is the file that describes the layers, "" if the network is a model by name.
	Config string
}

// Open reads what Options say of weights, network and data, with so many training images.
func Open(o Options, images int) (*Trained, error) {
	e, err := read(o)
	if err != nil {
		return nil, err
	}
	if e.weights.scheme != nil {
		return nil, fault.Usagef("%s: that network computes in integers already; give the one that it was made from", e.weights.path)
	}
	e.calibrate = images
	if err := e.open(); err != nil {
		return nil, err
	}
	info := e.weights.info
	info.Model, info.Data, info.Batch = e.Model, e.Data, e.Batch
	info.Input, info.Classes = [3]int{e.in.H, e.in.W, e.in.C}, len(e.classes)
	config := ""
	if e.trained != nil && e.trained.Layers != nil && e.trained.Model == e.Model {
		config = filepath.Join(filepath.Dir(e.weights.path), "config.json")
	}
	return &Trained{Weights: e.weights.path, Network: info, Layers: e.specs, In: e.in, Tensors: e.weights.tensors, Images: e.calibration,
		Multiplier: e.multipliers()[0], Config: config}, nil
}
