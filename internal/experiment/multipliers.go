package experiment

import (
	"encoding/json"

	"github.com/goccy/go-yaml/ast"

	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// readMultipliers reads a list of names, and of multipliers that differ from layer to
// layer.
func (c *Config) readMultipliers(v value) error {
	list, err := v.list()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return v.wrong("expected multipliers, found none")
	}
	if len(list) > mostMultipliers {
		return v.wrong("%d multipliers, expected at most %d", len(list), mostMultipliers)
	}
	c.Multipliers = nil
	seen := map[string]bool{}
	for _, in := range list {
		m := Multiplier{places: map[string]string{}}
		if _, ok := in.node.(*ast.MappingNode); ok {
			err = m.read(in)
		} else if err = in.text(&m.Name); err == nil {
			m.Default, m.places[m.Name] = m.Name, in.place()
		}
		if err != nil {
			return err
		}
		if seen[m.Name] {
			return in.wrong("%s stands there twice; give another name", m.Name)
		}
		seen[m.Name] = true
		c.Multipliers = append(c.Multipliers, m)
	}
	return nil
}

// read reads a multiplier that has a name of its own.
func (m *Multiplier) read(v value) error {
	v.key = ""
	err := v.fields(map[string]func(value) error{
		"name":     func(v value) error { return v.text(&m.Name) },
		"default":  func(v value) error { return m.pair(v, &m.Default, &m.Backward, &m.Gradient) },
		"backward": func(v value) error { return m.text(v, &m.Backward) },
		"gradient": func(v value) error { return m.gradient(v, &m.Gradient) },
		"layers":   m.readRules,
	})
	switch {
	case err != nil:
	case m.Name == "":
		err = v.wrong("a multiplier without a name; expected name: what to call it in results")
	case m.Name == Native:
		err = v.wrong("name: %s is binary32's own multiplication; give another name", Native)
	case m.Default == "":
		err = v.wrong("multiplier %s has no default, for layers that have none of their own", m.Name)
	}
	return err
}

func (m *Multiplier) readRules(v value) error {
	keys, values, err := v.entries()
	if err != nil {
		return err
	}
	for i, k := range keys {
		r := Rule{Layers: k.name()}
		if len(r.Layers) > limits.LongestName || !limits.Printable(r.Layers) {
			return k.wrong("%s: expected the name or the pattern of layers, at most %d bytes", limits.Show(r.Layers), limits.LongestName)
		}
		m.places["layers "+r.Layers] = k.place()
		if err := m.pair(values[i], &r.Forward, &r.Backward, &r.Gradient); err != nil {
			return err
		}
		m.Rules = append(m.Rules, r)
	}
	return nil
}

// gradient reads the name of a gradient.
func (m *Multiplier) gradient(v value, to *string) error {
	err := v.text(to)
	if err == nil {
		if _, wrong := gradient.Parse(*to); wrong != nil {
			err = v.wrong("%w", wrong)
		}
	}
	return err
}

// pair reads a multiplier's name, or one for each pass, and the gradient.
func (m *Multiplier) pair(v value, forward, backward, gradient *string) error {
	if _, ok := v.node.(*ast.MappingNode); !ok {
		return m.text(v, forward)
	}
	key := v.key
	v.key = ""
	err := v.fields(map[string]func(value) error{
		"forward":  func(v value) error { return m.text(v, forward) },
		"backward": func(v value) error { return m.text(v, backward) },
		"gradient": func(v value) error { return m.gradient(v, gradient) },
	})
	if err == nil && *forward == "" && *backward == "" && *gradient == "" {
		err = v.wrong("%s: expected forward, backward or gradient", key)
	}
	return err
}

// text reads a multiplier's name, and remembers where it is.
func (m *Multiplier) text(v value, to *string) error {
	err := v.text(to)
	m.places[*to] = v.place()
	return err
}

// MarshalJSON returns the form of a file: a name, or the differences from layer to layer.
func (m Multiplier) MarshalJSON() ([]byte, error) {
	if m.Plain() {
		return json.Marshal(m.Name)
	}
	return json.Marshal(struct {
		Name     string `json:"name"`
		Default  string `json:"default"`
		Backward string `json:"backward,omitempty"`
		Gradient string `json:"gradient,omitempty"`
		Layers   rules  `json:"layers,omitempty"`
	}{m.Name, m.Default, m.Backward, m.Gradient, m.Rules})
}

// Plain reports whether it is the same multiplier for all layers and has its name.
func (m Multiplier) Plain() bool {
	return m.Name == m.Default && m.Backward == "" && m.Gradient == "" && len(m.Rules) == 0
}

// rules are a JSON object in their order, since the last one that names a layer
// decides.
type rules []Rule

func (r rules) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, rule := range r {
		if i > 0 {
			out = append(out, ',')
		}
		key, err := json.Marshal(rule.Layers)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(struct {
			Forward  string `json:"forward,omitempty"`
			Backward string `json:"backward,omitempty"`
			Gradient string `json:"gradient,omitempty"`
		}{rule.Forward, rule.Backward, rule.Gradient})
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}
