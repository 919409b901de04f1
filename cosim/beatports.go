package cosim

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// stream is a handshake through which parts of operands come.
type stream struct {
	Beats        int
	Counter      int // bits of the number of a beat
	Valid, Ready string
	Busy         bool   // Ready is a busy
	Last         string // the port that marks the last beat; may be empty
	a, b         bool   // the operands that come through it
}

var lastName = regexp.MustCompile(`(^|_)t?last$`)

// inferBeats is inferAll of a design whose operands or product may come in several beats: it returns the design in the
// module that it is in then. Without the user's word, beats are a second try, of a design with one port for operands.
func (d *Design) inferBeats(s Source, over Overrides) (*inference, *Design, error) {
	var b Beats
	given := over.Beats != ""
	if given {
		var err error
		if b, err = ParseBeats(over.Beats); err != nil {
			return nil, nil, err
		}
	} else if f, err := d.inferAll(over); err == nil && !f.marksLast() || over.A != "" || over.B != "" {
		return f, d, err
	} else {
		ports, unfit := d.beatPorts(over)
		if unfit != nil || !ports.shared() {
			return f, d, err
		}
		if err == nil {
			err = fault.Usagef("the design has one port for operands, %s", ports.a.name)
		}
		if b, given = ports.guessBeats(); !given {
			return nil, nil, fault.Usagef("%w; if they come one after the other through %s, say in how many clock cycles "+
				"each: %v a=2,b=2",
				err, ports.a.name, option.Beats)
		}
		given = false
	}
	ports, err := d.beatPorts(over)
	if err != nil {
		return nil, nil, err
	}
	streams, err := ports.streams(b)
	if err != nil {
		return nil, nil, err
	}
	out, over, how := d.serialise(s, ports, b, streams)
	how.inferred = !given
	f, err := out.inferAll(over)
	if err != nil {
		return nil, nil, err
	}
	i := f.iface
	i.beats = how
	i.A[0].Name, i.B[0].Name = ports.a.name, ports.b.name
	if b.P.Count > 1 {
		i.P[0].Name = ports.p.name
	}
	return f, out, nil
}

// marksLast says whether an operand is a single bit whose name says that it marks the last beat.
func (f *inference) marksLast() bool {
	return slices.ContainsFunc([]*signal{f.a, f.b}, func(s *signal) bool {
		return s.width == 1 && lastName.MatchString(trimSides(strings.ToLower(s.name)))
	})
}

// beatPorts finds the ports of the handshake, of the operands and of the product of a design with beats.
func (d *Design) beatPorts(over Overrides) (*inference, error) {
	f := &inference{over: over, ports: d.Ports, sum: d.sum, iface: &Interface{}, taken: map[string]bool{}}
	err := f.findBeats()
	f.over = over
	return f, err
}

func (f *inference) findBeats() (err error) {
	i := f.iface
	wanted := f.over
	f.over.A, f.over.B, f.over.P = "", "", ""
	for _, v := range []struct {
		by   option.Option
		name string
		dir  Direction
		to   **signal
	}{{option.A, wanted.A, In, &f.a}, {option.B, wanted.B, In, &f.b}, {option.P, wanted.P, Out, &f.p}} {
		if v.name != "" {
			if *v.to, err = f.resolve(v.name, v.by, v.dir); err != nil {
				return err
			}
		}
	}
	for _, s := range []*signal{f.a, f.b, f.p} {
		if s != nil {
			f.take(s)
		}
	}
	a, b, p := f.a, f.b, f.p
	f.a, f.b, f.p = nil, nil, nil // claims would find a shared port twice
	for _, step := range []func() error{f.checkPorts, f.named, f.control} {
		if err := step(); err != nil {
			return err
		}
	}
	f.a, f.b, f.p = a, b, p
	free := slices.DeleteFunc(f.free(In, true), func(s *signal) bool { return s.width == 1 })
	switch {
	case f.a == nil && f.b == nil && len(free) == 1:
		f.a, f.b = free[0], free[0]
	case f.a == nil && f.b == nil && len(free) == 2:
		if inverted(free[0].name, free[1].name) {
			free[0], free[1] = free[1], free[0]
		}
		f.a, f.b = free[0], free[1]
	case f.a != nil && f.b == nil && len(free) == 0:
		f.b = f.a
	case f.a == nil && f.b != nil && len(free) == 0:
		f.a = f.b
	case f.a != nil && f.b == nil && len(free) == 1:
		f.b = free[0]
	case f.a == nil && f.b != nil && len(free) == 1:
		f.a = free[0]
	case f.a == nil || f.b == nil:
		return fault.Usagef("cannot tell the port, or the two ports, of the operands among the inputs %s: name them with "+
			"%v and %v",
			f.list(f.free(In, true)), option.A, option.B)
	}
	f.take(f.a)
	f.take(f.b)
	if f.p == nil {
		out := f.free(Out, false)
		if wide := vectors(out); len(wide) > 0 {
			out = wide
		}
		if len(out) != 1 {
			return fault.Usagef("cannot tell the product among the outputs %s: choose with %v", f.list(out), option.P)
		}
		f.p = out[0]
	}
	f.take(f.p)
	switch {
	case i.Clock == "":
		return fault.Usagef("operands in several beats need a clock, and none was found: name it with %v", option.Clock)
	case i.InValid == "" && len(i.Channels) == 0:
		return fault.Usagef("operands in several beats need a port that marks each of them as valid, and none was found: "+
			"name it with %v",
			option.InValid)
	case i.OutValid == "" || i.Idle || i.OutValid == i.InReady:
		return fault.Usagef("operands in several beats need a port that says when the product is valid, and none was "+
			"found: name it with %v",
			option.OutValid)
	}
	return nil
}

