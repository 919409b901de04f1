package experiment

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Load reads an experiment from a YAML file. Settings that the file leaves out are as in Default.
// The config.json of a run is such a file too: it repeats the run, with the same tables. Paths in
// it are relative to its folder.
func Load(path string) (*Config, error) {
	text, err := limits.ReadFile(path, longestFile)
	if err != nil {
		return nil, fault.Usagef("reading the experiment: %w", err)
	}
	root, err := parse(path, text)
	if err != nil {
		return nil, err
	}
	c := Default()
	c.places = map[string]string{}
	if root.node == nil {
		return nil, fault.Usagef("%s: there is nothing in it; expected an experiment, such as model: lenet-5", path)
	}
	err = root.resolve().fields(c.keys())
	switch {
	case c.Layers == nil:
		c.ModelName = ""
	case c.ModelName == "":
		name := filepath.Base(path)
		c.ModelName = strings.TrimSuffix(name, filepath.Ext(name))
	}
	if c.Layers != nil {
		c.Model = c.ModelName
	}
	if err == nil {
		err = c.check()
	}
	c.rebase(from(filepath.Dir(path)))
	if _, ok := c.places["out"]; ok {
		c.Out = from(filepath.Dir(path))(c.Out)
	}
	return c, err
}

// keys returns what reads each key of a file.
func (c *Config) keys() map[string]func(value) error {
	keys := map[string]func(value) error{
		"model":            c.readModel,
		"data":             func(v value) error { return v.text(&c.Data) },
		"multipliers":      c.readMultipliers,
		"backward":         func(v value) error { return v.text(&c.Backward) },
		"epochs":           func(v value) error { return v.integer(&c.Epochs) },
		"batch":            func(v value) error { return v.integer(&c.Batch) },
		"optimizer":        func(v value) error { return v.text(&c.Optimizer) },
		"lr":               func(v value) error { return v.number(&c.Rate) },
		"decay":            func(v value) error { return v.number(&c.Decay) },
		"schedule":         c.readSchedule,
		"smoothing":        func(v value) error { return v.number(&c.Smoothing) },
		"clip":             func(v value) error { return v.number(&c.Clip) },
		"patience":         func(v value) error { return v.integer(&c.Patience) },
		"seed":             c.readSeed,
		"limit":            func(v value) error { return v.integer(&c.Limit) },
		"steps":            func(v value) error { return v.integer(&c.Steps) },
		"augment":          c.readAugment,
		"normalize":        func(v value) error { return v.boolean(&c.Normalize) },
		"train_only":       func(v value) error { return v.texts(&c.TrainOnly) },
		"init":             func(v value) error { return v.text(&c.Init) },
		"init_sha256":      func(v value) error { return v.text(&c.InitSum) },
		"data_sha256":      func(v value) error { return v.text(&c.DataSum) },
		"model_name":       func(v value) error { return v.text(&c.ModelName) },
		"checkpoint_every": func(v value) error { return v.integer(&c.CheckpointEvery) },
		"device":           func(v value) error { return v.text(&c.Device) },
		"threads":          func(v value) error { return v.integer(&c.Threads) },
		"name":             func(v value) error { return v.text(&c.Name) },
		"out":              func(v value) error { return v.text(&c.Out) },
		"mean":             func(value) error { return nil }, // of a run's images; they are computed anew
		"deviation":        func(value) error { return nil },
		"tables_sha256":    func(v value) error { return readDigests(v, &c.digests.tables) },
		"models_sha256":    func(v value) error { return readDigests(v, &c.digests.models) },
		"gradients_sha256": func(v value) error { return readDigests(v, &c.digests.gradients) },
		"file_names":       func(v value) error { return readDigests(v, &c.files) },
	}
	maps.Copy(keys, c.integerKeys())
	for key, read := range keys {
		keys[key] = func(v value) error {
			c.places[key] = v.place()
			return read(v)
		}
	}
	return keys
}

func (c *Config) readSeed(v value) error {
	text, quoted, ok := v.scalar()
	n, err := strconv.ParseUint(text, base(text), 64)
	if !ok || quoted || err != nil {
		return v.expected("a whole number from 0 to 2^64-1")
	}
	c.Seed = n
	return nil
}

// readSchedule reads a schedule's kind, or all that it says.
func (c *Config) readSchedule(v value) error {
	s := &c.Schedule
	if _, ok := v.node.(*ast.MappingNode); !ok {
		return v.text(&s.Kind)
	}
	return v.fields(map[string]func(value) error{
		"kind":    func(v value) error { return v.text(&s.Kind) },
		"warm_up": func(v value) error { return v.number(&s.WarmUp) },
		"every":   func(v value) error { return v.number(&s.Every) },
		"factor":  func(v value) error { return v.number(&s.Factor) },
	})
}

func (c *Config) readAugment(v value) error {
	words, err := v.list()
	if err != nil {
		return err
	}
	c.Augment = nil
	for _, w := range words {
		var word string
		if err := w.text(&word); err != nil {
			return err
		}
		if _, err := Preparation([]string{word}); err != nil {
			return w.wrong("%w", err)
		}
		c.Augment = append(c.Augment, word)
	}
	return nil
}

// readDigests reads a text for each multiplier of a run, such as its digest.
func readDigests(v value, to *map[string]string) error {
	digests := map[string]string{}
	*to = digests
	keys, values, err := v.entries()
	for i, k := range keys {
		digest := ""
		if err := values[i].text(&digest); err != nil {
			return err
		}
		digests[k.name()] = digest
	}
	return err
}

// readModel reads the name of a model, or its layers.
func (c *Config) readModel(v value) error {
	if _, ok := v.node.(*ast.SequenceNode); !ok {
		if _, _, ok := v.scalar(); !ok {
			return v.expected("the name of a model or a list of layers")
		}
		return v.text(&c.Model)
	}
	r := &layerReader{}
	layers, err := r.chain(v)
	if err != nil {
		return err
	}
	c.Layers, c.layout = layers, plain(v)
	return nil
}

// plain returns a value, which has been read without errors, as JSON has it.
func plain(v value) any {
	switch v.node.(type) {
	case *ast.SequenceNode:
		all := []any{}
		list, _ := v.list()
		for _, in := range list {
			all = append(all, plain(in))
		}
		return all
	case *ast.MappingNode:
		all := map[string]any{}
		keys, values, _ := v.entries()
		for i, k := range keys {
			all[k.name()] = plain(values[i])
		}
		return all
	}
	var n int
	var x float64
	var b bool
	if v.integer(&n) == nil {
		return n
	} else if v.number(&x) == nil {
		return x
	} else if v.boolean(&b) == nil {
		return b
	}
	text, _, ok := v.scalar()
	if !ok {
		return nil
	}
	return text
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
