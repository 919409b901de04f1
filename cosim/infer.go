package cosim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"approxtrain/internal/fault"
)

// Overrides are the user's words on what would otherwise be inferred; zero
// values leave it to the inference.
type Overrides struct {
	A, B, P                              string // ports; several, most significant first: "carry_o,frac_o"
	Clock, Reset                         string // Reset: "!name" is active low
	InValid, InReady, OutValid, OutReady string
	Tie                                  []string // NAME=value of inputs that have no part in the product
	Kind                                 Kind
	Mantissa                             int // mantissa bits of fp and mant operands
	Latency                              int // clock edges; used if LatencyGiven
	LatencyGiven                         bool
}

// ties says whether the user gives a port a constant value.
func (o *Overrides) ties(port string) bool {
	return slices.ContainsFunc(o.Tie, func(t string) bool { return strings.HasPrefix(t, port+"=") })
}

// Interface is the part that each port of a design plays. Operand and product
// are lists of ports, most significant first: one port, or the single bits of a
// flattened netlist, or carry and fraction.
type Interface struct {
	Shape   Shape
	A, B, P []string

	Clock    string
	Reset    string
	ResetLow bool

	InValid, InReady, OutValid, OutReady string
	Busy                                 bool // InReady is a "busy": ready when low

	Tied [][2]string // inputs with a constant value
	Open []string    // outputs that nobody reads
}

// Handshake says whether the design announces its products.
func (i *Interface) Handshake() bool { return i.OutValid != "" }

