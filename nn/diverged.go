package nn

import (
	"errors"
	"fmt"
	"math"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/option"
)

// DivergedError tells of numbers that are not finite, with which training cannot go on.
type DivergedError struct {
	Step   int    `json:"step"`
	What   string `json:"what"`   // "layer dense1 gives NaN": the first that is not finite
	Advice string `json:"advice"` // what to look at, or to try
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("training diverged at step %d: %s; %s", e.Step, e.What, e.Advice)
}

// diverged finds the layer in which a loss stopped being finite, by running the batch again.
func (n *Network) diverged(x []float32, step int, loss float64) error {
	layer, value := "", float32(0)
	var failed error
	n.dev.watch = func(name string, out device.Buffer) {
		if layer != "" || failed != nil {
			return
		}
		var found bool
		if failed = withoutNaN(n.dev.Sync()); failed == nil {
			if value, found, failed = notFinite(out); found {
				layer = name
			}
		}
	}
	n.forward(x, step)
	n.dev.watch = nil
	if err := withoutNaN(n.dev.Sync()); failed == nil {
		failed = err
	}
	if failed != nil {
		return failed
	}
	e := &DivergedError{Step: step, What: fmt.Sprintf("the loss is %v", loss)}
	if layer != "" {
		e.What = fmt.Sprintf("layer %s gives %v", layer, value)
	}
	if step > 1 {
		return n.blameUpdate(e, step-1)
	}
	tensor, value, err := firstNotFinite(n.tensors(), func(p *Param) device.Buffer { return p.Value })
	const untrained = "no weight has been updated yet, so that the learning rate is not the cause: "
	switch {
	case err != nil:
		return err
	case tensor != "":
		e.Advice = fmt.Sprintf("the initial weights are not finite: %s holds %v", tensor, value)
	case n.multiplies[layer]:
		e.Advice = untrained + "its multiplier's products, or sums of them, are not finite, though all operands are"
	default:
		e.Advice = untrained + "numbers become too large in the network's forward pass"
	}
	return e
}

// withoutNaN leaves out the error of a number without a code: the search for the layer whose output it is goes on.
func withoutNaN(err error) error {
	if nan := (*device.NaNError)(nil); errors.As(err, &nan) {
		return nil
	}
	return err
}

// checkWeights fails with a *DivergedError if a step of training has left weights that
// are not finite.
func (n *Network) checkWeights(step int) error {
	tensor, value, err := firstNotFinite(n.tensors(), func(p *Param) device.Buffer { return p.Value })
	if err != nil || tensor == "" {
		return err
	}
	return n.blameUpdate(&DivergedError{Step: step, What: fmt.Sprintf("%s holds %v after it", tensor, value)}, step)
}

// blameUpdate completes an error about what came of the update of a step. The gradients
// that it was made with are still there.
func (n *Network) blameUpdate(e *DivergedError, update int) error {
	tensor, value, err := firstNotFinite(n.Params(), func(p *Param) device.Buffer { return p.Grad })
	switch {
	case err != nil:
		return err
	case tensor == "":
		e.Advice = fmt.Sprintf("try a smaller %v", option.LearningRate)
	case update == 1:
		e.Advice = fmt.Sprintf("the gradient of %s held %v before the first update, so that the learning rate is not the cause: "+
			"products in the backward pass, or sums of them, are not finite", tensor, value)
	default:
		e.Advice = fmt.Sprintf("the gradient of %s held %v at step %d: try a smaller %v, "+
			"or another multiplier in the backward pass", tensor, value, update, option.LearningRate)
	}
	return e
}

// firstNotFinite names the first tensor with a number that is not finite, and that
// number.
func firstNotFinite(params []*Param, of func(*Param) device.Buffer) (name string, value float32, err error) {
	for _, p := range params {
		if v, found, err := notFinite(of(p)); err != nil {
			return "", 0, fmt.Errorf("reading %s: %w", p.Name, err)
		} else if found {
			return p.Name, v, nil
		}
	}
	return "", 0, nil
}

// notFinite returns the first number of a buffer that is not finite.
func notFinite(b device.Buffer) (value float32, found bool, err error) {
	x := make([]float32, b.Len())
	if err := b.Read(x); err != nil {
		return 0, false, err
	}
	for _, v := range x {
		if !(v >= -math.MaxFloat32 && v <= math.MaxFloat32) {
			return v, true, nil
		}
	}
	return 0, false, nil
}
