package experiment

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/calibrate"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/quantization"
	"github.com/approxtrain/approxtrain/nn"
)

// Integers says how layers whose multiplier is a table of integers compute, and how they are trained. The zero value of a
// setting stands for its default, which settleIntegers fills in if there are such layers.
type Integers struct {
	Quantize    string   `json:"quantize,omitempty"`     // QAT or Dynamic
	Gradient    string   `json:"gradient,omitempty"`     // as gradient.Parse has it, of layers that have no other
	Half        int      `json:"half,omitempty"`         // of gradients that smooth, 0: the kind's own
	Scales      string   `json:"scales,omitempty"`       // MovingAverage or Learned
	ScaleRate   float64  `json:"scale_rate,omitempty"`   // share of a batch in a moving average
	Freeze      int      `json:"freeze_after,omitempty"` // steps after which codes stay as they are, 0: never
	Accumulator int      `json:"accumulator,omitempty"`  // bits
	Overflow    string   `json:"overflow,omitempty"`     // as device.ParseOverflow has it
	Magnitude   bool     `json:"sign_magnitude,omitempty"`
	Symmetric   bool     `json:"symmetric,omitempty"` // these three as quantization.Codes has them
	Restricted  bool     `json:"restricted,omitempty"`
	PerTensor   bool     `json:"per_tensor,omitempty"`
	Exact       []string `json:"exact,omitempty"` // names and patterns of layers that stay in binary32
	GradientSum string   `json:"gradient_sha256,omitempty"`
}

// What a table of integers makes of a layer.
const (
	// QAT is training with codes that do not depend on the batch, as an accelerator computes with them.
	QAT = "qat"
	// Dynamic gives each tensor of each batch a scale of its own, and adds products up in binary32.
	Dynamic = "dynamic"
)

// How scales are found.
const (
	MovingAverage = "moving-average"
	Learned       = "lsq"
)

// ScaleKinds are the values of Integers.Scales.
var ScaleKinds = []string{MovingAverage, Learned}

// codesOf returns the codes of the settings.
func (i *Integers) codes() quantization.Codes {
	return quantization.Codes{Symmetric: i.Symmetric, Restricted: i.Restricted, PerTensor: i.PerTensor, Magnitude: i.Magnitude}
}

// integerKeys are the keys of Integers in a file.
func (c *Config) integerKeys() map[string]func(value) error {
	i := &c.Integers
	return map[string]func(value) error{
		"quantize":        func(v value) error { return v.text(&i.Quantize) },
		"gradient":        func(v value) error { return v.text(&i.Gradient) },
		"half":            func(v value) error { return v.integer(&i.Half) },
		"scales":          func(v value) error { return v.text(&i.Scales) },
		"scale_rate":      func(v value) error { return v.number(&i.ScaleRate) },
		"freeze_after":    func(v value) error { return v.integer(&i.Freeze) },
		"accumulator":     func(v value) error { return v.integer(&i.Accumulator) },
		"overflow":        func(v value) error { return v.text(&i.Overflow) },
		"sign_magnitude":  func(v value) error { return v.boolean(&i.Magnitude) },
		"symmetric":       func(v value) error { return v.boolean(&i.Symmetric) },
		"restricted":      func(v value) error { return v.boolean(&i.Restricted) },
		"per_tensor":      func(v value) error { return v.boolean(&i.PerTensor) },
		"exact":           func(v value) error { return v.texts(&i.Exact) },
		"gradient_sha256": func(v value) error { return v.text(&i.GradientSum) },
		"train_only":      func(v value) error { return v.texts(&c.TrainOnly) },
	}
}

// texts reads a list of texts, or one text.
func (v value) texts(to *[]string) error {
	*to = nil
	if _, _, ok := v.scalar(); ok {
		*to = []string{""}
		return v.text(&(*to)[0])
	}
	list, err := v.list()
	for _, in := range list {
		var one string
		if err := in.text(&one); err != nil {
			return err
		}
		*to = append(*to, one)
	}
	return err
}

