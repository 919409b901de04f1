package design

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// mostValues is the most values of accuracy knobs that one command goes through.
const mostValues = 64

// registerEach makes a command run once for each value of an accuracy knob: --tie mode=0,1,2, or --each mode for all values of
// an input. Names of tables then end in the values. A run whose comparison fails does not keep the others from running.
func (d *Flags) registerEach(c *cobra.Command) {
	var ports []string
	c.Flags().StringArrayVar(&ports, "each", nil, "input `port` whose values the command goes through, one after the other")
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		ties, err := d.ties(c, ports)
		if err != nil {
			return err
		}
		if len(ties) == 0 {
			return run(c, args)
		}
		for _, name := range []string{"junit", "wave", "lcov", "coverage", "json"} {
			if f := c.Flags().Lookup(name); f != nil && f.Changed {
				return fault.Usagef("--%s has one result, and %d values were given: give one at a time", name, len(ties))
			}
		}
		was := map[string]string{}
		for _, name := range []string{"out", "name"} {
			if f := c.Flags().Lookup(name); f != nil {
				was[name] = f.Value.String()
			}
		}
		unequal := false
		for _, t := range ties {
			d.over.Tie, d.suffix = t.all, suffix(t.values)
			for name, value := range was {
				if value == "" {
					continue
				}
				ext := filepath.Ext(value)
				if name == "name" {
					ext = ""
				}
				if err := c.Flags().Set(name, strings.TrimSuffix(value, ext)+d.suffix+ext); err != nil {
					return err
				}
			}
			fmt.Fprintf(cli.Stdout, "%s:\n", strings.Join(t.values, ", "))
			if err := run(c, args); errors.Is(err, cli.ErrNotEqual) {
				unequal = true
			} else if err != nil {
				return fmt.Errorf("%s: %w", strings.Join(t.values, ", "), err)
			}
		}
		if unequal {
			return cli.ErrNotEqual
		}
		return nil
	}
}

// tied is what --tie says in one run.
type tied struct {
	all    []string // of --tie
	values []string // those of them that change
}

// ties returns what to tie in each run; nothing if there is one run.
func (d *Flags) ties(c *cobra.Command, ports []string) ([]tied, error) {
	runs := []tied{{}}
	several := false
	add := func(name string, values []string) error {
		if len(runs)*len(values) > mostValues {
			return fault.Usagef("%s has %d values: expected at most %d runs in all; choose with --tie %[1]s=0,1,2", name, len(values), mostValues)
		}
		var next []tied
		for _, r := range runs {
			for _, v := range values {
				t := tied{append(append([]string{}, r.all...), name+"="+v), append([]string{}, r.values...)}
				if len(values) > 1 {
					several = true
					t.values = append(t.values, name+"="+v)
				}
				next = append(next, t)
			}
		}
		runs = next
		return nil
	}
	for _, t := range d.over.Tie {
		name, list, _ := strings.Cut(t, "=")
		if err := add(name, strings.Split(list, ",")); err != nil {
			return nil, err
		}
	}
	if len(ports) > 0 {
		if err := d.parseRTL(); err != nil {
			return nil, err
		}
		if !d.rtl() {
			return nil, fault.Usagef("--each %s: only RTL has ports: name it with --rtl", ports[0])
		}
		design, err := cosim.Elaborate(c.Context(), d.source)
		if err != nil {
			return nil, err
		}
		for _, name := range ports {
			values, err := valuesOf(design, name)
			if err == nil {
				err = add(name, values)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if !several {
		return nil, nil
	}
	return runs, nil
}

// valuesOf lists the values of an input.
func valuesOf(design *cosim.Design, name string) (values []string, err error) {
	var inputs []string
	for _, p := range design.Ports {
		if p.Dir != cosim.In {
			continue
		}
		if inputs = append(inputs, p.Name); p.Name != name {
			continue
		}
		if p.Width > 6 {
			return nil, fault.Usagef("--each %s: the port has %d bits: choose values with --tie %[1]s=0,1,2", name, p.Width)
		}
		for v := range 1 << p.Width {
			values = append(values, fmt.Sprint(v))
		}
		return values, nil
	}
	return nil, fault.Usagef("--each %s: no such input of %s; there are %s", name, design.Top, strings.Join(inputs, ", "))
}

var unnamed = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// suffix returns the end of a table's name: _mode2.
func suffix(values []string) string {
	var out string
	for _, v := range values {
		out += "_" + unnamed.ReplaceAllString(strings.Replace(v, "=", "", 1), "-")
	}
	return out
}