// shared says whether both operands come through the same bits.
func (f *inference) shared() bool { return slices.Equal(f.a.parts, f.b.parts) }

// guessBeats says in how many parts operands come that share a port, where the widths tell: of the format that the
// user named, or of a product whose port is twice as wide as the operands' port or more.
func (f *inference) guessBeats() (b Beats, ok bool) {
	if !f.shared() || f.a.width < 2 || len(f.iface.Channels) > 0 || f.over.LSBGiven || f.over.Mantissa != 0 {
		return b, false
	}
	w, out := f.a.width, f.p.width
	b = Beats{A: Beat{Count: 1}, B: Beat{Count: 1}, P: Beat{Count: 1}}
	if g := f.over.Format; g != nil {
		if g.Kind.Ports() == "" || g.A%w != 0 || g.B%w != 0 || g.P%out != 0 || g.Part.LSB != 0 || g.P != g.A+g.B {
			return b, false
		}
		b.A.Count, b.B.Count, b.P.Count = g.A/w, g.B/w, g.P/out
	} else {
		if k := f.over.Kind; k == Float || k == Mantissa || out%(2*w) != 0 {
			return b, false
		}
		b.A.Count, b.B.Count = out/(2*w), out/(2*w)
	}
	for _, p := range []*Beat{&b.A, &b.B, &b.P} {
		p.Ordered = p.Count == 1
	}
	return b, b.A.Count <= mostBeats && b.B.Count <= mostBeats && b.P.Count <= mostBeats
}

// streams returns the handshakes through which the operands come.
func (f *inference) streams(b Beats) (out []stream, err error) {
	i := f.iface
	all := slices.Clone(f.a.parts)
	if !f.shared() {
		all = append(all, f.b.parts...)
	}
	covered := map[string]int{} // bits of ports
	for _, p := range all {
		if covered[p.Port] += p.Width; p.Width == 0 {
			covered[p.Port] = f.width(p.Port)
		}
	}
	for _, p := range all {
		if n := f.width(p.Port); covered[p.Port] != n {
			return nil, fault.Usagef("%d of the %d bits of port %s belong to operands that come in several beats: expected all",
				covered[p.Port], n, p.Port)
		}
	}
	switch {
	case b.InTurn && !f.shared():
		return nil, fault.Usagef("%v %v: operands come in turns through one port, and a comes through %s, b through %s",
			option.Beats, b, f.a.name, f.b.name)
	case f.sum != nil && b.P.Count > 1:
		return nil, fault.Usagef("%v %v: a sum of ports is a product in one beat", option.Beats, b)
	case f.shared() && len(i.Channels) > 0:
		return nil, fault.Usagef("%v %v: both operands come through %s, and there are %d handshakes for them",
			option.Beats, b, f.a.name, len(i.Channels))
	case f.shared():
		out = []stream{{Beats: b.A.Count + b.B.Count, Valid: i.InValid, Ready: i.InReady, Busy: i.Busy, a: true, b: true}}
	case len(i.Channels) == 0:
		n := max(b.A.Count, b.B.Count)
		for _, c := range []int{b.A.Count, b.B.Count} {
			if c != n && c != 1 {
				return nil, fault.Usagef("%v %v: operands that come at the same time have as many beats, or one, which is "+
					"held", option.Beats, b)
			}
		}
		out = []stream{{Beats: n, Valid: i.InValid, Ready: i.InReady, Busy: i.Busy, a: true, b: true}}
	case len(i.Channels) == 2:
		c := i.Channels
		at := 0
		if stem(c[1].Valid) == stem(f.a.parts[0].Port) && stem(c[0].Valid) != stem(f.a.parts[0].Port) {
			at = 1
		}
		out = []stream{
			{Beats: b.A.Count, Valid: c[at].Valid, Ready: c[at].Ready, a: true},
			{Beats: b.B.Count, Valid: c[1-at].Valid, Ready: c[1-at].Ready, b: true},
		}
	default:
		return nil, fault.Usagef("%v %v: there are %d handshakes of operands, expected 1 or 2", option.Beats, b,
			len(i.Channels))
	}
	for n := range out {
		out[n].Counter = max(1, bits.Len(uint(out[n].Beats-1)))
		for _, p := range f.ports {
			is := p.Dir == In && p.Width == 1 && !f.taken[p.Name] && lastName.MatchString(trimSides(strings.ToLower(p.Name)))
			if is && (len(out) == 1 || stem(p.Name) == stem(out[n].Valid)) {
				out[n].Last = p.Name
				f.taken[p.Name] = true
			}
		}
	}
	return out, nil
}

// width returns the bits of a port.
func (f *inference) width(port string) int {
	return f.ports[slices.IndexFunc(f.ports, func(p Port) bool { return p.Name == port })].Width
}

// inTime returns an operand's parts in the order in which they come.
func inTime(net string, b Beat, width int) []string {
	if b.Count == 1 {
		return []string{net}
	}
	parts := make([]string, b.Count)
	for k := range parts {
		parts[k] = fmt.Sprintf("%s[%d:%d]", net, (k+1)*width-1, k*width)
	}
	if b.HighFirst {
		slices.Reverse(parts)
	}
	return parts
}

// together returns the parts of operands that share a port in the order in which they come.
func (b Beats) together(a, of []string) []string {
	if b.BFirst {
		a, of = of, a
	}
	if !b.InTurn {
		return slices.Concat(a, of)
	}
	var out []string
	for k := range a {
		out = append(out, a[k], of[k])
	}
	return out
}

// firstLow joins parts to a number whose lowest bits are the first part.
func firstLow(parts []string) string {
	parts = slices.Clone(parts)
	slices.Reverse(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}
