package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"approxtrain/device/meter"
)

// modelResult is what bench --model prints: the fastest of the measured steps.
type modelResult struct {
	CPU        string          `json:"cpu"`
	Cores      int             `json:"cores"`
	Device     string          `json:"device"`
	Model      string          `json:"model"`
	Multiplier string          `json:"multiplier"`
	Image      [3]int          `json:"image"` // height, width, channels
	Classes    int             `json:"classes"`
	Batch      int             `json:"batch"`
	Figures    []figure        `json:"figures"`
	Layers     []layerTime     `json:"layers"` // those that multiply
	Rest       []operationTime `json:"rest"`   // everything else, the longest first
}

// layerTime is the time of a layer's products.
type layerTime struct {
	Name       string    `json:"name"`
	Forward    passTime  `json:"forward"`
	InputGrad  *passTime `json:"input_grad,omitempty"`  // none: nobody asks for it
	WeightGrad *passTime `json:"weight_grad,omitempty"` // none: there are no weights
	Share      float64   `json:"share"`                 // of the step, 0 to 1
}

// passTime is that of one pass, for a batch.
type passTime struct {
	Milliseconds float64 `json:"ms"`
	Products     int     `json:"products"` // those with padding as well
	Rate         float64 `json:"gmac_s"`   // 10^9 products a second, without those with padding
}

// operationTime is the time of operations other than products.
type operationTime struct {
	Name         string  `json:"name"`
	Calls        int     `json:"calls,omitempty"`
	Milliseconds float64 `json:"ms"`
	Share        float64 `json:"share"`
}

// noOperation is what is called the time of a step in which the device had nothing to
// do: copies of images and logits, the sum of the loss.
const noOperation = "no operation"

// Promises for ResNet-18 and images of CIFAR-10's size.
const (
	promisedShare  = 75  // percent of a step, at least, in simulated kernels
	promisedMemory = 4   // GB, at most,
	promisedBatch  = 128 // for a batch of so many images

	promisedGPURate  = 2000 // images/s, on a GPU,
	promisedGPUBatch = 512  // for a batch of so many images
)

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// result puts together what was measured.
func (b *modelBench) result(s step) (*modelResult, error) {
	r := &modelResult{CPU: cpuName(), Cores: runtime.NumCPU(), Device: b.dev.Name(), Model: b.model, Multiplier: b.mult,
		Image: [3]int{b.in.H, b.in.W, b.in.C}, Classes: b.classes, Batch: b.batch}
	share := func(d time.Duration) float64 { return float64(d) / float64(s.took) }
	kernels, others := time.Duration(0), time.Duration(0)
	for _, l := range b.plan.Layers {
		if !l.Multiplies {
			continue
		}
		all, sum := s.Kernels[l.Name], meter.Work{}
		for _, w := range all {
			sum.Add(w)
		}
		r.Layers = append(r.Layers, layerTime{l.Name, *timeOf(all[meter.Forward]), timeOf(all[meter.InputGrad]), timeOf(all[meter.WeightGrad]), share(sum.Time)})
		kernels += sum.Time
	}
	for name, w := range s.Others {
		r.Rest = append(r.Rest, operationTime{name, w.Calls, milliseconds(w.Time), share(w.Time)})
		others += w.Time
	}
	left := s.took - kernels - others
	r.Rest = append(r.Rest, operationTime{noOperation, 0, milliseconds(left), share(left)})
	slices.SortFunc(r.Rest, func(a, b operationTime) int {
		return cmp.Or(cmp.Compare(b.Milliseconds, a.Milliseconds), cmp.Compare(a.Name, b.Name))
	})
	peak, err := peakMemory()
	if err != nil {
		return nil, err
	}
	memory := figure{Name: "peak memory", Value: peak / 1e9, Unit: "GB", Less: true}
	memory.compare("all tensors together", float64(b.plan.Bytes)/1e9, 0)
	simulated := figure{Name: "in kernels", Value: 100 * share(kernels), Unit: "%"}
	if s.plain > 0 {
		memory := figure{Name: "planned memory", Value: float64(b.plan.Bytes) / 1e9, Unit: "GB", Less: true}
		r.Figures = []figure{{Name: "step", Value: s.plain.Seconds(), Unit: "s", Less: true}, b.rate(s.plain), simulated, memory}
		return r, nil
	}
	if b.promised() {
		simulated.Target = promisedShare
		if b.batch == promisedBatch {
			memory.Target = promisedMemory
		}
	}
	r.Figures = []figure{{Name: "step", Value: s.took.Seconds(), Unit: "s", Less: true}, b.rate(s.took), simulated, memory}
	return r, nil
}

// timeOf returns the time of a pass, nil for none.
func timeOf(w meter.Work) *passTime {
	if w.Calls == 0 {
		return nil
	}
	return &passTime{milliseconds(w.Time), w.Products, float64(w.Terms) / w.Time.Seconds() / 1e9}
}

func (r *modelResult) print(out io.Writer) error {
	fmt.Fprintf(out, "%s, images of %d×%d×%d, %d classes, batch %d, %s, %s\n", r.Model, r.Image[0], r.Image[1], r.Image[2], r.Classes, r.Batch, r.Multiplier, r.Device)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "layer\tforward ms\tGMAC/s\tinput gradient ms\tGMAC/s\tweight gradient ms\tGMAC/s\tof the step\t")
	for _, l := range r.Layers {
		fmt.Fprintf(w, "%s\t%v\t%v\t%v\t%.1f %%\t\n", l.Name, &l.Forward, l.InputGrad, l.WeightGrad, 100*l.Share)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	fmt.Fprintln(w, "the rest\tcalls\tms\tof the step\t")
	for _, o := range r.Rest {
		calls := ""
		if o.Calls > 0 {
			calls = count(o.Calls)
		}
		fmt.Fprintf(w, "%s\t%s\t%.1f\t%.1f %%\t\n", o.Name, calls, o.Milliseconds, 100*o.Share)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	printFigures(r.Figures)
	return nil
}

// String returns two columns of the table.
func (p *passTime) String() string {
	if p == nil {
		return "–\t–"
	}
	return fmt.Sprintf("%.1f\t%.2f", p.Milliseconds, p.Rate)
}