// infer decides what each port is for: by the user's word, by name for single
// bits of control, by width for operands and product. An undecided case is an
// error that lists the candidates and the flag that decides.
func infer(ports []Port, o Overrides) (*Interface, error) {
	f := &inference{over: o, ports: ports, iface: &Interface{}}
	for _, step := range []func() error{
		f.checkPorts, f.named, f.control, f.operands, f.product, f.kind, f.settleHandshake,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return f.iface, nil
}

// signal is a port, or the single bits that make up a vector.
type signal struct {
	name   string
	bits   []string // ports, most significant first
	width  int
	signed bool
}

type inference struct {
	over    Overrides
	ports   []Port
	iface   *Interface
	taken   map[string]bool
	a, b, p *signal
}

func (f *inference) checkPorts() error {
	f.taken = map[string]bool{}
	for _, p := range f.ports {
		if p.Array {
			return fault.Usagef("port %s is an unpacked array, which no operand can be: wrap the design in a module with plain vectors", p.Name)
		}
		if p.Dir == Out || f.over.ties(p.Name) {
			continue
		}
		if v, is := powerLevel(p.Name); is && p.Width == 1 {
			f.taken[p.Name] = true
			f.iface.Tied = append(f.iface.Tied, [2]string{p.Name, v})
		} else if p.Dir == InOut {
			return fault.Usagef("port %s is an inout, which an operand or product cannot be: give it a value with --tie %s=0, or wrap the design in a module without it", p.Name, p.Name)
		}
	}
	return nil
}

func (f *inference) find(name, flag string, dir Direction) (Port, error) {
	var near string
	best := 1 << 30
	for _, p := range f.ports {
		if p.Name == name {
			if p.Dir != dir && !(flag == "tie" && p.Dir == InOut) {
				return p, fault.Usagef("--%s %s: the port is an %s, expected an %s", flag, name, p.Dir, dir)
			}
			return p, nil
		}
		if d := levenshtein.ComputeDistance(p.Name, name); p.Dir == dir && d < best {
			best, near = d, p.Name
		}
	}
	if near == "" {
		return Port{}, fault.Usagef("--%s %s: the design has no %s of that name", flag, name, dir)
	}
	return Port{}, fault.Usagef("--%s %s: the design has no such %s; did you mean %s? There are: %s",
		flag, name, dir, near, f.list(f.free(dir, true)))
}

// named takes the ports that the user named.
func (f *inference) named() error {
	i, o := f.iface, f.over
	if strings.HasPrefix(o.Reset, "!") {
		i.ResetLow = true
	}
	for _, n := range []struct {
		flag, name string
		dir        Direction
		to         *string
	}{
		{"clk", o.Clock, In, &i.Clock},
		{"rst", strings.TrimPrefix(o.Reset, "!"), In, &i.Reset},
		{"in-valid", o.InValid, In, &i.InValid},
		{"in-ready", strings.TrimPrefix(o.InReady, "!"), Out, &i.InReady},
		{"out-valid", o.OutValid, Out, &i.OutValid},
		{"out-ready", o.OutReady, In, &i.OutReady},
	} {
		if n.name == "" {
			continue
		}
		p, err := f.find(n.name, n.flag, n.dir)
		if err != nil {
			return err
		}
		if p.Width != 1 {
			return fault.Usagef("--%s %s: the port has %d bits, expected 1", n.flag, n.name, p.Width)
		}
		*n.to = p.Name
		f.taken[p.Name] = true
	}
	i.Busy = strings.HasPrefix(o.InReady, "!")
	if o.Reset != "" && !i.ResetLow {
		i.ResetLow = activeLow(o.Reset)
	}
	for _, n := range []struct {
		flag, names string
		dir         Direction
		to          **signal
	}{{"a", o.A, In, &f.a}, {"b", o.B, In, &f.b}, {"p", o.P, Out, &f.p}} {
		if n.names == "" {
			continue
		}
		s := &signal{name: n.names}
		for _, name := range strings.Split(n.names, ",") {
			// A vector that the netlist split into bits goes by its stem.
			if g := f.bits(name, n.dir); g != nil {
				s.bits = append(s.bits, g.bits...)
				s.width += g.width
				f.take(g)
				continue
			}
			p, err := f.find(name, n.flag, n.dir)
			if err != nil {
				return err
			}
			s.bits = append(s.bits, p.Name)
			s.width += p.Width
			s.signed = p.Signed
			f.taken[p.Name] = true
		}
		*n.to = s
	}
	for _, t := range o.Tie {
		name, value, ok := strings.Cut(t, "=")
		if !ok || !literal.MatchString(value) {
			return fault.Usagef("--tie %s: expected NAME=value", t)
		}
		if _, err := f.find(name, "tie", In); err != nil {
			return err
		}
		i.Tied = append(i.Tied, [2]string{name, value})
		f.taken[name] = true
	}
	return nil
}

func (f *inference) take(s *signal) {
	for _, b := range s.bits {
		f.taken[b] = true
	}
}

// control finds clock, reset, handshake and enables by their names.
func (f *inference) control() error {
	i := f.iface
	for _, r := range []struct {
		role string
		flag string
		dir  Direction
		to   *string
	}{
		{roleClock, "clk", In, &i.Clock},
		{roleReset, "rst", In, &i.Reset},
		{roleInValid, "in-valid", In, &i.InValid},
		{roleOutReady, "out-ready", In, &i.OutReady},
		{roleOutValid, "out-valid", Out, &i.OutValid},
		{roleInReady, "in-ready", Out, &i.InReady},
	} {
		if *r.to != "" {
			continue
		}
		var found []string
		for _, p := range f.ports {
			if p.Dir == r.dir && p.Width == 1 && !f.taken[p.Name] && roleOf(p.Name, r.dir) == r.role {
				found = append(found, p.Name)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			*r.to = found[0]
			f.taken[found[0]] = true
			if r.role == roleReset {
				i.ResetLow = activeLow(found[0])
			}
			if r.role == roleInReady {
				i.Busy = isBusy(found[0])
			}
		default:
			return fault.Usagef("%s could each be the %s: choose with --%s", strings.Join(found, ", "), r.role, r.flag)
		}
	}
	for _, p := range f.ports {
		if p.Dir == In && p.Width == 1 && !f.taken[p.Name] && roleOf(p.Name, In) == roleEnable {
			i.Tied = append(i.Tied, [2]string{p.Name, "1"})
			f.taken[p.Name] = true
		}
	}
	return nil
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

// operands takes what inputs are left.
func (f *inference) operands() error {
	free := f.free(In, false)
	var need []**signal
	var flags []string
	if f.a == nil {
		need, flags = append(need, &f.a), append(flags, "--a")
	}
	if f.b == nil {
		need, flags = append(need, &f.b), append(flags, "--b")
	}
	if len(f.ports) == 0 {
		return fault.Usagef("the top has no ports, as a testbench has none: choose the multiplier with --top")
	}
	if len(free) < len(need) {
		return fault.Usagef("the design has %d operand(s) too few: inputs without a part are %s; a multiplier needs two operands (%s)",
			len(need)-len(free), f.list(free), strings.Join(flags, ", "))
	}
	wide := slices.DeleteFunc(slices.Clone(free), func(s *signal) bool { return s.width == 1 })
	if len(free) > len(need) {
		if len(wide) != len(need) || len(need) == 0 {
			return fault.Usagef("cannot tell the operands among the inputs %s: choose with --a and --b, and give the rest a value with --tie NAME=value",
				f.list(free))
		}
		var rest []*signal
		for _, s := range free {
			if s.width == 1 {
				rest = append(rest, s)
			}
		}
		return fault.Usagef("no part is known for the input(s) %s beside the operands %s: give a value with --tie %s=0, or a part with --clk, --rst, --in-valid or --out-ready",
			f.list(rest), f.list(wide), rest[0].name)
	}
	if len(need) == 2 && inverted(free[0].name, free[1].name) {
		free[0], free[1] = free[1], free[0]
	}
	for n, to := range need {
		*to = free[n]
		f.take(free[n])
	}
	f.iface.A, f.iface.B = f.a.bits, f.b.bits
	return nil
}

// product takes the output that fits; others stay open.
func (f *inference) product() error {
	if f.p == nil {
		free := f.free(Out, false)
		if len(free) == 0 {
			return fault.Usagef("no product port: the design has no output that could be one (--p)")
		}
		fits := slices.DeleteFunc(slices.Clone(free), func(s *signal) bool {
			return len(f.kinds(s.width)) == 0
		})
		switch {
		case len(free) == 1:
			f.p = free[0]
		case len(free) == 2 && carryAndFraction(free) != nil:
			f.p = carryAndFraction(free)
		case len(fits) == 1:
			f.p = fits[0]
		default:
			return fault.Usagef("cannot tell the product among the outputs %s for operands of %d and %d bits: choose with --p",
				f.list(free), f.a.width, f.b.width)
		}
		f.take(f.p)
	}
	f.iface.P = f.p.bits
	for _, s := range f.free(Out, true) {
		f.iface.Open = append(f.iface.Open, s.name)
	}
	return nil
}

// carryAndFraction joins the two outputs of a mantissa multiplier.
func carryAndFraction(s []*signal) *signal {
	c, r := s[0], s[1]
	if c.width != 1 {
		c, r = r, c
	}
	if c.width != 1 || r.width == 1 || !strings.HasPrefix(strings.ToLower(trimSides(c.name)), "c") {
		return nil
	}
	return &signal{name: c.name + "," + r.name, bits: append(slices.Clone(c.bits), r.bits...), width: 1 + r.width}
}

// kinds returns the readings that the widths admit for a product of p bits.
func (f *inference) kinds(p int) []Shape {
	a, b := f.a.width, f.b.width
	var out []Shape
	add := func(k Kind) {
		s := Shape{k, a, b, p}
		format, err := s.Format()
		if err == nil && (f.over.Mantissa == 0 || (k == Float || k == Mantissa) && format.A == f.over.Mantissa) {
			out = append(out, s)
		}
	}
	if k := f.over.Kind; k != "" {
		add(k)
		return out
	}
	m := a - floatExtra
	if a == b && (p == a || p == floatExtra+2*m+1) {
		add(Float)
	}
	if a == b && (p == a+1 || p == 2*a+2) {
		add(Mantissa)
	}
	if p == a+b {
		if f.a.signed && f.b.signed {
			add(Signed)
		} else {
			add(Unsigned)
		}
	}
	return out
}

// kind decides how the ports are read.
func (f *inference) kind() error {
	a, b, p := f.a.width, f.b.width, f.p.width
	if f.over.Kind == "" && f.a.signed != f.b.signed {
		return fault.Usagef("one operand is declared signed, the other is not: choose with --kind uint or --kind sint")
	}
	shapes := f.kinds(p)
	switch len(shapes) {
	case 1:
		f.iface.Shape = shapes[0]
		return nil
	case 0:
		if k := f.over.Kind; k != "" {
			s := Shape{k, a, b, p}
			if _, err := s.Format(); err != nil {
				return err
			}
			return fault.Usagef("--mant %d does not fit operands of %d bits read as %s", f.over.Mantissa, a, k)
		}
		return fault.Usagef("operands of %d and %d bits with a product of %d bits fit no format a table can hold: "+
			"floats have 9+m bits (m up to 11), mantissas m bits in and m+1 out, integers up to 12 bits in and the sum of the widths out; "+
			"force a reading with --kind, or choose ports with --a, --b, --p", a, b, p)
	default:
		var names []string
		for _, s := range shapes {
			names = append(names, fmt.Sprintf("--kind %s (%v)", s.Kind, s.format()))
		}
		return fault.Usagef("operands of %d and %d bits with a product of %d bits can be read in %d ways: choose with %s",
			a, b, p, len(shapes), strings.Join(names, " or "))
	}
}

// settleHandshake makes a handshake whole or takes it away.
func (f *inference) settleHandshake() error {
	i := f.iface
	if i.Handshake() && i.Clock == "" {
		return fault.Usagef("the design has a handshake (%s) but no clock was found: name it with --clk", i.OutValid)
	}
	if !i.Handshake() {
		// Without a "valid" on the product the latency is fixed; operands are
		// always valid and products always taken.
		for _, p := range []*string{&i.InValid, &i.OutReady} {
			if *p != "" {
				i.Tied = append(i.Tied, [2]string{*p, "1"})
				*p = ""
			}
		}
		if i.InReady != "" {
			i.Open = append(i.Open, i.InReady)
			i.InReady = ""
		}
	}
	return nil
}
