// Package posttraining quantizes trained networks, so that they compute in integers without more training. It finds the ranges of
// weights and activations, and gives the network codes.
//
// Start reading at Run.
package posttraining

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/calibrate"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/eval"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/quantization"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/nn"
)

// Options say what Run quantizes, and how.
type Options struct {
	Weights    string // as eval.Options has it
	Multiplier string // a table of integers, by name
	Data       string
	Model      string
	// Images is the number of training images whose activations are looked at.
	Images     int
	Observer   calibrate.Observer // of activations
	Percentile float64            // of that observer
	quantization.Codes
	Accumulator device.Accumulator
	// Exact are names and patterns of layers that stay in binary32.
	Exact []string
	// KeepNorms leaves batch normalizations as they are. Without it they are folded; see nn.Fold.
	KeepNorms bool
	Batch     int
	Device    string
	Threads   int
	Logf      func(format string, args ...any)
}

// Quantized is what Run returns.
type Quantized struct {
	Network experiment.Network // that was quantized
	Scheme  *quantization.Scheme
	Tensors []nn.Tensor // weights, in binary32, without folded normalizations
	Layers  []Layer     // the report, in the order of the network
	Source  string      // the file that was read
	config  string      // the file that describes the network's layers, ""
}

// Layer is what the report says of a layer that multiplies.
type Layer struct {
	Name     string    `json:"layer"`
	Exact    bool      `json:"exact,omitempty"` // it stays in binary32
	Operands []Operand `json:"operands,omitempty"`
	// SNR is the ratio of signal to noise of the layer's output in the quantized network, in decibels: the power of the
	// output in binary32 by that of the difference. Nil is infinite, or no number.
	SNR  *float64 `json:"snr_db,omitempty"`
	Sums int      `json:"sums,omitempty"`       // of products, over all images
	Over int      `json:"overflowed,omitempty"` // those that the accumulator could not hold
}

// Operand is what the report says of one operand of a layer's products.
type Operand struct {
	Name     string  `json:"operand"` // input, weight; query, key, attention weight, value
	Least    float32 `json:"least"`   // number that was seen
	Greatest float32 `json:"greatest"`
	// From and To are the numbers that the least and the greatest code stand for; of weights with scales for each channel,
	// those of the channel with the largest scale.
	From    float32 `json:"from"`
	To      float32 `json:"to"`
	Clipped float64 `json:"clipped"` // share of the numbers outside, 0 to 1
}

// Names of the operands of the products of attention.
var attentionOperands = [2][2]string{{"query", "key"}, {"attention weight", "value"}}

// Run quantizes a network.
func Run(ctx context.Context, o Options) (*Quantized, error) {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Images < 1 {
		return nil, fault.Usagef("calibration on %d images: expected 1 or more", o.Images)
	}
	from, err := eval.Open(eval.Options{Weights: o.Weights, Multipliers: []string{o.Multiplier}, Data: o.Data, Model: o.Model, Batch: o.Batch}, o.Images)
	if err != nil {
		return nil, err
	}
	if from.Images.Len() == 0 {
		return nil, fault.Usagef("calibration on no images: %s has no training images", from.Network.Data)
	}
	dev, note, err := devices.Open(cmp.Or(o.Device, devices.Auto), o.Threads)
	if err != nil {
		return nil, err
	}
	if note != "" {
		o.Logf("%s", note)
	}
	q := &quantizing{Options: o, from: from, dev: dev, batch: min(max(1, cmp.Or(o.Batch, from.Network.Batch)), from.Images.Len())}
	return q.run(ctx)
}

// quantizing is the work of Run.
type quantizing struct {
	Options
	from    *eval.Trained
	dev     device.Device
	batch   int
	specs   []nn.Spec
	tensors []nn.Tensor
	plan    nn.Plan
	table   *lut.Table
	mul     *experiment.Assigned
	native  device.Multiplier
}

