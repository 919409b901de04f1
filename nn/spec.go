package nn

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Spec describes a layer. Besides Name, exactly one of the fields is set.
type Spec struct {
	Name  string // where it is, "block1"; none: its kind and a number, "conv2"
	Where string `json:"-"` // it was described, for messages: "net.yaml:12:5"

	Dense      int       // outputs; the input is flattened
	Linear     int       // outputs at every position
	Conv       *ConvSpec //
	ReLU       bool
	ReLU6      bool
	GELU       bool
	MaxPool    int // window and stride
	AvgPool    int
	Pool       *PoolSpec // maximum pooling of any shape
	GlobalPool bool      // average over all positions
	Dropout    float32   // rate
	BatchNorm  bool
	LayerNorm  bool
	Tokens     *TokensSpec
	FirstToken bool // that of the class, without the others
	Attention  int  // heads
	Chain      []Spec
	Residual   *ResidualSpec
}

// ConvSpec describes a convolution: square kernels, equal in both directions.
type ConvSpec struct {
	Out, Kernel, Stride, Pad, Dilation, Groups int
	NoBias                                     bool
}

// PoolSpec describes maximum pooling: square windows, equal in both directions.
type PoolSpec struct{ Kernel, Stride, Pad int }

// TokensSpec describes how an image of patches becomes a sequence of tokens: with
// an embedding of the position, and a class token in front or none.
type TokensSpec struct{ Class bool }

// ResidualSpec describes a block whose output is that of Body plus that of
// Shortcut, the input itself if that is empty.
type ResidualSpec struct{ Body, Shortcut []Spec }

// kind is the default name of a layer, "" for none.
func (s Spec) kind() string {
	switch {
	case s.Dense > 0:
		return "dense"
	case s.Linear > 0:
		return "linear"
	case s.Conv != nil:
		return "conv"
	case s.ReLU, s.ReLU6:
		return "relu"
	case s.GELU:
		return "gelu"
	case s.MaxPool > 0, s.AvgPool > 0, s.Pool != nil, s.GlobalPool:
		return "pool"
	case s.Dropout > 0:
		return "dropout"
	case s.BatchNorm, s.LayerNorm:
		return "norm"
	case s.Tokens != nil, s.FirstToken:
		return "tokens"
	case s.Attention > 0:
		return "attention"
	case len(s.Chain) > 0, s.Residual != nil:
		return "block"
	}
	return ""
}

// builder makes the layers of a network.
type builder struct {
	*common
	seed  uint64
	count uint64 // of layers so far, blocks and what they hold: each has its random numbers
	names map[string]bool
}

func build(c *common, specs []Spec, in Shape, seed uint64) (*chain, error) {
	return (&builder{common: c, seed: seed, names: map[string]bool{}}).chain("", "", specs, in)
}

// longestLayer is the most bytes of a layer's whole name: names of tensors have some more.
const longestLayer = limits.LongestName - 32

// chain makes layers one after the other; prefix is in front of their names.
func (b *builder) chain(name, prefix string, specs []Spec, in Shape) (*chain, error) {
	if len(specs) == 0 {
		return nil, fault.Usagef("block %q has no layers", name)
	}
	c := &chain{base: base{b.common, name, in, in}}
	count := map[string]int{}
	for i, s := range specs {
		kind := s.kind()
		if kind == "" {
			return nil, s.at(fault.Usagef("layer %d%s has no kind", i+1, inside(name)))
		}
		count[kind]++
		full := prefix + s.Name
		if s.Name == "" {
			full = fmt.Sprintf("%s%s%d", prefix, kind, count[kind])
		}
		if len(full) > longestLayer {
			return nil, s.at(fault.Usagef("layer %s: its name and those of the blocks that it is in have more than %d bytes together", limits.Show(full), longestLayer))
		}
		if b.names[full] {
			return nil, s.at(fault.Usagef("two layers are named %s; layers without a name get that of their kind with a number", full))
		}
		b.names[full] = true
		var before Layer
		if i > 0 {
			before = c.layers[i-1]
		}
		l, err := b.layer(s, base{b.common, full, c.out, c.out}, before)
		if err != nil {
			return nil, s.at(err)
		}
		b.built(l, c.out, kind)
		c.layers, c.out = append(c.layers, l), l.Out()
	}
	return c, nil
}

