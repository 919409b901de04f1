package cosim

import (
	"fmt"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/suggest"
)

// signal is a port, or the single bits that make up a vector.
type signal struct {
	name   string
	bits   []string // ports, most significant first
	width  int
	signed bool
}

// find returns the port that an option names; the error suggests the nearest name.
func (f *inference) find(name string, by option.Option, dir Direction) (Port, error) {
	var names []string
	for _, p := range f.ports {
		if p.Name == name {
			if p.Dir != dir && !(by == option.Tie && p.Dir == InOut) {
				return p, fault.Usagef("%v %s: the port is an %s, expected an %s", by, name, p.Dir, dir)
			}
			return p, nil
		}
		if p.Dir == dir {
			names = append(names, p.Name)
		}
	}
	if names == nil {
		return Port{}, fault.Usagef("%v %s: the design has no %s of that name", by, name, dir)
	}
	return Port{}, fault.Usagef("%v %s: the design has no such %s; did you mean %s? There are: %s",
		by, name, dir, suggest.Nearest(name, names), f.list(f.free(dir, true)))
}

// take marks a signal's ports as having a part.
func (f *inference) take(s *signal) {
	for _, b := range s.bits {
		f.taken[b] = true
	}
}

// free returns the signals of a direction that have no part yet, single bits
// with a common stem put together; raw leaves those apart.
func (f *inference) free(dir Direction, raw bool) []*signal {
	var out []*signal
	grouped := map[string]bool{}
	for _, p := range f.ports {
		if p.Dir != dir || f.taken[p.Name] || grouped[p.Name] {
			continue
		}
		if stem, _, ok := splitBit(p.Name); ok && !raw && p.Width == 1 {
			if g := f.bits(stem, dir); g != nil {
				for _, b := range g.bits {
					grouped[b] = true
				}
				out = append(out, g)
				continue
			}
		}
		out = append(out, &signal{name: p.Name, bits: []string{p.Name}, width: p.Width, signed: p.Signed})
	}
	return out
}

// bits returns the vector that the single-bit ports stem[0], stem[1], … (or
// stem0, stem_0, …) make up, nil if there are fewer than two or one is missing.
func (f *inference) bits(stem string, dir Direction) *signal {
	byIndex := map[int]string{}
	for _, p := range f.ports {
		if s, i, ok := splitBit(p.Name); ok && s == stem && p.Dir == dir && p.Width == 1 && !f.taken[p.Name] {
			if byIndex[i] != "" {
				return nil
			}
			byIndex[i] = p.Name
		}
	}
	if len(byIndex) < 2 {
		return nil
	}
	g := &signal{name: stem, width: len(byIndex)}
	for i := len(byIndex) - 1; i >= 0; i-- {
		if byIndex[i] == "" {
			return nil
		}
		g.bits = append(g.bits, byIndex[i])
	}
	return g
}

// list prints signals for a message.
func (f *inference) list(s []*signal) string {
	var names []string
	for _, s := range s {
		names = append(names, fmt.Sprintf("%s (%d bit)", s.name, s.width))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
