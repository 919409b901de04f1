package experiment

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/nn"
)

// layerReader turns the layers of a file into Specs.
type layerReader struct{ layers int }

// bare are the layers that stand in a list by their name alone, and may be keys
// without a value.
var bare = map[string]func(*nn.Spec){
	"relu":       func(s *nn.Spec) { s.ReLU = true },
	"relu6":      func(s *nn.Spec) { s.ReLU6 = true },
	"gelu":       func(s *nn.Spec) { s.GELU = true },
	"batchnorm":  func(s *nn.Spec) { s.BatchNorm = true },
	"layernorm":  func(s *nn.Spec) { s.LayerNorm = true },
	"globalpool": func(s *nn.Spec) { s.GlobalPool = true },
	"tokens":     func(s *nn.Spec) { s.Tokens = &nn.TokensSpec{} },
	"firsttoken": func(s *nn.Spec) { s.FirstToken = true },
}

// kinds returns what reads each kind of layer into s.
func (r *layerReader) kinds(s *nn.Spec) map[string]func(value) error {
	kinds := map[string]func(value) error{
		"conv":      func(v value) error { return readConv(v, s) },
		"dense":     func(v value) error { return v.size(&s.Dense, 1, widest) },
		"linear":    func(v value) error { return v.size(&s.Linear, 1, widest) },
		"maxpool":   func(v value) error { return readMaxPool(v, s) },
		"avgpool":   func(v value) error { return v.size(&s.AvgPool, 1, largest) },
		"attention": func(v value) error { return v.size(&s.Attention, 1, widest) },
		"dropout":   func(v value) error { return readDropout(v, s) },
		"block": func(v value) (err error) {
			s.Chain, err = r.chain(v)
			return err
		},
		"residual": func(v value) error { return r.residual(v, s) },
	}
	for name, set := range bare {
		kinds[name] = func(v value) error {
			if _, ok := v.node.(*ast.NullNode); ok {
				set(s)
				return nil
			}
			if _, ok := v.node.(*ast.MappingNode); ok && name == "tokens" {
				set(s)
				return v.fields(map[string]func(value) error{"class": func(v value) error { return v.boolean(&s.Tokens.Class) }})
			}
			return v.expected("nothing behind it")
		}
	}
	return kinds
}

// chain reads a list of layers.
func (r *layerReader) chain(v value) ([]nn.Spec, error) {
	list, err := v.list()
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, v.wrong("expected layers, found none")
	}
	var all []nn.Spec
	for _, l := range list {
		l.key = ""
		specs, err := r.layer(l)
		if err != nil {
			return nil, err
		}
		all = append(all, specs...)
	}
	return all, nil
}

// layer reads a layer: its kind, perhaps with a name, perhaps several times.
func (r *layerReader) layer(v value) ([]nn.Spec, error) {
	if r.layers++; r.layers > mostLayers {
		return nil, v.wrong("more than %d layers", mostLayers)
	}
	s := nn.Spec{Where: v.place()}
	kinds := r.kinds(&s)
	if _, _, ok := v.scalar(); ok {
		set, ok := bare[v.name()]
		if !ok {
			if _, ok := kinds[v.name()]; ok {
				return nil, v.wrong("%s has no value; expected such as %s", v.name(), samples[v.name()])
			}
			return nil, v.unknown("layer", kinds)
		}
		set(&s)
		return []nn.Spec{s}, nil
	}
	if _, ok := v.node.(*ast.MappingNode); !ok {
		return nil, v.expected("a layer")
	}
	keys, values, err := v.entries()
	if err != nil {
		return nil, err
	}
	kind, times := "", 0
	before := r.layers
	for i, k := range keys {
		var err error
		switch name := k.name(); {
		case name == "name":
			if err = values[i].text(&s.Name); err == nil && len(s.Name) > limits.LongestName {
				err = values[i].wrong("%s is longer than %d bytes", limits.Quote(s.Name), limits.LongestName)
			} else if err == nil && strings.ContainsAny(s.Name, ".*?[]\\ \t") {
				err = values[i].wrong("%q: expected a name without points, blanks and the signs of patterns", s.Name)
			}
		case name == "repeat":
			err = values[i].size(&times, 1, 1000)
		case kinds[name] == nil:
			kinds["name"], kinds["repeat"] = nil, nil
			err = k.unknown("layer", kinds)
		case kind != "":
			err = k.wrong("a layer is one of %s and %s; begin another with -", kind, name)
		default:
			kind = name
			err = kinds[name](values[i])
		}
		if err != nil {
			return nil, err
		}
	}
	if kind == "" {
		return nil, v.wrong("no layer; expected one of %s", strings.Join(sorted(kinds), ", "))
	}
	if times == 0 {
		return []nn.Spec{s}, nil
	}
	if r.layers += (times - 1) * (1 + r.layers - before); r.layers > mostLayers {
		return nil, v.wrong("more than %d layers", mostLayers)
	}
	var all []nn.Spec
	for i := range times {
		one := s
		if s.Name != "" {
			one.Name = fmt.Sprint(s.Name, i+1)
		}
		all = append(all, one)
	}
	return all, nil
}