// checkIntegers refuses settings that are none.
func (c *Config) checkIntegers() error {
	i := &c.Integers
	for _, w := range []struct {
		key, value string
		of         []string
	}{{"quantize", i.Quantize, []string{"", QAT, Dynamic}}, {"scales", i.Scales, []string{"", MovingAverage, Learned}}} {
		if !slices.Contains(w.of, w.value) {
			return c.wrong(w.key, "%s: expected %s", limits.Quote(w.value), strings.Join(w.of[1:], " or "))
		}
	}
	if i.Overflow != "" {
		if _, err := device.ParseOverflow(i.Overflow); err != nil {
			return c.wrong("overflow", "%w", err)
		}
	}
	if err := c.checkGradient(i.Gradient); err != nil {
		return c.wrong("gradient", "%w", err)
	}
	for _, l := range []struct {
		key  string
		list []string
	}{{"exact", i.Exact}, {"train_only", c.TrainOnly}} {
		for _, one := range l.list {
			if len(one) > limits.LongestName || !limits.Printable(one) {
				return c.wrong(l.key, "%s: expected a name or a pattern of at most %d bytes that can be printed", limits.Show(one), limits.LongestName)
			}
			if _, err := path.Match(one, ""); err != nil {
				return c.wrong(l.key, "%s: no pattern: %w", limits.Quote(one), err)
			}
		}
	}
	return nil
}

func (c *Config) checkGradient(name string) error {
	if name == "" {
		return nil
	}
	if len(name) > longestWord || !limits.Printable(name) {
		return fmt.Errorf("%s: expected at most %d bytes that can be printed", limits.Show(name), longestWord)
	}
	_, err := gradient.Parse(name)
	return err
}

// settleIntegers fills in the defaults, if a table of integers is among the multipliers, and refuses settings that nothing
// would follow.
func (e *Experiment) settleIntegers(loaded map[string]device.Multiplier) error {
	c, i := e.Config, &e.Config.Integers
	tables := 0
	for _, m := range loaded {
		if m != nil && quantization.Integers(m) {
			tables++
		}
	}
	none := Integers{Quantize: i.Quantize}
	if tables == 0 || i.Quantize == Dynamic {
		given := *i
		given.Exact = nil
		switch {
		case tables == 0 && i.Quantize == QAT:
			return c.wrong("quantize", "%s: no multiplier is a table of integers", QAT)
		case c.ownGradients() || len(i.Exact) > 0 || fmt.Sprint(given) != fmt.Sprint(none):
			return fault.Usagef("settings of networks of integers, such as %v and %v, need a table of integers and %v %s",
				option.Key("gradient"), option.Key("scales"), option.Key("quantize"), QAT)
		}
		return nil
	}
	if e.start != nil {
		e.start.take(i)
	}
	i.Quantize, i.Gradient, i.Scales = QAT, cmp.Or(i.Gradient, string(gradient.STE)), cmp.Or(i.Scales, MovingAverage)
	i.ScaleRate, i.Accumulator, i.Overflow = cmp.Or(i.ScaleRate, calibrate.DefaultRate), cmp.Or(i.Accumulator, 32), cmp.Or(i.Overflow, device.Wrap.String())
	native, err := e.Device.Multiplier(nil)
	loaded[Native] = native // of backward passes and exact layers
	return err
}

// ownGradients says whether a multiplier, or a rule, has a gradient of its own.
func (c *Config) ownGradients() bool {
	return slices.ContainsFunc(c.Multipliers, func(m Multiplier) bool {
		return m.Gradient != "" || slices.ContainsFunc(m.Rules, func(r Rule) bool { return r.Gradient != "" })
	})
}

// coded says whether layers with a multiplier compute in integers.
func (c *Config) coded(m device.Multiplier) bool {
	return c.Integers.Quantize == QAT && m != nil && quantization.Integers(m)
}

// exactLayers makes the layers of an assignment native that are to stay in binary32.
func (c *Config) exactLayers(a *Assigned) error {
	for _, pattern := range c.Integers.Exact {
		found := 0
		for name := range a.Layers {
			if hit, err := path.Match(pattern, name); err == nil && hit {
				a.Layers[name] = Pair{Forward: Native, Backward: Native}
				found++
			}
		}
		if found == 0 {
			return c.wrong("exact", "%s: no layer that multiplies has such a name; there are: %s", limits.Quote(pattern), strings.Join(sorted(a.Layers), ", "))
		}
		a.Rules = append(a.Rules, fmt.Sprintf("%s %s", pattern, Native))
	}
	return nil
}

