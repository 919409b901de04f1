package main

import (
	"fmt"
	"os"
	"strings"

	"approxtrain/cmodel"
	"approxtrain/device"
	"approxtrain/golden"
	"approxtrain/internal/fault"
	"approxtrain/lut"
	"approxtrain/nn"
)

// named is a multiplier by the name the user gave it.
type named struct {
	name, digest string // of the table or the model's source
	model        bool   // the multiplier is a functional model
	pair         nn.Multipliers
	backward     *named // the multiplier of the backward pass, if it is another
}

// note says which multiplier has no table, if one has not.
func (n named) note() string {
	const direct = "has no table: simulated directly by a function in C, slower"
	switch {
	case n.model:
		return n.name + " " + direct
	case n.backward != nil && n.backward.model:
		return n.backward.name + ", backward, " + direct
	}
	return ""
}

// multipliers loads what --mult and --backward name.
func (t *trainFlags) multipliers(dev device.Device) ([]named, error) {
	var back *named
	if t.Backward != "" {
		b, err := loadMultiplier(dev, "--backward", t.Backward)
		if err != nil {
			return nil, err
		}
		back = &b
	}
	var all []named
	for _, name := range t.Multipliers {
		n, err := loadMultiplier(dev, "--mult", name)
		if err != nil {
			return nil, err
		}
		if back != nil {
			n.pair.Backward, n.backward = back.pair.Forward, back
		}
		all = append(all, n)
	}
	return all, nil
}

// loadMultiplier makes the multiplier of a name ready, for both passes; flag is
// where the name was given.
func loadMultiplier(dev device.Device, flag, name string) (named, error) {
	n := named{name: name}
	m, err := findModel(name)
	switch {
	case err != nil:
		return n, fault.Usagef("%s: %w", flag, err)
	case m != nil:
		n.digest, n.model = m.Digest(), true
		if n.pair.Forward, err = dev.Functional(*m); err != nil {
			err = fmt.Errorf("%s %s: %w", flag, name, err)
		}
	default:
		var table *lut.Table
		if name != native {
			if table, err = trainTable(flag, name); err != nil {
				return n, err
			}
			n.digest = table.Digest()
		}
		if n.pair.Forward, err = dev.Multiplier(table); err != nil {
			err = fault.Usagef("%s %s: %w", flag, name, err)
		}
	}
	n.pair.Backward = n.pair.Forward
	return n, err
}

// findModel returns the functional model that a name stands for, nil where it
// stands for a table.
func findModel(name string) (*device.Model, error) {
	if cmodel.IsSource(name) {
		m, err := cmodel.Read(name)
		return &m, err
	}
	if !golden.IsWide(name) || isFile(name) {
		return nil, nil
	}
	w, err := golden.LookupWide(name)
	if err != nil {
		return nil, err
	}
	m, err := cmodel.Builtin(name, w.Design, w.Mantissa)
	return &m, err
}

// trainTable reads a table file or makes a built-in's table.
func trainTable(flag, name string) (*lut.Table, error) {
	if isFile(name) {
		return readTable(name)
	}
	m, err := golden.Lookup(name)
	if err != nil {
		return nil, fault.Usagef("%s: %w; or fp32, a .lut file, or a .c file", flag, err)
	}
	return m.Table(), nil
}

// isFile says whether a multiplier's name is a file's: one that is there, or
// looks like one.
func isFile(name string) bool {
	_, err := os.Stat(name)
	return err == nil || strings.ContainsAny(name, "./")
}
