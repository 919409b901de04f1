package cosim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/suggest"
)

// signal is a port, a part of one, or the single bits that make up a vector.
type signal struct {
	name   string
	parts  []Slice // most significant first
	width  int
	signed bool
}

// whole is the signal of a port.
func whole(p Port) *signal {
	return &signal{name: p.Name, parts: Whole(p.Name), width: p.Width, signed: p.Signed}
}

// resolve returns what an option names: ports and parts of ports, most significant first, with commas between them. A
// name is a port, the stem of single bits (a of a[1] and a[0]), or a port and what is chosen of it: tdata[7:0], req.a.
func (f *inference) resolve(text string, by option.Option, dir Direction) (*signal, error) {
	if t, is := strings.CutPrefix(text, "{"); is && strings.HasSuffix(t, "}") {
		text = strings.TrimSuffix(t, "}")
	}
	out := &signal{name: text}
	for name := range strings.SplitSeq(text, ",") {
		s, err := f.resolveOne(strings.TrimSpace(name), by, dir)
		if err != nil {
			return nil, err
		}
		out.parts = append(out.parts, s.parts...)
		out.width += s.width
		out.signed = s.signed
	}
	return out, nil
}

func (f *inference) resolveOne(name string, by option.Option, dir Direction) (*signal, error) {
	if i := slices.IndexFunc(f.ports, func(p Port) bool { return p.Name == name }); i >= 0 {
		p, err := f.find(name, by, dir)
		return whole(p), err
	}
	if g := f.bits(name, dir); g != nil {
		return g, nil
	}
	// The longest port that begins the name: an escaped name may hold a dot or a bracket.
	var port *Port
	for i, p := range f.ports {
		rest, is := strings.CutPrefix(name, p.Name)
		if is && (strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, ".")) && (port == nil || len(p.Name) > len(port.Name)) {
			port = &f.ports[i]
		}
	}
	if port == nil {
		if stem, path, is := strings.Cut(name, "["); is { // a slice of single bits
			if g := f.bits(stem, dir); g != nil {
				return g.slice(by, name, "["+path)
			}
		}
		_, err := f.find(name, by, dir)
		return nil, err
	}
	if _, err := f.find(port.Name, by, dir); err != nil {
		return nil, err
	}
	low, t, err := port.layout().choose(name[len(port.Name):])
	if err != nil {
		return nil, fault.Usagef("%v %s: port %s: %w", by, name, port.Name, err)
	}
	if t.Width == port.Width { // the same port, as if it were named alone
		s := whole(*port)
		s.name, s.signed = name, s.signed || t.Signed
		return s, nil
	}
	return &signal{name: name, parts: []Slice{{Port: port.Name, Name: name, Low: low, Width: t.Width}}, width: t.Width, signed: t.Signed}, nil
}

// slice returns a slice of a vector of single bits.
func (s *signal) slice(by option.Option, name, path string) (*signal, error) {
	low, t, err := vector(s.width).choose(path)
	if err != nil {
		return nil, fault.Usagef("%v %s: %w", by, name, err)
	}
	n := len(s.parts)
	return &signal{name: name, parts: s.parts[n-low-t.Width : n-low], width: t.Width}, nil
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
	for _, p := range s.parts {
		f.taken[p.Port] = true
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
				for _, b := range g.parts {
					grouped[b.Port] = true
				}
				out = append(out, g)
				continue
			}
		}
		out = append(out, whole(p))
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
		g.parts = append(g.parts, Slice{Port: byIndex[i]})
	}
	return g
}

// members returns the members of free ports that are structs; other signals stay.
func (f *inference) members(free []*signal) (out []*signal) {
	for _, s := range free {
		var parts []Slice
		var types []*Type
		if i := slices.IndexFunc(f.ports, func(p Port) bool { return p.Name == s.name }); i >= 0 && f.ports[i].Type != nil {
			parts, types = f.ports[i].Type.leaves(Slice{Port: s.name})
		}
		if len(parts) == 0 {
			out = append(out, s)
			continue
		}
		for n, p := range parts {
			out = append(out, &signal{name: p.Name, parts: []Slice{p}, width: p.Width, signed: types[n].Signed})
		}
	}
	return out
}

// owners are the parts of the bits of ports.
type owners map[string][]string

// claims returns the parts of the bits of operands, product and ties. No bit has two.
func (f *inference) claims() (owners, error) {
	o := owners{}
	for _, p := range f.ports {
		o[p.Name] = make([]string, p.Width)
	}
	for _, v := range []struct {
		by option.Option
		s  *signal
	}{{option.A, f.a}, {option.B, f.b}, {option.P, f.p}} {
		if v.s == nil {
			continue
		}
		for _, s := range v.s.parts {
			if err := f.claim(o, v.by.String(), s); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range f.iface.Tied {
		if err := f.claim(o, fmt.Sprintf("%v %v", option.Tie, t), t.Slice); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// claim gives bits their part.
func (f *inference) claim(o owners, what string, s Slice) error {
	bits := o[s.Port]
	if s.Width > 0 {
		bits = bits[s.Low : s.Low+s.Width]
	}
	for b, other := range bits {
		if other != "" {
			name := f.bitsOf(s.Port, s.Low+b, s.Low+b)
			if s.Width == 0 {
				name = s.Port
			}
			if other == what {
				return fault.Usagef("%s names %s twice: each bit of a port has one part", what, name)
			}
			return fault.Usagef("%s and %s both name %s: each bit of a port has one part", other, what, name)
		}
		bits[b] = what
	}
	return nil
}

// covered checks that every bit of every input has one part.
func (f *inference) covered() error {
	i := f.iface
	owner, err := f.claims()
	if err != nil {
		return err
	}
	controls := []string{i.Clock, i.Reset, i.InValid, i.OutReady}
	for _, c := range i.Channels {
		controls = append(controls, c.Valid)
	}
	for _, c := range controls {
		if c != "" {
			if err := f.claim(owner, "the control port "+c, Slice{Port: c}); err != nil {
				return err
			}
		}
	}
	for _, p := range f.ports {
		if p.Dir == Out {
			continue
		}
		for low := 0; low < p.Width; low++ {
			if owner[p.Name][low] != "" {
				continue
			}
			high := low
			for high+1 < p.Width && owner[p.Name][high+1] == "" {
				high++
			}
			name := f.bitsOf(p.Name, high, low)
			return fault.Usagef("input %s has no part: give it a value with %v '%s=VALUE'", name, option.Tie, name)
		}
	}
	return nil
}

// bitsOf names bits of a port as its declaration numbers them.
func (f *inference) bitsOf(port string, high, low int) string {
	i := slices.IndexFunc(f.ports, func(p Port) bool { return p.Name == port })
	t := f.ports[i].layout()
	switch {
	case high-low+1 == t.Width:
		return port
	case !t.Ranged || t.Element != nil: // as the netlist numbers them
		t = vector(t.Width)
	}
	number := func(bit int) int {
		if t.Left < t.Right {
			return t.Right - bit
		}
		return t.Right + bit
	}
	if high == low {
		return fmt.Sprintf("%s[%d]", port, number(low))
	}
	return fmt.Sprintf("%s[%d:%d]", port, number(high), number(low))
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
