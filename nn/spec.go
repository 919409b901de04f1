package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"approxtrain/device"
	"approxtrain/internal/fault"
)

// Spec describes a layer. Exactly one of the fields is set.
type Spec struct {
	Dense   int       // outputs; the input is flattened
	Conv    *ConvSpec //
	ReLU    bool
	MaxPool int // window and stride
	AvgPool int
	Dropout float32 // rate
}

// ConvSpec describes a convolution: square kernels, equal in both directions.
type ConvSpec struct{ Out, Kernel, Stride, Pad, Dilation, Groups int }

// models by name. LeNet-300-100 and LeNet-5: Y. LeCun et al., "Gradient-based
// learning applied to document recognition", 1998; as is usual today with ReLU,
// maximum pooling and a softmax. The last layer gives the logits.
var models = map[string]func(classes int) []Spec{
	"lenet-300-100": func(classes int) []Spec {
		return []Spec{{Dense: 300}, {ReLU: true}, {Dense: 100}, {ReLU: true}, {Dense: classes}}
	},
	"lenet-5": func(classes int) []Spec {
		return []Spec{
			{Conv: &ConvSpec{Out: 6, Kernel: 5, Pad: 2}}, {ReLU: true}, {MaxPool: 2},
			{Conv: &ConvSpec{Out: 16, Kernel: 5}}, {ReLU: true}, {MaxPool: 2},
			{Dense: 120}, {ReLU: true}, {Dense: 84}, {ReLU: true}, {Dense: classes},
		}
	},
}

// Models returns the names of the models, sorted.
func Models() []string {
	var names []string
	for n := range models {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Model returns the layers of a model by name.
func Model(name string, classes int) ([]Spec, error) {
	if m, ok := models[name]; ok {
		return m(classes), nil
	}
	near := slices.MinFunc(Models(), func(a, b string) int {
		return levenshtein.ComputeDistance(a, name) - levenshtein.ComputeDistance(b, name)
	})
	return nil, fault.Usagef("no model %s; did you mean %s? There are: %s", name, near, strings.Join(Models(), ", "))
}

// build makes the layers of a network.
func build(d device.Device, specs []Spec, in Shape, batch int, mul Multipliers, seed uint64) ([]Layer, error) {
	var layers []Layer
	count := map[string]int{}
	for i, s := range specs {
		rng := rand.New(rand.NewPCG(seed, uint64(i)+1))
		named := func(kind string, out Shape) base {
			count[kind]++
			return newBase(d, fmt.Sprintf("%s%d", kind, count[kind]), batch, in, out)
		}
		var l Layer
		switch {
		case s.Dense > 0:
			l = newDense(named("dense", Shape{1, 1, s.Dense}), rng, mul, in.Len())
		case s.Conv != nil:
			c := s.Conv.on(in, batch)
			if err := c.Validate(); err != nil {
				return nil, fault.Usagef("layer %d on an input of %v: %w", i+1, in, err)
			}
			l = newConv2d(named("conv", Shape{c.OutH(), c.OutW(), c.OutC}), rng, mul, c)
		case s.ReLU:
			l = &relu{named("relu", in)}
		case s.MaxPool > 0 || s.AvgPool > 0:
			k := max(s.MaxPool, s.AvgPool)
			p := device.Pool{N: batch, H: in.H, W: in.W, C: in.C, KH: k, KW: k, StrideH: k, StrideW: k}
			if in.H < k || in.W < k {
				return nil, fault.Usagef("layer %d: pooling over %d × %d on an input of %v", i+1, k, k, in)
			}
			l = &pool{base: named("pool", Shape{p.OutH(), p.OutW(), p.C}), shape: p}
			if s.MaxPool > 0 {
				l.(*pool).where = d.Alloc(p.OutLen())
			}
		case s.Dropout > 0:
			l = &dropout{base: named("dropout", in), rate: s.Dropout, seed: rng.Uint64()}
		default:
			return nil, fault.Usagef("layer %d has no kind", i+1)
		}
		layers, in = append(layers, l), l.Out()
	}
	return layers, nil
}

func (s ConvSpec) on(in Shape, batch int) device.Conv {
	one := func(n int) int { return max(n, 1) }
	return device.Conv{N: batch, H: in.H, W: in.W, C: in.C, OutC: s.Out, KH: s.Kernel, KW: s.Kernel,
		StrideH: one(s.Stride), StrideW: one(s.Stride), PadH: s.Pad, PadW: s.Pad,
		DilationH: one(s.Dilation), DilationW: one(s.Dilation), Groups: one(s.Groups)}
}
