package experiment

import (
	"fmt"
	"slices"

	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/nn"
)

// Native is the name of binary32's own multiplication.
const Native = multiplier.FP32

// Config describes a training experiment. A run's config.json holds it.
type Config struct {
	Model       string       `json:"model"` // its name; if Layers describe it, that of the file
	Layers      []nn.Spec    `json:"-"`     // none: those that nn.Model has by the name
	Data        string       `json:"data"`
	Multipliers []Multiplier `json:"multipliers"`
	Backward    string       `json:"backward,omitempty"` // multiplier of the backward pass, if another
	Integers
	TrainOnly []string    `json:"train_only,omitempty"` // kinds and patterns of parameters, none: all are trained
	Epochs    int         `json:"epochs"`
	Batch     int         `json:"batch"`
	Optimizer string      `json:"optimizer"`
	Rate      float64     `json:"lr"` // 0: the optimizer's usual one
	Decay     float64     `json:"decay"`
	Schedule  nn.Schedule `json:"schedule"`
	Smoothing float64     `json:"smoothing,omitempty"` // of labels
	Clip      float64     `json:"clip,omitempty"`      // largest norm of the gradients, 0: any
	Patience  int         `json:"patience,omitempty"`  // epochs without a better test accuracy, 0: any number
	Seed      uint64      `json:"seed"`
	Limit     int         `json:"limit,omitempty"` // training images, 0: all
	Steps     int         `json:"steps,omitempty"` // of each epoch, and as many batches of test images; 0: all
	Augment   []string    `json:"augment,omitempty"`
	Normalize bool        `json:"normalize,omitempty"`
	Init      string      `json:"init,omitempty"`        // file of initial weights
	InitSum   string      `json:"init_sha256,omitempty"` // "": any
	DataSum   string      `json:"data_sha256"`           // of what is trained and tested on, "": any
	// ModelName is the name of Layers; "" means that of their file.
	ModelName       string `json:"model_name,omitempty"`
	CheckpointEvery int    `json:"-"` // steps, 0: about every minute; always after an epoch
	Device          string `json:"-"` // its name; see package devices
	Threads         int    `json:"-"` // of the processor, 0: one per core
	Name            string `json:"-"` // of the run's folder, "": model, data and a number
	Out             string `json:"-"` // folder of the runs

	resume  string            // folder of the run to go on with, "": a new one
	dry     bool              // it is only looked at: no functional model is compiled
	layout  any               // Layers as the file has them, for config.json
	digests digests           // that multipliers must have
	files   map[string]string // names of the multipliers' files in the run to go on with
	places  map[string]string // of settings in the file, by key: "net.yaml:3:1"
}

// Default returns the configuration used when no flag or file overrides it.
func Default() *Config {
	return &Config{Model: "lenet-5", Data: "digits", Multipliers: Plain("mbm_e8m7", Native), Epochs: 3, Batch: 64,
		Optimizer: "adam", Schedule: nn.Schedule{Kind: "cosine", Factor: 0.1}, Seed: 1, Device: devices.Auto, Out: "runs"}
}

// Multiplier is the assignment of multipliers to a network: the same for all its layers, or not.
type Multiplier struct {
	Name    string // what it is called in results
	Default string // the multiplier of layers without a rule: a built-in, a file, Native
	// Backward is the one of their backward passes, "" for that of Config, or else the
	// same.
	Backward string
	Gradient string // of layers that compute in integers, "" for that of Config
	Rules    []Rule // of several that name a layer, the last one decides

	places map[string]string // of multipliers and patterns in the file
}

// Rule gives layers other multipliers.
type Rule struct {
	Layers            string // a name or a pattern: *, ? and [a-z] as of files; * goes past points
	Forward, Backward string // "": as the layers without a rule
	Gradient          string // the same
}

// Plain returns multipliers that are the same for all layers, by name.
func Plain(names ...string) []Multiplier {
	var all []Multiplier
	for _, n := range names {
		all = append(all, Multiplier{Name: n, Default: n})
	}
	return all
}

// Override says that a setting is not the file's any more: the program's user gave
// another.
func (c *Config) Override(key string) {
	delete(c.places, key)
	switch key {
	case "model":
		c.Layers, c.layout, c.ModelName = nil, nil, ""
	case "multipliers":
		c.digests = digests{}
	case "data", "limit", "steps", "batch":
		c.DataSum = "" // other images may be used
	case "init":
		c.InitSum = ""
	case "gradient":
		c.digests.gradients = nil
	}
}