// samples are layers that need a value.
var samples = map[string]string{"conv": "conv: {out: 16, kernel: 3}", "dense": "dense: 10", "linear": "linear: 64", "maxpool": "maxpool: 2",
	"avgpool": "avgpool: 2", "attention": "attention: 3", "dropout": "dropout: 0.5", "block": "block: [batchnorm, relu]",
	"residual": "residual: {body: [relu]}"}

func readConv(v value, s *nn.Spec) error {
	c, bias := &nn.ConvSpec{}, true
	err := v.fields(map[string]func(value) error{
		"out":      func(v value) error { return v.size(&c.Out, 1, widest) },
		"kernel":   func(v value) error { return v.size(&c.Kernel, 1, largest) },
		"stride":   func(v value) error { return v.size(&c.Stride, 1, largest) },
		"pad":      func(v value) error { return v.size(&c.Pad, 0, largest) },
		"dilation": func(v value) error { return v.size(&c.Dilation, 1, largest) },
		"groups":   func(v value) error { return v.size(&c.Groups, 1, widest) },
		"bias":     func(v value) error { return v.boolean(&bias) },
	})
	if err == nil && (c.Out == 0 || c.Kernel == 0) {
		err = v.wrong("expected out and kernel, such as %s", samples["conv"])
	}
	c.NoBias, s.Conv = !bias, c
	return err
}

func readMaxPool(v value, s *nn.Spec) error {
	if _, ok := v.node.(*ast.MappingNode); !ok {
		return v.size(&s.MaxPool, 1, largest)
	}
	p := &nn.PoolSpec{}
	err := v.fields(map[string]func(value) error{
		"kernel": func(v value) error { return v.size(&p.Kernel, 1, largest) },
		"stride": func(v value) error { return v.size(&p.Stride, 1, largest) },
		"pad":    func(v value) error { return v.size(&p.Pad, 0, largest) },
	})
	if err == nil && p.Kernel == 0 {
		err = v.wrong("expected kernel, such as maxpool: {kernel: 3, stride: 2, pad: 1}")
	}
	if p.Stride == 0 {
		p.Stride = p.Kernel
	}
	s.Pool = p
	return err
}

func readDropout(v value, s *nn.Spec) error {
	var rate float64
	if err := v.number(&rate); err != nil {
		return err
	}
	if s.Dropout = float32(rate); !(s.Dropout > 0 && s.Dropout < 1) {
		return v.wrong("%v: expected a rate between 0 and 1", rate)
	}
	return nil
}

func (r *layerReader) residual(v value, s *nn.Spec) error {
	s.Residual = &nn.ResidualSpec{}
	err := v.fields(map[string]func(value) error{
		"body": func(v value) (err error) {
			s.Residual.Body, err = r.chain(v)
			return err
		},
		"shortcut": func(v value) (err error) {
			if _, ok := v.node.(*ast.NullNode); ok {
				return nil
			}
			s.Residual.Shortcut, err = r.chain(v)
			return err
		},
	})
	if err == nil && len(s.Residual.Body) == 0 {
		err = v.wrong("expected a body, such as %s", samples["residual"])
	}
	return err
}