// quantize gives the layers of an assignment codes that training changes.
func (e *Experiment) quantize(a *Assigned) error {
	i := &e.Config.Integers
	if i.Quantize != QAT {
		return nil
	}
	if _, ok := e.Device.(device.GradientDevice); !ok {
		return fault.Usagef("%s does not train networks of integers yet: %v %s does; %v %s trains with tables of integers on any device, in another way",
			e.Device.Name(), option.Key("device"), devices.CPU, option.Key("quantize"), Dynamic)
	}
	overflow, err := device.ParseOverflow(i.Overflow)
	if err != nil {
		return err
	}
	codes := i.codes()
	starting := e.start.operands()
	a.codes = map[string]*nn.Quantized{}
	for _, l := range e.Plan.Layers {
		pair, ok := a.Layers[l.Name]
		if !ok || !e.Config.coded(a.loaded[pair.Forward]) {
			continue
		}
		m := a.loaded[pair.Forward]
		q := &nn.Quantized{Magnitude: i.Magnitude, Accumulator: device.Accumulator{Bits: i.Accumulator, Overflow: overflow}}
		products, f := 1, m.Table().Format
		if l.Kind == "attention" {
			products = 2
		}
		rule := func(_ int, b bool, from, to []float32) (device.Quantizer, error) {
			if b && products == 1 {
				return codes.Weight(f).Between(from, to)
			}
			return codes.Activation(f, b).Between(from, to)
		}
		for p := range products {
			scales := 1
			if products == 1 {
				scales = codes.Scales(l.Out.C)
			}
			var o nn.Operands
			if o.A, err = rule(p, false, make([]float32, 1), slices.Repeat([]float32{1}, 1)); err == nil {
				o.B, err = rule(p, true, make([]float32, scales), slices.Repeat([]float32{1}, scales))
			}
			if err != nil {
				return fault.Usagef("layer %s: %w; %v %s trains with such tables", l.Name, err, option.Key("quantize"), Dynamic)
			}
			q.Products = append(q.Products, o)
		}
		q.Learning = &nn.Learning{Quantizer: rule, Rate: float32(i.ScaleRate), Learned: i.Scales == Learned, Freeze: i.Freeze}
		if s, ok := starting[l.Name]; ok {
			if err := sameCodes(s, q.Products); err != nil {
				return fault.Usagef("%s: layer %s: %w", e.Config.label("init"), l.Name, err)
			}
			q.Products, q.Learning.Started = s, true
		}
		if products == 1 {
			if err := e.derive(q, m, pair.Gradient); err != nil {
				return fmt.Errorf("layer %s: %w", l.Name, err)
			}
		}
		a.codes[l.Name] = q
	}
	return nil
}

// sameCodes returns an error unless the codes that training begins with have the range and the form that it wants.
func sameCodes(got, want []nn.Operands) error {
	if len(got) != len(want) {
		return fmt.Errorf("it has codes for %d products, expected %d", len(got), len(want))
	}
	for i := range got {
		for _, o := range [][2]device.Quantizer{{got[i].A, want[i].A}, {got[i].B, want[i].B}} {
			if o[0].Lo != o[1].Lo || o[0].Hi != o[1].Hi {
				return fmt.Errorf("it has codes from %d to %d, the settings ask for codes from %d to %d", o[0].Lo, o[0].Hi, o[1].Lo, o[1].Hi)
			}
			if len(o[0].Scale) != len(o[1].Scale) || len(o[0].Zero) != len(o[1].Zero) {
				return fmt.Errorf("it has %d scales, the settings ask for %d: see %v", len(o[0].Scale), len(o[1].Scale), option.Key("per_tensor"))
			}
		}
	}
	return nil
}

// derive gives a layer the derivatives of its table's products.
func (e *Experiment) derive(q *nn.Quantized, m device.Multiplier, name string) error {
	o, err := gradient.Parse(name)
	if err != nil || !o.Kind.HasSlopes() {
		return err
	}
	if o.Kind.Smooths() {
		o.Half = e.Config.Integers.Half
	}
	if o.Kind == gradient.File && name == e.Config.Integers.Gradient {
		sum, err := buildcache.HashFile(o.Path)
		if err != nil {
			return fault.Usagef("%s: %w", e.Config.label("gradient"), err)
		}
		if err := e.Config.checkDigest("gradient_sha256", &e.Config.Integers.GradientSum, Shown(o.Path), sum); err != nil {
			return err
		}
	}
	key := m.Table().Digest() + " " + name
	g := e.gradients[key]
	if g == nil {
		if g, err = gradient.Of(m.Table(), o); err != nil {
			return fmt.Errorf("%s: %w", e.Config.label("gradient"), err)
		}
		if e.gradients == nil {
			e.gradients = map[string]*gradient.Gradient{}
		}
		e.gradients[key] = g
	}
	p := device.IntegerProduct{Multiplier: m, A: q.Products[0].A, B: q.Products[0].B, Magnitude: q.Magnitude}
	if g.OneD {
		ofA, ofB, err := g.Slopes(p)
		q.Slopes = &nn.Slopes{A: ofB, B: ofA}
		return err
	}
	key += fmt.Sprint(q.Magnitude, p.A.Lo, p.A.Hi, p.B.Lo, p.B.Hi)
	if d, ok := e.derivatives[key]; ok {
		q.Derivatives = d
		return nil
	}
	d, err := g.Derivatives(p)
	if e.derivatives == nil {
		e.derivatives = map[string]*device.Derivatives{}
	}
	q.Derivatives, e.derivatives[key] = &d, &d
	return err
}

