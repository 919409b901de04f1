package cosim

import (
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
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
	Wide                                 bool // admit integers that no table holds
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
	Idle                                 bool // OutValid is a "busy": valid when low

	Tied [][2]string // inputs with a constant value
	Open []string    // outputs that nobody reads

	// KindOpen says that the ports leave open whether integers are signed, since none is declared so. Shape.Kind
	// is Unsigned then, until [RTL.ReadAs] says otherwise.
	KindOpen bool
	kindWhy  string // of ReadAs
}

// Handshake says whether the design announces its products.
func (i *Interface) Handshake() bool { return i.OutValid != "" }

// infer decides what each port is for: by the user's word, by name for single
// bits of control, by width for operands and product. An undecided case is an
// error that lists the candidates and the flag that decides.
func infer(ports []Port, o Overrides) (*Interface, error) {
	f := &inference{over: o, ports: ports, iface: &Interface{}, taken: map[string]bool{}}
	for _, step := range []func() error{
		f.checkPorts, f.named, f.control, f.operands, f.product, f.kind, f.settleHandshake,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return f.iface, nil
}

// inference is the state between the steps of infer.
type inference struct {
	over    Overrides
	ports   []Port
	iface   *Interface
	taken   map[string]bool // ports that have a part
	a, b, p *signal
}

// checkPorts refuses what no part can be given to, and ties supply pins.
func (f *inference) checkPorts() error {
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
			return fault.Usagef("port %s is an inout, which an operand or product cannot be: give it a value with %v %s=0, "+
				"or wrap the design in a module without it", p.Name, option.Tie, p.Name)
		}
	}
	return nil
}

// named takes the ports that the user named.
func (f *inference) named() error {
	i, o := f.iface, f.over
	if strings.HasPrefix(o.Reset, "!") {
		i.ResetLow = true
	}
	for _, n := range []struct {
		option option.Option
		name   string
		dir    Direction
		to     *string
	}{
		{option.Clock, o.Clock, In, &i.Clock},
		{option.Reset, strings.TrimPrefix(o.Reset, "!"), In, &i.Reset},
		{option.InValid, o.InValid, In, &i.InValid},
		{option.InReady, strings.TrimPrefix(o.InReady, "!"), Out, &i.InReady},
		{option.OutValid, strings.TrimPrefix(o.OutValid, "!"), Out, &i.OutValid},
		{option.OutReady, o.OutReady, In, &i.OutReady},
	} {
		if n.name == "" {
			continue
		}
		p, err := f.find(n.name, n.option, n.dir)
		if err != nil {
			return err
		}
		if p.Width != 1 {
			return fault.Usagef("%v %s: the port has %d bits, expected 1", n.option, n.name, p.Width)
		}
		*n.to = p.Name
		f.taken[p.Name] = true
	}
	i.Busy, i.Idle = strings.HasPrefix(o.InReady, "!"), strings.HasPrefix(o.OutValid, "!")
	for _, n := range []struct {
		option option.Option
		names  string
		dir    Direction
		to     **signal
	}{{option.A, o.A, In, &f.a}, {option.B, o.B, In, &f.b}, {option.P, o.P, Out, &f.p}} {
		if n.names == "" {
			continue
		}
		s := &signal{name: n.names}
		for _, name := range strings.Split(n.names, ",") {
			// The name of a vector that the netlist split into bits is its stem.
			if g := f.bits(name, n.dir); g != nil {
				s.bits = append(s.bits, g.bits...)
				s.width += g.width
				f.take(g)
				continue
			}
			p, err := f.find(name, n.option, n.dir)
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
	if f.a != nil && f.b != nil {
		for _, p := range f.a.bits {
			if slices.Contains(f.b.bits, p) {
				return fault.Usagef("%v and %v both name %s: if it carries both operands, "+
					"wrap the design in a module with a port for each", option.A, option.B, p)
			}
		}
	}
	for _, t := range o.Tie {
		name, value, ok := strings.Cut(t, "=")
		if !ok || !literal.MatchString(value) {
			return fault.Usagef("%v %s: expected NAME=value, the value as in Verilog: 3, 8'hff", option.Tie, t)
		}
		p, err := f.find(name, option.Tie, In)
		if err != nil {
			return err
		}
		if !literalFits(value, p.Width) {
			return fault.Usagef("%v %s: the value does not fit the port's %d bits", option.Tie, t, p.Width)
		}
		i.Tied = append(i.Tied, [2]string{name, value})
		f.taken[name] = true
	}
	return nil
}

// control finds clock, reset, handshake and enables by their names.
func (f *inference) control() error {
	i := f.iface
	for _, r := range []struct {
		role   string
		option option.Option
		dir    Direction
		to     *string
	}{
		{roleClock, option.Clock, In, &i.Clock},
		{roleReset, option.Reset, In, &i.Reset},
		{roleInValid, option.InValid, In, &i.InValid},
		{roleOutReady, option.OutReady, In, &i.OutReady},
		{roleOutValid, option.OutValid, Out, &i.OutValid},
		{roleInReady, option.InReady, Out, &i.InReady},
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
			return fault.Usagef("%s could each be the %s: choose with %v", strings.Join(found, ", "), r.role, r.option)
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

// settleHandshake makes a handshake whole or takes it away.
func (f *inference) settleHandshake() error {
	i := f.iface
	if !i.Handshake() && i.InValid != "" && i.InReady != "" && i.Busy {
		i.OutValid, i.Idle = i.InReady, true // start and busy: done when no longer busy
	}
	if i.Handshake() && i.Clock == "" {
		return fault.Usagef("the design has a handshake (%s) but no clock was found: name it with %v",
			i.OutValid, option.Clock)
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
			i.InReady, i.Busy = "", false
		}
	}
	return nil
}
