// Package quantization has the scheme by which a network computes in integers: which layers do, with which codes, and in which
// accumulator. A file of weights carries it as metadata; see Key.
//
// Package posttraining makes schemes, and package eval computes by them. Start reading at Scheme.
package quantization

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/nn"
)

// Key is the name of the metadata of a file of weights that holds a scheme, as JSON.
const Key = "quantization"

// mostValues is the most values in the JSON of a scheme: one of a network with a hundred thousand channels has fewer.
const mostValues = 1 << 20

// Scheme says how a network computes in integers.
type Scheme struct {
	Multiplier string      `json:"multiplier"` // that it was made for, by name
	Digest     string      `json:"sha256"`     // of its table
	Format     string      `json:"format"`     // of its table, as lut.Format.String has it
	Magnitude  bool        `json:"magnitude,omitempty"`
	Folded     bool        `json:"folded,omitempty"` // batch normalizations are part of the layers before them; see nn.Fold
	Sums       Accumulator `json:"accumulator"`
	// Observer and Images say how the ranges of activations were found: in words, and on how many images.
	Observer string  `json:"observer"`
	Images   int     `json:"images"`
	Layers   []Layer `json:"layers"` // those that multiply, in the order of the network
}

// Accumulator is a device.Accumulator.
type Accumulator struct {
	Bits     int    `json:"bits"`
	Overflow string `json:"overflow"`
}

// Layer has the codes of a layer, for each of its products as nn.Quantized has them. One without products stays in binary32.
type Layer struct {
	Name     string    `json:"name"`
	Format   string    `json:"format,omitempty"` // of its table, "": that of the scheme
	Products []Product `json:"products,omitempty"`
}

// Product has the quantizers of both operands of a product.
type Product struct {
	A Quantizer `json:"a"`
	B Quantizer `json:"b"`
}

// Quantizer is a device.Quantizer.
type Quantizer struct {
	Lo    int32     `json:"lo"`
	Hi    int32     `json:"hi"`
	Scale []float32 `json:"scale"`
	Zero  []int32   `json:"zero"`
}

// Of returns a quantizer in the form of files.
func Of(q device.Quantizer) Quantizer { return Quantizer(q) }

// Parse reads a scheme and checks all that does not depend on the network.
func Parse(text string) (*Scheme, error) {
	s := &Scheme{}
	if err := limits.Unmarshal([]byte(text), mostValues, s); err != nil {
		return nil, fault.Usagef("metadata %s: %w", Key, err)
	}
	if err := s.check(); err != nil {
		return nil, fault.Usagef("metadata %s: %w", Key, err)
	}
	return s, nil
}

// Text returns the JSON of the scheme.
func (s *Scheme) Text() (string, error) {
	text, err := json.Marshal(s)
	return string(text), err
}

func (s *Scheme) check() error {
	for name, text := range map[string]string{"multiplier": s.Multiplier, "sha256": s.Digest, "format": s.Format, "observer": s.Observer} {
		if len(text) > limits.LongestName || !limits.Printable(text) {
			return fmt.Errorf("its %s is %s, expected at most %d bytes that can be printed", name, limits.Show(text), limits.LongestName)
		}
	}
	if _, err := s.Accumulator(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, l := range s.Layers {
		if len(l.Name) > limits.LongestName || !limits.Printable(l.Name) {
			return fmt.Errorf("a layer is named %s", limits.Show(l.Name))
		}
		if seen[l.Name] {
			return fmt.Errorf("two layers are named %s", l.Name)
		}
		seen[l.Name] = true
		if len(l.Format) > limits.LongestName || !limits.Printable(l.Format) {
			return fmt.Errorf("layer %s: its format is %s", l.Name, limits.Show(l.Format))
		}
		for _, p := range l.Products {
			if err := device.Quantizer(p.A).Check(1); err != nil {
				return fmt.Errorf("layer %s: %w", l.Name, err)
			}
			if err := device.Quantizer(p.B).Check(max(len(p.B.Scale), len(p.B.Zero))); err != nil {
				return fmt.Errorf("layer %s: %w", l.Name, err)
			}
		}
	}
	return nil
}

// Accumulator returns what adds the products up.
func (s *Scheme) Accumulator() (a device.Accumulator, err error) {
	a.Bits = s.Sums.Bits
	if a.Overflow, err = device.ParseOverflow(s.Sums.Overflow); err == nil {
		err = a.Check(0)
	}
	return a, err
}

// Fits returns an error unless a table has operands of the format that the scheme has codes for, in a layer.
func (s *Scheme) Fits(layer string, t *lut.Table) error {
	for _, l := range s.Layers {
		if want := cmp.Or(l.Format, s.Format); l.Name == layer && len(l.Products) > 0 && t.Format.String() != want {
			return fault.Usagef("table %s has format %v, and the network was quantized for format %s", t.Name, t.Format, want)
		}
	}
	return nil
}

// Integers says whether a multiplier is one that a scheme can be for: a table of integers.
func Integers(m device.Multiplier) bool {
	t := m.Table()
	return t != nil && device.CheckIntegerTable(t) == nil
}

// Prepare prepares a table's products on a device, and tells how they are computed.
func Prepare(dev device.Device, t *lut.Table, magnitude bool, logf func(format string, args ...any)) error {
	d, ok := dev.(device.IntegerDevice)
	if !ok {
		return fault.Usagef("%s does not compute in integers", dev.Name())
	}
	about, err := d.PrepareIntegers(t, magnitude)
	if err != nil {
		return fault.Usagef("%w", err)
	}
	logf("%s: %s", t.Name, about)
	return nil
}

// Assign gives each layer of a network its multipliers by the scheme: those of layers that compute in integers are those of
// mul, and all others are native.
func (s *Scheme) Assign(mul nn.Assignment, native device.Multiplier) (nn.Assignment, error) {
	sums, err := s.Accumulator()
	if err != nil {
		return nil, err
	}
	layers := map[string]*nn.Quantized{}
	for _, l := range s.Layers {
		if len(l.Products) == 0 {
			continue
		}
		q := &nn.Quantized{Accumulator: sums, Magnitude: s.Magnitude}
		for _, p := range l.Products {
			q.Products = append(q.Products, nn.Operands{A: device.Quantizer(p.A), B: device.Quantizer(p.B)})
		}
		layers[l.Name] = q
	}
	return nn.AssignFunc(func(layer string) nn.Multipliers {
		m := mul.For(layer)
		m.Quantized = layers[layer]
		if m.Quantized == nil || !Integers(m.Forward) {
			return nn.Multipliers{Forward: native, Backward: native}
		}
		return m
	}), nil
}

// Check returns an error unless the layers of the scheme are those of a network.
func (s *Scheme) Check(plan nn.Plan) error {
	var want, got []string
	for _, l := range plan.Layers {
		if l.Multiplies {
			want = append(want, l.Name)
		}
	}
	for _, l := range s.Layers {
		got = append(got, l.Name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		return fault.Usagef("metadata %s: its layers are not those of the network", Key)
	}
	return nil
}
