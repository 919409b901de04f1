package experiment

import (
	"cmp"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/calibrate"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/quantization"
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

// codes returns what the settings say of codes.
func (i *Integers) codes() quantization.Codes {
	return quantization.Codes{Symmetric: i.Symmetric, Restricted: i.Restricted, PerTensor: i.PerTensor, Magnitude: i.Magnitude}
}

// integerKeys are the keys of Integers in a file.
func (c *Config) integerKeys() map[string]func(value) error {
	i := &c.Integers
	return map[string]func(value) error{
		"quantize":       func(v value) error { return v.text(&i.Quantize) },
		"gradient":       func(v value) error { return v.text(&i.Gradient) },
		"half":           func(v value) error { return v.integer(&i.Half) },
		"scales":         func(v value) error { return v.text(&i.Scales) },
		"scale_rate":     func(v value) error { return v.number(&i.ScaleRate) },
		"freeze_after":   func(v value) error { return v.integer(&i.Freeze) },
		"accumulator":    func(v value) error { return v.integer(&i.Accumulator) },
		"overflow":       func(v value) error { return v.text(&i.Overflow) },
		"sign_magnitude": func(v value) error { return v.boolean(&i.Magnitude) },
		"symmetric":      func(v value) error { return v.boolean(&i.Symmetric) },
		"restricted":     func(v value) error { return v.boolean(&i.Restricted) },
		"per_tensor":     func(v value) error { return v.boolean(&i.PerTensor) },
		"exact":          func(v value) error { return v.texts(&i.Exact) },
	}
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
	if err := c.checkPatterns("exact", i.Exact); err != nil {
		return err
	}
	return c.checkPatterns("train_only", c.TrainOnly)
}

// checkPatterns refuses names and patterns that are none.
func (c *Config) checkPatterns(key string, list []string) error {
	for _, one := range list {
		if len(one) > limits.LongestName || !limits.Printable(one) {
			return c.wrong(key, "%s: expected a name or a pattern of at most %d bytes that can be printed", limits.Show(one), limits.LongestName)
		}
		if _, err := path.Match(one, ""); err != nil {
			return c.wrong(key, "%s: no pattern: %w", limits.Quote(one), err)
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
	tables := false
	for _, m := range loaded {
		tables = tables || m != nil && quantization.Integers(m)
	}
	if !tables && i.Quantize == QAT {
		return c.wrong("quantize", "%s: no multiplier is a table of integers", QAT)
	}
	if !tables || i.Quantize == Dynamic {
		rest := *i
		rest.Quantize = ""
		if c.ownGradients() || !reflect.ValueOf(rest).IsZero() {
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
