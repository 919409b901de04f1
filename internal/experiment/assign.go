package experiment

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/nn"
)

// Pair names the multipliers of a layer's two passes.
type Pair struct {
	Forward  string `json:"forward"`
	Backward string `json:"backward"`
	// Gradient is that of a layer that computes in integers, as gradient.Parse has it, else "".
	Gradient string `json:"gradient,omitempty"`
}

// String returns "mbm_e8m7", or "mbm_e8m7 / fp32" if they differ.
func (p Pair) String() string {
	if p.Gradient != "" {
		return Shown(p.Forward) + " / " + Shown(p.Gradient)
	}
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
	codes  map[string]*nn.Quantized // of layers that compute in integers
}

// For gives a layer its multipliers; see nn.Assignment.
func (a *Assigned) For(layer string) nn.Multipliers {
	p := a.Layers[layer]
	return nn.Multipliers{Forward: a.loaded[p.Forward], Backward: a.loaded[p.Backward], Quantized: a.codes[layer]}
}

// usual is what an assignment gives layers if nothing else does.
type usual struct {
	backward, gradient string
	// coded says whether layers with a multiplier compute in integers; nil: none does, and gradients do not matter.
	coded func(multiplier string) bool
}

// assign finds out which layers have which multipliers. A rule that is about none is
// an error.
func (m Multiplier) assign(layers []nn.LayerPlan, u usual) (*Assigned, error) {
	u.backward, u.gradient = cmp.Or(m.Backward, u.backward), cmp.Or(m.Gradient, u.gradient)
	others, err := m.pairOf(Rule{}, u)
	if err != nil {
		return nil, err
	}
	a := &Assigned{Name: m.Name, Layers: map[string]Pair{}, Others: others}
	var names []string
	for _, l := range layers {
		if l.Multiplies {
			names = append(names, l.Name)
			a.Layers[l.Name] = a.Others
		}
	}
	decides := map[string]int{}
	for i, r := range m.Rules {
		pair, err := m.pairOf(r, u)
		if err != nil {
			return nil, err
		}
		hits, err := someLayers(names, r.Layers)
		if err != nil {
			return nil, m.wrong(r, "%w", err)
		}
		for _, name := range hits {
			a.Layers[name] = pair
			decides[name] = i
		}
	}
	for i, r := range m.Rules {
		n := 0
		pair, _ := m.pairOf(r, u)
		for _, by := range decides {
			if by == i {
				n++
			}
		}
		a.Rules = append(a.Rules, fmt.Sprintf("%s %v (%s)", r.Layers, pair, english.Plural(n, "layer", "")))
	}
	return a, nil
}

// MatchLayers returns those of the names of layers that multiply which match a name or a pattern: *, ? and [a-z] as of
// files; * goes past points.
func MatchLayers(names []string, pattern string) (hits []string, err error) {
	for _, name := range names {
		hit, err := path.Match(pattern, name)
		if err != nil {
			return nil, fmt.Errorf("no pattern: %w", err)
		}
		if hit {
			hits = append(hits, name)
		}
	}
	return hits, nil
}

// someLayers is MatchLayers, and an error if no layer matches.
func someLayers(names []string, pattern string) ([]string, error) {
	hits, err := MatchLayers(names, pattern)
	if err == nil && len(hits) == 0 {
		err = fmt.Errorf("no layer that multiplies has such a name; there are: %s", strings.Join(names, ", "))
	}
	return hits, err
}

// pairOf returns the multipliers that a rule gives its layers: a pass that the rule leaves out is
// as in the other layers, and the backward pass is as the forward pass if nothing else is given.
//
// A layer that computes in integers has a gradient. Its backward pass is native if nothing else is given, or goes through the
// table if the gradient says so.
func (m Multiplier) pairOf(r Rule, u usual) (Pair, error) {
	p := Pair{Forward: cmp.Or(r.Forward, m.Default), Backward: cmp.Or(r.Backward, u.backward)}
	switch {
	case u.coded != nil && u.coded(p.Forward):
		p.Gradient = cmp.Or(r.Gradient, u.gradient)
		if p.Gradient != string(gradient.STE) && p.Backward != "" {
			return p, m.wrong(r, "a gradient, %s, and a multiplier of the backward pass, %s: expected one of the two", p.Gradient, p.Backward)
		}
		if p.Backward == "" && p.Gradient != string(gradient.Table) {
			p.Backward = Native
		}
	case u.coded != nil && r.Gradient != "":
		return p, m.wrong(r, "a gradient, %s, and layers that do not compute in integers", r.Gradient)
	}
	p.Backward = cmp.Or(p.Backward, p.Forward)
	return p, nil
}

// wrong is an error about a rule.
func (m Multiplier) wrong(r Rule, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if r.Layers == "" {
		return fault.Usagef("multiplier %s: %w", m.Name, err)
	}
	if place := m.places["layers "+r.Layers]; place != "" {
		return fault.Usagef("%s: layers %q: %w", place, r.Layers, err)
	}
	return fault.Usagef("multiplier %s: layers %q: %w", m.Name, r.Layers, err)
}
