package nn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Tensor is a named tensor outside of any device, the last dimension the fastest.
// Weights of a dense layer are inputs × outputs, of a convolution kernel height ×
// width × input channels of a group × output channels.
type Tensor struct {
	Name   string
	Shape  []int
	Values []float32
}

// elements returns the number of elements of a tensor.
func elements(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

// Weights returns what evaluation needs, parameters and state, in the order of the
// layers.
func (n *Network) Weights() ([]Tensor, error) {
	if err := n.dev.Sync(); err != nil { // else they may be those of a step that failed
		return nil, err
	}
	var all []Tensor
	for _, p := range n.tensors() {
		t := Tensor{p.Name, p.Shape, make([]float32, p.Value.Len())}
		if err := p.Value.Read(t.Values); err != nil {
			return nil, fmt.Errorf("reading %s: %w", p.Name, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// SetWeights takes over the tensors that Weights returned of an equal network. The
// error names those that are missing, that are none of this network's, and whose
// shape is another one; the network is then as it was.
func (n *Network) SetWeights(weights []Tensor) error {
	byName, err := n.match(weights)
	if err != nil {
		return err
	}
	for _, p := range n.tensors() {
		p.Value.Write(byName[p.Name].Values)
	}
	return n.dev.Sync()
}

// CheckWeights says, before anything is computed, what SetWeights of a network would
// say.
func CheckWeights(specs []Spec, in Shape, weights []Tensor) (err error) {
	defer refuseTooLarge(1, &err)
	d := &idle{}
	n, err := New(d, specs, in, 1, Multipliers{Forward: new(tally), Backward: new(tally)}, 0)
	if err == nil {
		_, err = n.match(weights)
	}
	return err
}

// optimizerMark is between the name of a parameter and the number, from 1, of a
// tensor that the optimizer keeps with it.
const optimizerMark = "/optimizer"

// Snapshot returns everything that training has changed: the weights, the optimizer's tensors, and the codes of layers that
// compute in integers.
func (n *Network) Snapshot() ([]Tensor, error) {
	all, err := n.Weights()
	if err != nil {
		return nil, err
	}
	for _, o := range n.learnedOperands() {
		t, err := o.tensor(n.dev)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", o.name, err)
		}
		all = append(all, t)
	}
	for _, p := range n.Params() {
		for i, b := range p.state {
			t := Tensor{fmt.Sprint(p.Name, optimizerMark, i+1), p.Shape, make([]float32, b.Len())}
			if err := b.Read(t.Values); err != nil {
				return nil, fmt.Errorf("reading %s: %w", t.Name, err)
			}
			all = append(all, t)
		}
	}
	return all, nil
}

func isKept(t Tensor) bool { return strings.Contains(t.Name, optimizerMark) }

// OnlyWeights returns the weights of a Snapshot.
func OnlyWeights(snapshot []Tensor) []Tensor {
	return slices.DeleteFunc(slices.Clone(snapshot), func(t Tensor) bool { return isKept(t) || isQuantizer(t.Name) })
}

// HasCodes says whether a Snapshot is of a network with codes that training changes.
func HasCodes(snapshot []Tensor) bool {
	return slices.ContainsFunc(snapshot, func(t Tensor) bool { return isQuantizer(t.Name) })
}

// learnedOperands returns the operands whose codes change in training.
func (n *Network) learnedOperands() (all []*learnedOperand) {
	for _, l := range n.dev.quantized {
		all = append(all, l.learned...)
	}
	return all
}

// restoreCodes takes over the codes of a Snapshot.
func (n *Network) restoreCodes(snapshot []Tensor) error {
	own := map[string]*learnedOperand{}
	for _, o := range n.learnedOperands() {
		own[o.name] = o
	}
	for _, t := range snapshot {
		if !isQuantizer(t.Name) || isKept(t) {
			continue
		}
		o, ok := own[t.Name]
		if !ok {
			return fault.Usagef("tensor %s is none of this network's", t.Name)
		}
		if err := o.restore(t); err != nil {
			return err
		}
		delete(own, t.Name)
	}
	if len(own) > 0 {
		return fault.Usagef("tensor %s is missing", slices.Min(slices.Collect(maps.Keys(own))))
	}
	for _, l := range n.dev.quantized {
		for i := range l.products {
			if p := &l.products[i]; l.learned != nil {
				if err := p.rescale(len(p.scales)); err != nil {
					return fault.Usagef("layer %s: %w", l.layer, err)
				}
			}
		}
	}
	return nil
}

// Restore takes over a Snapshot of an equal network, as SetWeights does.
func (n *Network) Restore(snapshot []Tensor) error {
	kept := map[string]Tensor{}
	for _, t := range snapshot {
		if isKept(t) {
			kept[t.Name] = t
		}
	}
	type pair struct {
		p *Param
		t Tensor
	}
	var pairs []pair
	for _, p := range n.Params() {
		for i := 1; ; i++ {
			name := fmt.Sprint(p.Name, optimizerMark, i)
			t, ok := kept[name]
			if !ok {
				break
			}
			if len(t.Values) != p.Value.Len() {
				return fault.Usagef("tensor %s has %d numbers, expected %d", name, len(t.Values), p.Value.Len())
			}
			pairs = append(pairs, pair{p, t})
			delete(kept, name)
		}
	}
	if len(kept) > 0 {
		return fault.Usagef("tensor %s is none of this network's", slices.Min(slices.Collect(maps.Keys(kept))))
	}
	if err := n.SetWeights(OnlyWeights(snapshot)); err != nil {
		return err
	}
	if err := n.restoreCodes(snapshot); err != nil {
		return err
	}
	count := map[*Param]int{}
	for _, s := range pairs {
		count[s.p]++
		s.p.states(n.dev, count[s.p])[count[s.p]-1].Write(s.t.Values)
	}
	return n.dev.Sync()
}

// tensors returns what Weights are read from.
func (n *Network) tensors() []*Param {
	return slices.DeleteFunc(append(n.Params(), n.State()...), func(p *Param) bool { return p.of == quantizers })
}

// match returns an error if the tensors are not this network's.
func (n *Network) match(weights []Tensor) (map[string]Tensor, error) {
	byName := map[string]Tensor{}
	var wrong []string
	for _, t := range weights {
		if _, twice := byName[t.Name]; twice {
			wrong = append(wrong, t.Name+" is there twice")
		}
		byName[t.Name] = t
	}
	own := map[string]bool{}
	for _, p := range n.tensors() {
		own[p.Name] = true
		switch t, ok := byName[p.Name]; {
		case !ok:
			wrong = append(wrong, p.Name+" is missing")
		case !slices.Equal(t.Shape, p.Shape):
			wrong = append(wrong, fmt.Sprintf("%s is %s, expected %s", p.Name, dimensions(t.Shape), dimensions(p.Shape)))
		case len(t.Values) != p.Value.Len():
			wrong = append(wrong, fmt.Sprintf("%s has %d numbers, expected %d", p.Name, len(t.Values), p.Value.Len()))
		}
	}
	for _, t := range weights {
		if !own[t.Name] {
			wrong = append(wrong, t.Name+" is none of this network's")
		}
	}
	if most := 3; len(wrong) > most {
		wrong = append(wrong[:most:most], fmt.Sprintf("and %d more", len(wrong)-most))
	}
	if len(wrong) > 0 {
		return nil, fault.Usagef("these are the weights of another network: %s", strings.Join(wrong, "; "))
	}
	return byName, nil
}

// dimensions prints a shape: 5×5×1×6.
func dimensions(shape []int) string {
	var parts []string
	for _, s := range shape {
		parts = append(parts, fmt.Sprint(s))
	}
	return strings.Join(parts, "×")
}
