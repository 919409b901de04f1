package experiment

import (
	"fmt"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/option"
)

// uses returns the names of all multipliers that the experiment needs, and for each
// where it is named.
func (c *Config) uses() (names []string, labels map[string]string) {
	labels = map[string]string{}
	add := func(name, label string) {
		if _, ok := labels[name]; name != "" && !ok {
			names = append(names, name)
			labels[name] = label
		}
	}
	for _, m := range c.Multipliers {
		list := []string{m.Default, m.Backward}
		for _, r := range m.Rules {
			list = append(list, r.Forward, r.Backward)
		}
		for _, name := range list {
			label, ok := m.places[name]
			if !ok {
				label = option.Key("multipliers").String()
			}
			add(name, label)
		}
	}
	add(c.Backward, c.label("backward"))
	return names, labels
}

// digests are the SHA-256 of what products follow from, by the multiplier's name:
// tables, and the sources of functional models; and of files of gradients.
type digests struct{ tables, models, gradients map[string]string }

// load prepares every multiplier of the experiment on a device; note receives messages for the
// user.
func (c *Config) load(dev device.Device, note func(format string, args ...any)) (loaded map[string]device.Multiplier, d digests, err error) {
	loaded, d = map[string]device.Multiplier{}, digests{map[string]string{}, map[string]string{}, map[string]string{}}
	names, labels := c.uses()
	for _, name := range names {
		ref, err := multiplier.Parse(Shown(name), multiplier.Trained...)
		if err != nil {
			return nil, d, fault.Usagef("%s: %w", labels[name], err)
		}
		table, model, err := ref.Load()
		if err != nil {
			return nil, d, fault.Usagef("%s: %w", labels[name], err)
		}
		switch {
		case model != nil:
			d.models[name] = model.Digest()
			if c.dry {
				continue
			}
			loaded[name], err = functional(dev, *model, note) // a compiler may be missing
		case table != nil:
			d.tables[name] = table.Digest()
			fallthrough
		default:
			if loaded[name], err = dev.Multiplier(table); err != nil {
				err = fault.Usagef("%w", err)
			}
		}
		if err != nil {
			return nil, d, fmt.Errorf("%s %s: %w", labels[name], Shown(name), err)
		}
		for _, p := range []struct {
			key       string
			want, got string
		}{{"tables_sha256", c.digests.tables[name], d.tables[name]}, {"models_sha256", c.digests.models[name], d.models[name]}} {
			if err := c.checkDigest(p.key, &p.want, Shown(name), p.got); err != nil {
				return nil, d, err
			}
		}
	}
	return loaded, d, nil
}
