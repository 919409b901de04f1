package experiment

import (
	"fmt"
	"path"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

// Pair names the multipliers of a layer's two passes.
type Pair struct {
	Forward  string `json:"forward"`
	Backward string `json:"backward"`
}

// String returns "mbm_e8m7", or "mbm_e8m7 / fp32" if they differ.
func (p Pair) String() string {
	if p.Forward == p.Backward {
		return Shown(p.Forward)
	}
	return Shown(p.Forward) + " / " + Shown(p.Backward)
}

// Assigned is a multiplier of the experiment, ready for a network.
type Assigned struct {
	Name string
	// Digest is the one of its table, "" if it has none or differs from layer to layer.
	Digest string
	Layers map[string]Pair // of each layer that multiplies
	Rules  []string        // what they say, with how many layers each decides about
	Others Pair            // of layers without a rule
	loaded map[string]device.Multiplier
}

// For gives a layer its multipliers; see nn.Assignment.
func (a *Assigned) For(layer string) nn.Multipliers {
	p := a.Layers[layer]
	return nn.Multipliers{Forward: a.loaded[p.Forward], Backward: a.loaded[p.Backward]}
}

// assign finds out which layers have which multipliers. A rule that is about none is
// an error.
func (m Multiplier) assign(layers []nn.LayerPlan, backward string) (*Assigned, error) {
	if m.Backward != "" {
		backward = m.Backward
	}
	a := &Assigned{Name: m.Name, Layers: map[string]Pair{}, Others: m.pairOf(Rule{}, backward)}
	var names []string
	for _, l := range layers {
		if l.Multiplies {
			names = append(names, l.Name)
			a.Layers[l.Name] = a.Others
		}
	}
	decides := map[string]int{}
	for i, r := range m.Rules {
		found := 0
		for _, name := range names {
			hit, err := path.Match(r.Layers, name)
			if err != nil {
				return nil, m.wrong(r, "no pattern: %w", err)
			}
			if hit {
				a.Layers[name] = m.pairOf(r, backward)
				decides[name] = i
				found++
			}
		}
		if found == 0 {
			return nil, m.wrong(r, "no layer that multiplies has such a name; there are: %s", strings.Join(names, ", "))
		}
	}
	for i, r := range m.Rules {
		n := 0
		for _, by := range decides {
			if by == i {
				n++
			}
		}
		a.Rules = append(a.Rules, fmt.Sprintf("%s %v (%s)", r.Layers, m.pairOf(r, backward), english.Plural(n, "layer", "")))
	}
	return a, nil
}

// pairOf returns the multipliers that a rule gives its layers: a pass that the rule leaves out is
// as in the other layers, and the backward pass is as the forward pass if nothing else is given.
func (m Multiplier) pairOf(r Rule, backward string) Pair {
	p := Pair{m.Default, backward}
	if r.Forward != "" {
		p.Forward = r.Forward
	}
	if r.Backward != "" {
		p.Backward = r.Backward
	}
	if p.Backward == "" {
		p.Backward = p.Forward
	}
	return p
}

// wrong is an error about a rule.
func (m Multiplier) wrong(r Rule, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if place := m.places["layers "+r.Layers]; place != "" {
		return fault.Usagef("%s: layers %q: %w", place, r.Layers, err)
	}
	return fault.Usagef("multiplier %s: layers %q: %w", m.Name, r.Layers, err)
}
