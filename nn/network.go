package nn

import (
	"math"

	"github.com/approxtrain/approxtrain/device"
)

// Network is a chain of layers that ends in logits, with softmax cross-entropy
// as its loss, built for one batch size.
type Network struct {
	dev    *common
	layers *chain
	in     Shape
	batch  int

	multiplies map[string]bool // layers that have multipliers

	x, labels, loss  device.Buffer
	logits, upstream device.Buffer // of a batch between begin and outcome: the last layer's output, and its gradient
	norm, norms      device.Buffer // of one gradient, and of all

	// Smoothing of the labels, from 0 (none) to below 1; see
	// device.Activations.SoftmaxCrossEntropy.
	Smoothing float32
}

// New builds a network for batches of examples of shape in. Initial weights
// follow from the seed. Multipliers are an Assignment, the same for every layer.
func New(d device.Device, specs []Spec, in Shape, batch int, mul Assignment, seed uint64) (*Network, error) {
	multiplies := map[string]bool{}
	noted := AssignFunc(func(layer string) Multipliers {
		multiplies[layer] = true
		return mul.For(layer)
	})
	c := &common{Device: d, batch: batch, mul: noted, spare: map[int][]device.Buffer{}}
	layers, err := build(c, specs, in, seed)
	if err != nil {
		return nil, err
	}
	n := &Network{dev: c, layers: layers, in: in, batch: batch, multiplies: multiplies}
	n.x, n.labels, n.loss = d.Alloc(batch*in.Len()), d.Alloc(batch), d.Alloc(batch)
	n.norm, n.norms = d.Alloc(1), d.Alloc(len(n.Params()))
	return n, c.Sync()
}

// Classes returns the number of logits.
func (n *Network) Classes() int { return n.layers.Out().Len() }

// Params returns all that is trained, in the order of the layers.
func (n *Network) Params() []*Param { return n.layers.Params() }

// State returns what evaluation needs besides the parameters: moving averages.
func (n *Network) State() []*Param { return n.layers.State() }

// forward runs a batch through the layers and returns the logits' buffer.
func (n *Network) forward(x []float32, step int) device.Buffer {
	n.x.Write(x)
	return n.layers.Forward(n.x, step)
}

// Logits computes the logits of a batch, batch × Classes, as in evaluation.
func (n *Network) Logits(x []float32) ([]float32, error) {
	out := make([]float32, n.batch*n.Classes())
	logits := n.forward(x, 0)
	if err := n.dev.Sync(); err != nil {
		return nil, err
	}
	return out, logits.Read(out)
}

// Gradients runs a batch forward and backward; parameters then hold the
// gradients of the mean loss, which is returned with the logits. step counts
// from 1. It fails with a *DivergedError if the loss is no finite number. An error of the
// backward pass is one of the device's next Sync.
func (n *Network) Gradients(x []float32, labels []float32, step int) (loss float64, logits []float32, err error) {
	n.begin(x, labels, step)
	return n.outcome(x, step)
}

// begin queues the first half of Gradients, up to the loss. The device may still be working on it
// until outcome waits for it.
func (n *Network) begin(x []float32, labels []float32, step int) {
	n.logits = n.forward(x, step)
	n.labels.Write(labels)
	n.upstream = n.dev.take(n.logits.Len())
	n.dev.SoftmaxCrossEntropy(n.batch, n.Classes(), n.Smoothing, n.logits, n.labels, n.loss, n.upstream)
}

// outcome returns the results of Gradients, after begin with the same x and step. It queues the
// backward pass and does not wait for it. If the loss is not finite it queues none, so the
// gradients of the step before can be inspected.
func (n *Network) outcome(x []float32, step int) (loss float64, logits []float32, err error) {
	logits, each := make([]float32, n.batch*n.Classes()), make([]float32, n.batch)
	switch err := n.dev.Sync(); {
	case err != nil && withoutNaN(err) == nil: // a layer's input is no number, and has no code
		return math.NaN(), logits, n.diverged(x, step, math.NaN())
	case err != nil:
		return 0, nil, err
	}
	if err := n.logits.Read(logits); err != nil {
		return 0, nil, err
	}
	if err := n.loss.Read(each); err != nil {
		return 0, nil, err
	}
	for _, l := range each {
		loss += float64(l)
	}
	loss /= float64(n.batch)
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return loss, logits, n.diverged(x, step, loss)
	}
	n.layers.Backward(n.upstream, false)
	return loss, logits, nil
}