// describeIntegers notes how the layers of the multipliers compute that compute in integers.
func (e *Experiment) describeIntegers() error {
	i := &e.Config.Integers
	if i.Quantize != QAT {
		return nil
	}
	done := map[string]bool{}
	for _, a := range e.Multipliers {
		for _, layer := range sorted(a.codes) {
			m := a.loaded[a.Layers[layer].Forward]
			if t := m.Table(); !done[t.Digest()] {
				done[t.Digest()] = true
				if err := quantization.Prepare(e.Device, t, i.Magnitude, e.note); err != nil {
					return err
				}
			}
		}
	}
	scales := "moving averages"
	if i.Scales == Learned {
		scales = "learned (LSQ)"
	}
	if i.Freeze > 0 {
		scales += fmt.Sprintf(", frozen after step %d", i.Freeze)
	}
	from := "the first batch"
	if e.start != nil {
		from = Shown(e.Config.Init)
	}
	g := gradientWords(i.Gradient)
	if e.Config.ownGradients() {
		g += " where no other is given"
	}
	e.note("layers with a table of integers compute in codes, from %s on: scales %s, gradient %s, sums in %d bits (%s); %v %s is another way",
		from, scales, g, i.Accumulator, i.Overflow, option.Key("quantize"), Dynamic)
	return nil
}

func gradientWords(name string) string {
	if name == string(gradient.STE) {
		return name + " (products of the backward pass are exact)"
	}
	return name
}

// start is what a file of initial weights says of the codes to begin with; nil: nothing.
type start struct{ *quantization.Scheme }

// operands returns the codes of each layer.
func (s *start) operands() map[string][]nn.Operands {
	if s == nil {
		return nil
	}
	all := map[string][]nn.Operands{}
	for _, l := range s.Layers {
		for _, p := range l.Products {
			all[l.Name] = append(all[l.Name], nn.Operands{A: device.Quantizer(p.A), B: device.Quantizer(p.B)})
		}
	}
	return all
}

// take takes over the settings of the file that training does not give itself.
func (s *start) take(i *Integers) {
	i.Magnitude = i.Magnitude || s.Magnitude
	i.Accumulator, i.Overflow = cmp.Or(i.Accumulator, s.Sums.Bits), cmp.Or(i.Overflow, s.Sums.Overflow)
	if i.Exact == nil {
		for _, l := range s.Layers {
			if len(l.Products) == 0 {
				i.Exact = append(i.Exact, l.Name)
			}
		}
	}
	perTensor, middle := true, true
	for _, l := range s.Layers {
		for _, p := range l.Products {
			for _, q := range []quantization.Quantizer{p.A, p.B} {
				i.Restricted = i.Restricted || !s.Magnitude && q.Lo < q.Hi && (q.Lo == -q.Hi || q.Lo == 1)
			}
			perTensor = perTensor && len(p.B.Scale) == 1
			middle = middle && p.A.Lo >= 0 && p.A.Zero[0] == (p.A.Hi+1)/2
		}
	}
	i.PerTensor, i.Symmetric = i.PerTensor || perTensor, i.Symmetric || middle
}

// scheme returns how the network that was trained with a multiplier computes in integers, nil if it does not.
func (e *Experiment) scheme(a *Assigned, n *nn.Network) (*quantization.Scheme, error) {
	if len(a.codes) == 0 {
		return nil, nil
	}
	i := &e.Config.Integers
	s := &quantization.Scheme{Multiplier: a.Name, Magnitude: i.Magnitude, Folded: e.folded,
		Sums: quantization.Accumulator{Bits: i.Accumulator, Overflow: i.Overflow}, Observer: "training, " + i.Scales, Images: e.train.Len()}
	operands := n.Operands()
	for _, l := range e.Plan.Layers {
		if !l.Multiplies {
			continue
		}
		layer := quantization.Layer{Name: l.Name}
		if a.codes[l.Name] != nil {
			t := a.loaded[a.Layers[l.Name].Forward].Table()
			if s.Format == "" {
				s.Format, s.Digest = t.Format.String(), t.Digest()
			}
			if f := t.Format.String(); f != s.Format {
				layer.Format = f
			}
			for _, o := range operands[l.Name] {
				layer.Products = append(layer.Products, quantization.Product{A: quantization.Of(o.A), B: quantization.Of(o.B)})
			}
		}
		s.Layers = append(s.Layers, layer)
	}
	return s, nil
}

// isFile says whether the name of a gradient is that of a file.
func isFile(gradient string) bool { return filepath.Ext(gradient) != "" }
