package nn

import (
	"fmt"
	"math"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Fold returns a network for evaluation in which each batch normalization that follows a convolution or a dense layer at
// once is part of that layer: its weights are w · g and its bias is shift + (bias − mean) · g with g = scale / √(variance +
// ε), computed in binary64 and rounded once. All layers keep their names; those of the specs are then given.
//
// See B. Jacob et al., 2018, section 3.2.
func Fold(specs []Spec, in Shape, weights []Tensor) ([]Spec, []Tensor, error) {
	if err := CheckWeights(specs, in, weights); err != nil {
		return nil, nil, err
	}
	f := &folding{tensors: map[string]Tensor{}}
	for _, t := range weights {
		f.tensors[t.Name] = t
	}
	specs = f.chain("", specs)
	if f.err != nil {
		return nil, nil, f.err
	}
	var out []Tensor
	for _, t := range weights {
		if t, ok := f.tensors[t.Name]; ok {
			out = append(out, t)
			if bias, ok := f.biases[t.Name]; ok {
				out = append(out, bias)
			}
		}
	}
	return specs, out, nil
}

// FoldSpecs returns the layers of the network that Fold returns.
func FoldSpecs(specs []Spec) []Spec { return (&folding{}).chain("", specs) }

// epsilon is that of batch normalization.
const epsilon = 1e-5

// folding folds the batch normalizations of a network.
type folding struct {
	tensors map[string]Tensor // nil: there are none, and specs only are folded
	biases  map[string]Tensor // that layers get, by the name of their weights
	err     error
}

// chain folds layers one after the other, whose names begin with prefix.
func (f *folding) chain(prefix string, specs []Spec) (out []Spec) {
	count := map[string]int{}
	for _, s := range specs {
		kind := s.kind()
		count[kind]++
		if s.Name == "" {
			s.Name = fmt.Sprintf("%s%d", kind, count[kind])
		}
		name := prefix + s.Name
		switch {
		case s.BatchNorm && len(out) > 0 && folds(out[len(out)-1]):
			before := &out[len(out)-1]
			if before.Conv != nil && before.Conv.NoBias {
				conv := *before.Conv
				conv.NoBias, before.Conv = false, &conv
			}
			f.fold(prefix+before.Name, name)
			continue
		case s.Residual != nil:
			r := &ResidualSpec{Body: f.chain(name+".", s.Residual.Body)}
			if len(s.Residual.Shortcut) > 0 {
				r.Shortcut = f.chain(name+".shortcut.", s.Residual.Shortcut)
			}
			s.Residual = r
		case len(s.Chain) > 0:
			s.Chain = f.chain(name+".", s.Chain)
		}
		out = append(out, s)
	}
	return out
}

// folds says whether a normalization can be part of a layer.
func folds(s Spec) bool { return s.Conv != nil || s.Dense > 0 || s.Linear > 0 }

// fold makes a normalization part of a layer.
func (f *folding) fold(layer, norm string) {
	if f.tensors == nil || f.err != nil {
		return
	}
	w, old := f.tensors[layer+".weight"], f.tensors[layer+".bias"]
	scale, shift := f.tensors[norm+".scale"], f.tensors[norm+".shift"]
	mean, variance := f.tensors[norm+".mean"], f.tensors[norm+".variance"]
	channels := len(scale.Values)
	bias := Tensor{layer + ".bias", []int{channels}, make([]float32, channels)}
	folded := Tensor{w.Name, w.Shape, make([]float32, len(w.Values))}
	factor := make([]float64, channels)
	for c := range channels {
		v := float64(variance.Values[c]) + epsilon
		if !(v > 0) {
			f.err = fault.Usagef("%s.variance holds %v in channel %d: a normalization cannot be folded with it", norm, variance.Values[c], c)
			return
		}
		factor[c] = float64(scale.Values[c]) / math.Sqrt(v)
		b := 0.0
		if len(old.Values) > 0 {
			b = float64(old.Values[c])
		}
		bias.Values[c] = float32(float64(shift.Values[c]) + (b-float64(mean.Values[c]))*factor[c])
	}
	for i, v := range w.Values {
		folded.Values[i] = float32(float64(v) * factor[i%channels])
	}
	for _, t := range []Tensor{scale, shift, mean, variance, old} {
		delete(f.tensors, t.Name)
	}
	if f.biases == nil {
		f.biases = map[string]Tensor{}
	}
	f.tensors[folded.Name], f.biases[folded.Name] = folded, bias
}