// placed is an error that says where the layer is described.
type placed struct {
	where string
	err   error
}

func (p *placed) Error() string { return p.where + ": " + p.err.Error() }
func (p *placed) Unwrap() error { return p.err }

// at puts in front of an error where the layer is described, unless one inside it
// did.
func (s Spec) at(err error) error {
	var p *placed
	if s.Where == "" || errors.As(err, &p) {
		return err
	}
	return &placed{s.Where, err}
}

func inside(name string) string {
	if name == "" {
		return ""
	}
	return " of " + name
}

// layer makes a layer behind another one of the same chain, nil for the first.
// The output of a is still the shape of its input.
func (b *builder) layer(s Spec, a base, before Layer) (Layer, error) {
	b.count++
	rng := rand.New(rand.NewPCG(b.seed, b.count))
	in := a.in
	switch {
	case s.Dense > 0:
		a.out = Shape{1, 1, s.Dense}
		return newDense(a, rng, in.Len(), s.Dense, he(in.Len())), nil
	case s.Linear > 0:
		a.out.C = s.Linear
		return newDense(a, rng, in.C, s.Linear, transformerDeviation), nil
	case s.Conv != nil:
		c := s.Conv.on(in, b.batch)
		if err := c.Validate(); err != nil {
			return nil, fault.Usagef("layer %s on an input of %v: %w", a.name, in, err)
		}
		a.out = Shape{c.OutH(), c.OutW(), c.OutC}
		return newConv2d(a, rng, c, !s.Conv.NoBias), nil
	case s.ReLU, s.ReLU6:
		l := &relu{base: a, six: s.ReLU6}
		if before == nil || keepsOutput(before) {
			l.y = a.output()
		}
		return l, nil
	case s.GELU:
		return &gelu{base: a, y: a.output()}, nil
	case s.MaxPool > 0, s.AvgPool > 0, s.Pool != nil, s.GlobalPool:
		return newPool(a, s)
	case s.Dropout > 0:
		return &dropout{base: a, rate: s.Dropout, seed: rng.Uint64(), y: a.output()}, nil
	case s.BatchNorm:
		return newBatchNorm(a), nil
	case s.LayerNorm:
		return newLayerNorm(a), nil
	case s.Tokens != nil:
		a.out = Shape{1, in.Positions(), in.C}
		if s.Tokens.Class {
			a.out.W++
		}
		return newTokens(a, rng, s.Tokens.Class), nil
	case s.FirstToken:
		a.out = Shape{1, 1, in.C}
		return &firstToken{a, a.output()}, nil
	case s.Attention > 0:
		if in.C%s.Attention != 0 {
			return nil, fault.Usagef("layer %s on an input of %v: %d heads do not divide %d channels", a.name, in, s.Attention, in.C)
		}
		return newAttention(a, rng, s.Attention), nil
	case s.Residual != nil:
		return b.residual(*s.Residual, a)
	default:
		return b.chain(a.name, a.name+".", s.Chain, in)
	}
}

func (b *builder) residual(s ResidualSpec, a base) (Layer, error) {
	l := &residual{base: a}
	var err error
	if l.body, err = b.chain(a.name, a.name+".", s.Body, a.in); err != nil {
		return nil, err
	}
	added := a.in
	if len(s.Shortcut) > 0 {
		name := a.name + ".shortcut"
		if l.shortcut, err = b.chain(name, name+".", s.Shortcut, a.in); err != nil {
			return nil, err
		}
		added = l.shortcut.Out()
	}
	if l.out = l.body.Out(); l.out != added {
		return nil, fault.Usagef("block %s on an input of %v: its body gives %v, its shortcut %v", a.name, a.in, l.out, added)
	}
	if keepsOutput(l.body) {
		l.y = l.output()
	}
	return l, nil
}

func (s ConvSpec) on(in Shape, batch int) device.Conv {
	one := func(n int) int { return max(n, 1) }
	return device.Conv{N: batch, H: in.H, W: in.W, C: in.C, OutC: s.Out, KH: s.Kernel, KW: s.Kernel,
		StrideH: one(s.Stride), StrideW: one(s.Stride), PadH: s.Pad, PadW: s.Pad,
		DilationH: one(s.Dilation), DilationW: one(s.Dilation), Groups: one(s.Groups)}
}
