package nn

import (
	"fmt"
	"math"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Learning says how the codes of a layer that computes in integers change while it is trained.
//
// The range of an activation is the moving average of the least and the greatest number of each batch, and is first that of
// the first batch. The range of weights is that of the weights as they are. If scales are learned, these ranges are only
// those that training begins with: later the scales are trained as all other parameters, and zero points stay.
type Learning struct {
	// Quantizer returns the codes for numbers of a range: those of operand A, or of B. There is one range for a whole
	// tensor, or one for each channel.
	Quantizer func(b bool, from, to []float32) (device.Quantizer, error)
	// Started means that the Operands have codes to begin with, so that the first batch does not set them.
	Started bool
	// Rate is the share of a batch in a moving average, above 0 and at most 1.
	Rate float32
	// Learned makes scales parameters: S. K. Esser et al., "Learned Step Size Quantization", 2020.
	Learned bool
	// Freeze is the last step of training after which no code changes any more; 0: never.
	Freeze int
}

// stage says how far the learning of an operand's codes is.
type stage int

const (
	unseen  stage = iota // no batch was seen
	learned              // codes follow from what was seen
	frozen               // they do not change any more
)

// learnedOperand is an operand whose codes change in training.
type learnedOperand struct {
	name     string
	q        *device.Quantizer // of the product
	stage    stage
	from, to []float32 // range: moving averages, or of the present weights
	weights  bool
	extremes device.Buffer
	scale    *Param // if it is learned
}

// smallestScale is where a learned scale ends that would fall below it.
const smallestScale = 0x1p-40

// prepareTraining makes ready what training needs.
func (l *integers) prepareTraining() error {
	r := l.rules
	if r.Learning == nil && r.Derivatives == nil && r.Slopes == nil {
		return nil
	}
	if _, ok := l.IntegerDevice.(device.Gradients); !ok {
		return fmt.Errorf("%s does not train networks of integers yet: the processor does", l.Name())
	}
	if err := l.checkDerivatives(); err != nil || r.Learning == nil {
		return err
	}
	for i := range l.products {
		p := &l.products[i]
		for side, q := range []*device.Quantizer{&p.A, &p.B} {
			o := &learnedOperand{name: fmt.Sprintf("%s%s%d.%c", l.layer, quantizerMark, i+1, 'a'+side), q: q,
				weights: side == 1 && len(l.products) == 1}
			q.Scale, q.Zero = append([]float32{}, q.Scale...), append([]int32{}, q.Zero...) // the layer's own
			if r.Learning.Started {
				o.stage = learned
				for c := range q.Scale {
					o.from, o.to = append(o.from, q.Number(q.Lo, c)), append(o.to, q.Number(q.Hi, c))
				}
			}
			o.extremes = l.Alloc(2 * len(q.Scale))
			if r.Learning.Learned {
				n := len(q.Scale)
				o.scale = &Param{Name: o.name + ".scale", Shape: []int{n}, Value: l.Alloc(n), Grad: l.Alloc(n), of: quantizers}
				o.scale.Value.Write(q.Scale)
				o.setPace()
			}
			l.learned = append(l.learned, o)
		}
	}
	return nil
}

func (l *integers) checkDerivatives() error {
	for _, p := range l.products {
		if d := l.rules.Derivatives; d != nil {
			if err := d.Check(p.IntegerProduct); err != nil {
				return err
			}
		}
		if s := l.rules.Slopes; s != nil {
			if a, b := int(p.B.Hi-p.B.Lo)+1, int(p.A.Hi-p.A.Lo)+1; len(s.A) != a || len(s.B) != b {
				return fmt.Errorf("derivatives for %d and %d codes, expected %d and %d", len(s.A), len(s.B), a, b)
			}
		}
	}
	return nil
}

// gradients returns the device that trains.
func (l *integers) gradients() device.Gradients { return l.IntegerDevice.(device.Gradients) }

// learn changes the codes of a product's operands, before they are used.
func (l *integers) learn(product int, a, b device.Buffer, view *device.BatchGemm, step int) {
	if l.learned == nil {
		return
	}
	changed := false
	for side, x := range []device.Buffer{a, b} {
		o := l.learned[2*product+side]
		some, err := l.learnOperand(o, side == 1, x, view, step)
		if err != nil {
			l.common.fail(fmt.Errorf("layer %s: %w", l.layer, err))
			return
		}
		changed = changed || some
	}
	if p := &l.products[product]; changed {
		if err := p.rescale(len(p.scales)); err != nil {
			l.common.fail(fault.Failedf("layer %s: %w", l.layer, err))
		}
	}
}

// learnOperand changes the codes of one operand. Evaluation, step 0, changes those of weights alone, which may have been
// updated since.
func (l *integers) learnOperand(o *learnedOperand, b bool, x device.Buffer, view *device.BatchGemm, step int) (changed bool, err error) {
	rules := l.rules.Learning
	switch {
	case o.stage == frozen, step == 0 && !o.weights && o.stage == unseen:
		return false, nil
	case o.stage == learned && rules.Freeze > 0 && step > rules.Freeze:
		o.stage = frozen
		if o.scale != nil { // the last update counts
			return true, o.takeScale(l.IntegerDevice)
		}
		return false, nil
	case o.scale != nil && o.stage == learned:
		return true, o.takeScale(l.IntegerDevice)
	case o.stage == learned && !o.weights && step == 0:
		return false, nil
	}
	from, to, err := l.extremes(o, b, x, view)
	if err != nil {
		return false, err
	}
	for c := range from {
		if !(from[c]-from[c] == 0 && to[c]-to[c] == 0) {
			return false, nil // what is not finite shows in the loss, which tells of it
		}
	}
	if o.stage == learned && !o.weights {
		for c := range from {
			o.from[c] += float32(rules.Rate * (from[c] - o.from[c]))
			o.to[c] += float32(rules.Rate * (to[c] - o.to[c]))
		}
	} else {
		o.from, o.to = from, to
	}
	q, err := rules.Quantizer(b, o.from, o.to)
	if err != nil {
		return false, err
	}
	copy(o.q.Scale, q.Scale)
	copy(o.q.Zero, q.Zero)
	if step > 0 {
		o.stage = learned
		if o.scale != nil {
			o.scale.Value.Write(o.q.Scale)
			o.setPace()
		}
	}
	return true, nil
}

// setPace makes the learning rate of Adam, whose steps have one size whatever the gradient, relative to the first scale.
func (o *learnedOperand) setPace() {
	sum := float32(0)
	for _, s := range o.q.Scale {
		sum += s
	}
	o.scale.pace = sum / float32(len(o.q.Scale))
}

// takeScale takes the scale that the last update has left.
func (o *learnedOperand) takeScale(d device.Device) error {
	if err := d.Sync(); err != nil {
		return err
	}
	s := make([]float32, len(o.q.Scale))
	if err := o.scale.Value.Read(s); err != nil {
		return err
	}
	for c, v := range s {
		if v-v != 0 {
			return nil // the check of weights after the epoch, or the loss, tells of it
		}
		s[c] = max(v, smallestScale)
	}
	copy(o.q.Scale, s)
	o.scale.Value.Write(s)
	return nil
}

// extremes returns the least and the greatest number of an operand, of the tensor or of each channel.
func (l *integers) extremes(o *learnedOperand, b bool, x device.Buffer, view *device.BatchGemm) (from, to []float32, err error) {
	n := len(o.q.Scale)
	if view != nil { // its elements are no rows
		if err := l.Sync(); err != nil {
			return nil, nil, err
		}
		all := make([]float32, x.Len())
		if err := x.Read(all); err != nil {
			return nil, nil, err
		}
		lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
		for _, v := range viewed(all, view, b, view.Outer) {
			lo, hi = min(lo, v), max(hi, v)
		}
		return []float32{lo}, []float32{hi}, nil
	}
	l.gradients().Extremes(n, x, o.extremes)
	if err := l.Sync(); err != nil {
		return nil, nil, err
	}
	both := make([]float32, 2*n)
	if err := o.extremes.Read(both); err != nil {
		return nil, nil, err
	}
	return both[:n], both[n:], nil
}

// scaleParams returns the parameters that are the learned scales.
func (l *integers) scaleParams() (all []*Param) {
	if l == nil {
		return nil
	}
	for _, o := range l.learned {
		if o.scale != nil {
			all = append(all, o.scale)
		}
	}
	return all
}

// quantizerMark is between the name of a layer and the number, from 1, of a product in the names of what a Snapshot has of
// its codes.
const quantizerMark = "/quantizer"

func isQuantizer(name string) bool { return strings.Contains(name, quantizerMark) }

// tensor returns what a Snapshot has of an operand's codes: the stage, the pace of a learned scale, the number of ranges,
// their least and greatest numbers, the scales and the zero points.
func (o *learnedOperand) tensor(d device.Device) (Tensor, error) {
	v := []float32{float32(o.stage), 0, float32(len(o.from))}
	if o.scale != nil {
		v[1] = o.scale.pace
		if o.stage == learned {
			if err := o.takeScale(d); err != nil {
				return Tensor{}, err
			}
		}
	}
	v = append(append(append(v, o.from...), o.to...), o.q.Scale...)
	for _, z := range o.q.Zero {
		v = append(v, float32(z))
	}
	return Tensor{o.name, []int{len(v)}, v}, nil
}

// restore takes over what tensor returned.
func (o *learnedOperand) restore(t Tensor) error {
	const head = 3
	v, n := t.Values, 0
	scales, zeros := len(o.q.Scale), len(o.q.Zero)
	if len(v) >= head && v[2] == float32(scales) {
		n = scales
	}
	if len(v) != head+2*n+scales+zeros || v[2] != float32(n) {
		return fault.Usagef("tensor %s is not of this network's codes", t.Name)
	}
	q := device.Quantizer{Lo: o.q.Lo, Hi: o.q.Hi, Scale: v[head+2*n:][:scales]}
	for _, z := range v[head+2*n+scales:] {
		if !(z >= float32(q.Lo) && z <= float32(q.Hi)) {
			return fault.Usagef("tensor %s holds no codes: a zero point is %v", t.Name, z)
		}
		q.Zero = append(q.Zero, int32(z))
	}
	if err := q.Check(q.Channels()); err != nil {
		return fault.Usagef("tensor %s holds no codes: %w", t.Name, err)
	}
	switch v[0] {
	case float32(unseen), float32(learned), float32(frozen):
		o.stage = stage(v[0])
	default:
		return fault.Usagef("tensor %s holds no codes: their stage is %v", t.Name, v[0])
	}
	o.from, o.to = append([]float32{}, v[head:head+n]...), append([]float32{}, v[head+n:head+2*n]...)
	copy(o.q.Scale, q.Scale)
	copy(o.q.Zero, q.Zero)
	if o.scale != nil {
		o.scale.Value.Write(o.q.Scale)
		o.scale.pace = v[1]
	}
	return nil
}

// Operands returns the codes of all layers that compute in integers, by layer, as they are after training.
func (n *Network) Operands() map[string][]Operands {
	all := map[string][]Operands{}
	for _, l := range n.dev.quantized {
		for _, p := range l.products {
			all[l.layer] = append(all[l.layer], Operands{p.A, p.B})
		}
	}
	return all
}