func (q *quantizing) run(ctx context.Context) (*Quantized, error) {
	q.specs, q.tensors = q.from.Layers, q.from.Tensors
	var err error
	if !q.KeepNorms {
		if q.specs, q.tensors, err = nn.Fold(q.specs, q.from.In, q.tensors); err != nil {
			return nil, err
		}
	}
	if q.plan, err = nn.NewPlan(q.specs, q.from.In, q.batch); err != nil {
		return nil, err
	}
	if err := experiment.CheckMemory(q.dev, q.from.Network.Model, q.batch, uint64(q.plan.Bytes)); err != nil {
		return nil, err
	}
	if err := q.load(); err != nil {
		return nil, err
	}
	exact, err := q.exact()
	if err != nil {
		return nil, err
	}
	plain, err := q.build(nn.Multipliers{Forward: q.native, Backward: q.native})
	if err != nil {
		return nil, err
	}
	q.Logf("looking at the activations of %d training images of %s", q.from.Images.Len(), experiment.Shown(q.from.Network.Data))
	seen := map[nn.Operand]*calibrate.Tensor{}
	if err := nn.Observe(ctx, plain, q.from.Images, func(o nn.Operand, x []float32) {
		t := seen[o]
		if t == nil {
			t = calibrate.New(q.activations(o))
			seen[o] = t
		}
		t.Batch(x)
	}); err != nil {
		return nil, err
	}
	s := &quantization.Scheme{Multiplier: q.mul.Name, Digest: q.mul.Digest, Format: q.table.Format.String(), Magnitude: q.Magnitude,
		Folded: !q.KeepNorms, Sums: quantization.Accumulator{Bits: q.Accumulator.Width(), Overflow: q.Accumulator.Overflow.String()},
		Observer: q.words(), Images: q.from.Images.Len()}
	out := &Quantized{Network: q.from.Network, Scheme: s, Tensors: q.tensors, Source: q.from.Weights, config: q.from.Config}
	for _, l := range q.plan.Layers {
		if !l.Multiplies {
			continue
		}
		layer, report := quantization.Layer{Name: l.Name}, Layer{Name: l.Name, Exact: exact[l.Name]}
		if !report.Exact {
			if layer.Products, report.Operands, err = q.layer(l, seen); err != nil {
				return nil, fmt.Errorf("layer %s: %w", l.Name, err)
			}
		}
		s.Layers, out.Layers = append(s.Layers, layer), append(out.Layers, report)
	}
	return out, q.compare(ctx, plain, s, out.Layers)
}

// load loads the multiplier.
func (q *quantizing) load() (err error) {
	if q.native, err = q.dev.Multiplier(nil); err != nil {
		return err
	}
	all, err := experiment.Assign(q.dev, []experiment.Multiplier{q.from.Multiplier}, q.plan.Layers, q.Logf)
	if err != nil {
		return err
	}
	q.mul = all[0]
	for layer := range q.mul.Layers {
		m := q.mul.For(layer).Forward
		if t := m.Table(); t == nil || !quantization.Integers(m) {
			if t != nil {
				err = device.CheckIntegerTable(t)
			}
			return fault.Usagef("%s is no multiplier for a network of integers, which takes a table of them: %w", q.Multiplier, cmp.Or(err, errNoTable))
		}
		q.table = m.Table()
	}
	if q.table == nil {
		return fault.Usagef("no layer of %s multiplies", q.from.Network.Model)
	}
	if err := q.Accumulator.Check(device.LargestProduct(q.table)); err != nil {
		return fault.Usagef("table %s: %w", q.table.Name, err)
	}
	return quantization.Prepare(q.dev, q.table, q.Magnitude, q.Logf)
}

var errNoTable = fmt.Errorf("it has no table")

// exact returns the layers that stay in binary32.
func (q *quantizing) exact() (map[string]bool, error) {
	out := map[string]bool{}
	var names []string
	for _, l := range q.plan.Layers {
		if l.Multiplies {
			names = append(names, l.Name)
		}
	}
	for _, pattern := range q.Exact {
		hits, err := experiment.MatchLayers(names, pattern)
		if err != nil {
			return nil, fault.Usagef("layers %q: %w", pattern, err)
		}
		if len(hits) == 0 {
			return nil, fault.Usagef("no layer that multiplies has the name %q; there are: %s", pattern, strings.Join(names, ", "))
		}
		for _, n := range hits {
			out[n] = true
		}
	}
	if len(out) == len(names) {
		return nil, fault.Usagef("all layers stay in binary32: there is nothing to quantize")
	}
	return out, nil
}

// words describes how ranges of activations were found.
func (q *quantizing) words() string {
	if q.Observer == calibrate.Percentile {
		return fmt.Sprintf("%s %v", q.Observer, q.Options.Percentile)
	}
	return string(q.Observer)
}

