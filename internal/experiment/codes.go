package experiment

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/quantization"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/nn"
)

// coded says whether layers with a multiplier compute in integers.
func (c *Config) coded(m device.Multiplier) bool {
	return c.Integers.Quantize == QAT && m != nil && quantization.Integers(m)
}

// exactLayers makes the layers of an assignment native that compute in integers and are to stay in binary32.
func (c *Config) exactLayers(a *Assigned) error {
	for _, pattern := range c.Integers.Exact {
		names, err := someLayers(sorted(a.Layers), pattern)
		if err != nil {
			return c.wrong("exact", "%s: %w", limits.Quote(pattern), err)
		}
		changed := 0
		for _, name := range names {
			if c.coded(a.loaded[a.Layers[name].Forward]) {
				a.Layers[name] = Pair{Forward: Native, Backward: Native}
				changed++
			}
		}
		if changed > 0 {
			a.Rules = append(a.Rules, fmt.Sprintf("%s %s (%s)", pattern, Native, english.Plural(changed, "layer", "")))
		}
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
		rule := func(b bool, from, to []float32) (device.Quantizer, error) {
			if b && products == 1 {
				return codes.Weight(f).Between(from, to)
			}
			return codes.Activation(f, b).Between(from, to)
		}
		scales := 1 // of operand B
		if products == 1 {
			scales = codes.Scales(l.Out.C)
		}
		for range products { // any range will do until the first batch
			var o nn.Operands
			if o.A, err = rule(false, []float32{0}, []float32{1}); err == nil {
				o.B, err = rule(true, make([]float32, scales), slices.Repeat([]float32{1}, scales))
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
	g, err := e.slopesOf(m.Table(), o)
	if err != nil {
		return err
	}
	p := device.IntegerProduct{Multiplier: m, A: q.Products[0].A, B: q.Products[0].B, Magnitude: q.Magnitude}
	if g.OneD {
		ofA, ofB, err := g.Slopes(p)
		q.Slopes = &nn.Slopes{A: ofB, B: ofA}
		return err
	}
	key := codesOfSlopes{g, q.Magnitude, [2]int32{p.A.Lo, p.A.Hi}, [2]int32{p.B.Lo, p.B.Hi}}
	if q.Derivatives = e.derivatives[key]; q.Derivatives != nil {
		return nil
	}
	d, err := g.Derivatives(p)
	q.Derivatives, e.derivatives[key] = &d, &d
	return err
}

// codesOfSlopes says for which codes there are derivatives, so that layers with the same ones share them.
type codesOfSlopes struct {
	slopes    *gradient.Gradient
	magnitude bool
	a, b      [2]int32 // least and greatest code
}

// slopesOf returns the derivatives of a table, and remembers them and the digest of their file.
func (e *Experiment) slopesOf(t *lut.Table, o gradient.Options) (*gradient.Gradient, error) {
	key := fmt.Sprint(t.Digest(), o)
	if g, ok := e.gradients[key]; ok {
		return g, nil
	}
	c := e.Config
	if o.Kind == gradient.File {
		sum, err := buildcache.HashFile(o.Path)
		if err != nil {
			return nil, fault.Usagef("%s: %w", c.label("gradient"), err)
		}
		want := c.digests.gradients[o.Path]
		if err := c.checkDigest("gradients_sha256", &want, Shown(o.Path), sum); err != nil {
			return nil, err
		}
		e.digests.gradients[o.Path] = sum
	}
	g, err := gradient.Of(t, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.label("gradient"), err)
	}
	e.gradients[key] = g
	return g, nil
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
func (e *Experiment) scheme(a *Assigned, n *nn.Network) *quantization.Scheme {
	if len(a.codes) == 0 {
		return nil
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
	return s
}

// isFile says whether the name of a gradient is that of a file.
func isFile(gradient string) bool { return filepath.Ext(gradient) != "" }
