package experiment

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/multiplier"
)

// rebase replaces each path in the configuration by the result of a function. Names of built-in
// multipliers and of sets are no paths.
func (c *Config) rebase(to func(string) string) {
	rebased := map[string]string{} // a file may name the same multiplier for many layers
	rebase := func(name string) string {
		if _, done := rebased[name]; !done {
			rebased[name] = multiplier.Rebase(name, to)
		}
		return rebased[name]
	}
	for i := range c.Multipliers {
		m := &c.Multipliers[i]
		places := maps.Clone(m.places)
		move := func(name *string) {
			p := rebase(*name)
			if place, ok := m.places[*name]; ok {
				places[p] = place
			}
			*name = p
		}
		move(&m.Default)
		move(&m.Backward)
		if isFile(m.Gradient) {
			m.Gradient = to(m.Gradient)
		}
		m.Rules = slices.Clone(m.Rules)
		for j := range m.Rules {
			move(&m.Rules[j].Forward)
			move(&m.Rules[j].Backward)
			if isFile(m.Rules[j].Gradient) {
				m.Rules[j].Gradient = to(m.Rules[j].Gradient)
			}
		}
		m.places = places
	}
	c.Backward = rebase(c.Backward)
	for _, d := range []struct {
		of   *map[string]string
		move func(string) string
	}{{&c.digests.tables, rebase}, {&c.digests.models, rebase}, {&c.digests.gradients, to}} {
		if *d.of == nil {
			continue
		}
		moved := map[string]string{}
		for name, digest := range *d.of {
			moved[d.move(name)] = digest
		}
		*d.of = moved
	}
	if p := to(c.Data); c.Data != "" && !data.IsName(c.Data) && (strings.ContainsRune(c.Data, filepath.Separator) || exists(p)) {
		c.Data = p
	}
	if c.Init != "" {
		c.Init = to(c.Init)
	}
	if isFile(c.Gradient) {
		c.Gradient = to(c.Gradient)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// from returns a function that counts paths from a folder.
func from(dir string) func(string) string {
	return func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
}

// absolute makes a path one that leads to the same file from every folder.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// Shown is a path, or another name, as people read it: from the current folder if it leads
// into it.
func Shown(path string) string {
	if here, err := os.Getwd(); err == nil && filepath.IsAbs(path) {
		if short, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(short) {
			return short
		}
	}
	return path
}

// Is reports whether m is the plain multiplier name, a built-in one or a file, for all layers and
// both passes.
func (m Multiplier) Is(name string) bool {
	return m.Name == name && m.Backward == "" && m.Gradient == "" && len(m.Rules) == 0 &&
		(m.Default == name || filepath.IsAbs(m.Default) && filepath.Base(m.Default) == filepath.Base(name))
}