// wrong is an error about the value of a setting, which it names as label does.
func (c *Config) wrong(key, format string, args ...any) error {
	return fault.Usagef("%s %w", c.label(key), fmt.Errorf(format, args...))
}

// label is the name of a setting in messages: its place and key in the file, or an option.
func (c *Config) label(key string) string {
	if place, ok := c.places[key]; ok {
		return place + ": " + key
	}
	return option.Key(key).String()
}

// placed puts in front of an error where in the file the setting is, if it is there.
func (c *Config) placed(key string, err error) error {
	if place, ok := c.places[key]; ok && err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	return err
}

// settle fills in settings that follow from others, so equal experiments have
// equal configurations.
func (c *Config) settle() {
	if c.Rate == 0 {
		c.Rate = nn.DefaultRate(c.Optimizer)
	}
	if c.Schedule.Kind != "step" {
		c.Schedule.Every, c.Schedule.Factor = 0, 0
	}
}

// check refuses values out of range.
func (c *Config) check() error {
	if err := c.inRange(); err != nil {
		return err
	}
	if len(c.Multipliers) == 0 {
		return c.wrong("multipliers", "names no multiplier")
	}
	if len(c.Multipliers) > mostMultipliers {
		return c.wrong("multipliers", "names %d multipliers, expected at most %d", len(c.Multipliers), mostMultipliers)
	}
	for _, n := range []struct{ key, text string }{{"model", c.Model}, {"data", c.Data}, {"backward", c.Backward}, {"name", c.Name}, {"out", c.Out}, {"init", c.Init}} {
		if len(n.text) > longestWord || !limits.Printable(n.text) {
			return c.wrong(n.key, "%s: expected at most %d bytes that can be printed", limits.Show(n.text), longestWord)
		}
	}
	if len(c.Name) > limits.LongestFile {
		return c.wrong("name", "%s: it has %d bytes, expected at most %d", limits.Show(c.Name), len(c.Name), limits.LongestFile)
	}
	for i, m := range c.Multipliers {
		for _, name := range []string{m.Name, m.Default, m.Backward} {
			if len(name) > longestWord || !limits.Printable(name) {
				return c.wrong("multipliers", "%s: expected at most %d bytes that can be printed", limits.Show(name), longestWord)
			}
		}
		if slices.ContainsFunc(c.Multipliers[:i], func(o Multiplier) bool { return o.Name == m.Name }) {
			return c.wrong("multipliers", "names %s twice", m.Name)
		}
	}
	if err := c.checkIntegers(); err != nil {
		return err
	}
	if err := devices.Check(c.Device); err != nil {
		return c.wrong("device", "%w", err)
	}
	if _, err := Preparation(c.Augment); err != nil {
		return c.wrong("augment", "%w", err)
	}
	if err := c.Schedule.Check(); err != nil {
		return c.placed("schedule", err)
	}
	if _, err := c.optimizer(); err != nil {
		return c.placed("optimizer", err)
	}
	return nil
}

// checkDigest returns an error if a digest differs from the one in the repeated run, and fills in
// an unknown digest.
func (c *Config) checkDigest(key string, want *string, what, got string) error {
	if *want != "" && *want != got {
		advice := "; without this key any will do"
		if c.resume != "" {
			advice = ", and a run goes on with the same only"
		}
		return fault.Usagef("%s: %s has sha256 %s, in that run it had %s%s", c.label(key), what, got, *want, advice)
	}
	*want = got
	return nil
}

func (c *Config) optimizer() (nn.Optimizer, error) {
	return nn.NewOptimizer(c.Optimizer, c.Rate, c.Decay)
}

// CropMargin is the margin of the augmentation crop, in pixels.
const CropMargin = 4

// Preparation returns the preparation that the words of an augmentation describe.
func Preparation(words []string) (p data.Preparation, err error) {
	for _, w := range words {
		switch w {
		case "crop":
			p.Crop = CropMargin
		case "flip":
			p.Flip = true
		default:
			return p, fmt.Errorf("%q: expected crop, flip or crop,flip", w)
		}
	}
	return p, nil
}