// activations says how the codes of an operand that depends on the image are found.
func (q *quantizing) activations(o nn.Operand) calibrate.Options {
	c := q.Codes.Activation(q.table.Format, o.B)
	c.Observer, c.Percentile = q.Observer, q.Options.Percentile
	return c
}

// layer finds the codes of a layer's operands.
func (q *quantizing) layer(l nn.LayerPlan, seen map[nn.Operand]*calibrate.Tensor) (products []quantization.Product, report []Operand, err error) {
	n := 1
	if l.Kind == "attention" {
		n = 2
	}
	for p := range n {
		names := [2]string{"input", "weight"}
		if n == 2 {
			names = attentionOperands[p]
		}
		var both [2]device.Quantizer
		for side, name := range names {
			var r Operand
			if t := seen[nn.Operand{Layer: l.Name, Product: p, B: side == 1}]; t != nil {
				both[side], r, err = q.activation(t)
			} else {
				both[side], r, err = q.weight(l.Name + ".weight")
			}
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
			r.Name = name
			report = append(report, r)
		}
		products = append(products, quantization.Product{A: quantization.Of(both[0]), B: quantization.Of(both[1])})
	}
	return products, report, nil
}

func (q *quantizing) activation(t *calibrate.Tensor) (device.Quantizer, Operand, error) {
	z, err := t.Quantizer()
	if err != nil {
		return z, Operand{}, err
	}
	r := Operand{From: z.Number(z.Lo, 0), To: z.Number(z.Hi, 0)}
	h := t.Histogram()
	r.Least, r.Greatest = h.Range()
	r.Clipped = h.Clipped(r.From, r.To)
	return z, r, nil
}

// weight finds the codes of a layer's weights, which are known whole: symmetric, from the largest magnitude.
func (q *quantizing) weight(name string) (z device.Quantizer, r Operand, err error) {
	for _, t := range q.tensors {
		if t.Name != name {
			continue
		}
		z, err = calibrate.Channels(q.Codes.Weight(q.table.Format), t.Values, q.Scales(t.Shape[len(t.Shape)-1]))
		if err != nil {
			return z, r, err
		}
		largest := 0
		for c := range z.Scale {
			if z.Scale[c] > z.Scale[largest] {
				largest = c
			}
		}
		var h calibrate.Histogram
		h.Add(t.Values)
		r.Least, r.Greatest = h.Range()
		r.From, r.To = z.Number(z.Lo, largest), z.Number(z.Hi, largest)
		r.Clipped = h.Clipped(r.From, r.To)
		return z, r, nil
	}
	return z, r, fmt.Errorf("the network has no tensor %s", name)
}

func (q *quantizing) build(m nn.Assignment) (*nn.Network, error) {
	n, err := nn.New(q.dev, q.specs, q.from.In, q.batch, m, 0)
	if err != nil {
		return nil, err
	}
	return n, n.SetWeights(q.tensors)
}

// compare fills in what the report says of the quantized network's outputs.
func (q *quantizing) compare(ctx context.Context, plain *nn.Network, s *quantization.Scheme, layers []Layer) error {
	m, err := s.Assign(q.mul, q.native)
	if err != nil {
		return err
	}
	whole, err := q.build(m)
	if err != nil {
		return err
	}
	q.Logf("comparing the outputs of layers with those in binary32")
	at := map[string]int{}
	for i, l := range layers {
		at[l.Name] = i
	}
	// A batch of one network after a batch of the other keeps the memory of two batches, whatever the number of images.
	type power struct{ signal, noise float64 }
	powers := make([]power, len(layers))
	err = nn.OutputsOfBoth(ctx, plain, whole, q.from.Images, func(layer string, exact, got []float32) {
		i, ok := at[layer]
		if !ok {
			return
		}
		for j, v := range exact {
			d := float64(got[j]) - float64(v)
			powers[i].signal += float64(v) * float64(v)
			powers[i].noise += d * d
		}
	})
	if err != nil {
		return err
	}
	for i, p := range powers {
		if snr := 10 * math.Log10(p.signal/p.noise); !math.IsNaN(snr) && !math.IsInf(snr, 0) {
			layers[i].SNR = &snr
		}
	}
	for _, o := range whole.Overflowed() {
		layers[at[o.Layer]].Sums, layers[at[o.Layer]].Over = o.Sums, o.Over
	}
	return nil
}
