package bench

import (
	"cmp"
	"slices"
	"time"

	"github.com/approxtrain/approxtrain/device/meter"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/nn"
)

// ModelResult is what RunModel returns and what approxtrain bench --model --json prints: the fastest of the
// measured steps.
type ModelResult struct {
	Machine
	Model      string          `json:"model"`
	Multiplier string          `json:"multiplier"`
	Image      [3]int          `json:"image"` // height, width, channels
	Classes    int             `json:"classes"`
	Batch      int             `json:"batch"`   // images in a step
	Figures    []Figure        `json:"figures"` // step, rate, in kernels, and the peak memory or the planned memory
	Layers     []LayerTime     `json:"layers"`  // those that multiply, in the order of the network
	Rest       []OperationTime `json:"rest"`    // everything else, the longest first
}

// LayerTime is the time of a layer's products.
type LayerTime struct {
	Name       string    `json:"name"`
	Forward    PassTime  `json:"forward"`
	InputGrad  *PassTime `json:"input_grad,omitempty"`  // nil: training needs no gradient of the images
	WeightGrad *PassTime `json:"weight_grad,omitempty"` // nil: the layer has no weights
	Share      float64   `json:"share"`                 // of the step, 0 to 1
}

// PassTime is the time of one pass of a layer, for a batch.
type PassTime struct {
	Milliseconds float64 `json:"ms"`
	Products     int     `json:"products"` // those with padding as well
	Rate         float64 `json:"gmac_s"`   // 10^9 products a second, without those with padding
}

// OperationTime is the time of all operations of one kind that are no products through the multiplier.
type OperationTime struct {
	Name         string  `json:"name"` // of the method of device.Device
	Calls        int     `json:"calls,omitempty"`
	Milliseconds float64 `json:"ms"`    // of all calls
	Share        float64 `json:"share"` // of the step, 0 to 1
}

// noOperation is the name for the time in which the device did nothing: copies of images and logits, and the sum of the
// loss.
const noOperation = "no operation"

// Targets for ResNet-18 and images of 32 × 32 pixels.
const (
	promisedShare  = 75  // percent of a step, at least, in simulated kernels
	promisedMemory = 4   // GB, at most,
	promisedBatch  = 128 // for a batch of so many images

	promisedGPURate  = 2000 // images/s, on a GPU,
	promisedGPUBatch = 512  // for a batch of so many images
)

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// result puts together what was measured.
func (t *training) result(s step) (*ModelResult, error) {
	r := &ModelResult{Machine: thisMachine(), Model: t.Model, Multiplier: t.Multiplier,
		Image: [3]int{t.Image.H, t.Image.W, t.Image.C}, Classes: t.Classes, Batch: t.Batch}
	r.Device = t.dev.Name()
	share := func(d time.Duration) float64 { return float64(d) / float64(s.took) }
	kernels, others := time.Duration(0), time.Duration(0)
	for _, l := range t.plan.Layers {
		if !l.Multiplies {
			continue
		}
		all, sum := s.Kernels[l.Name], meter.Work{}
		for _, w := range all {
			sum.Add(w)
		}
		r.Layers = append(r.Layers, LayerTime{l.Name, *timeOf(all[meter.Forward]), timeOf(all[meter.InputGrad]),
			timeOf(all[meter.WeightGrad]), share(sum.Time)})
		kernels += sum.Time
	}
	for name, w := range s.Others {
		r.Rest = append(r.Rest, OperationTime{name, w.Calls, milliseconds(w.Time), share(w.Time)})
		others += w.Time
	}
	left := s.took - kernels - others
	r.Rest = append(r.Rest, OperationTime{noOperation, 0, milliseconds(left), share(left)})
	slices.SortFunc(r.Rest, func(a, b OperationTime) int {
		return cmp.Or(cmp.Compare(b.Milliseconds, a.Milliseconds), cmp.Compare(a.Name, b.Name))
	})
	peak, err := peakMemory()
	if err != nil {
		return nil, err
	}
	memory := Figure{Name: "peak memory", Value: peak / 1e9, Unit: "GB", Less: true}
	memory.compare("all tensors together", float64(t.plan.Bytes)/1e9, 0)
	simulated := Figure{Name: "in kernels", Value: 100 * share(kernels), Unit: "%"}
	if s.plain > 0 {
		memory := Figure{Name: "planned memory", Value: float64(t.plan.Bytes) / 1e9, Unit: "GB", Less: true}
		step := Figure{Name: "step", Value: s.plain.Seconds(), Unit: "s", Less: true}
		r.Figures = []Figure{step, t.rate(s.plain), simulated, memory}
		return r, nil
	}
	if t.promised() {
		simulated.Target = promisedShare
		if t.Batch == promisedBatch {
			memory.Target = promisedMemory
		}
	}
	step := Figure{Name: "step", Value: s.took.Seconds(), Unit: "s", Less: true}
	r.Figures = []Figure{step, t.rate(s.took), simulated, memory}
	return r, nil
}

// timeOf returns the time of a pass, nil for none.
func timeOf(w meter.Work) *PassTime {
	if w.Calls == 0 {
		return nil
	}
	return &PassTime{milliseconds(w.Time), w.Products, float64(w.Terms) / w.Time.Seconds() / 1e9}
}

// rate returns the figure of images a second. The project promises one for ResNet-18 on a GPU.
func (t *training) rate(step time.Duration) Figure {
	f := Figure{Name: "rate", Value: float64(t.Batch) / step.Seconds(), Unit: "images/s"}
	if t.promised() && t.Batch == promisedGPUBatch && t.dev.Properties().GPU {
		f.Target = promisedGPURate
	}
	return f
}

// promised reports whether the project promises something for this network.
func (t *training) promised() bool {
	return t.Model == "resnet-18" && t.Image == (nn.Shape{H: 32, W: 32, C: 3}) && t.Multiplier != experiment.Native
}
