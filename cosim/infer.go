package cosim

import (
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// Overrides are the user's words on what would otherwise be inferred; zero
// values leave it to the inference.
type Overrides struct {
	A, B, P                              string // ports; several, most significant first: "carry_o,frac_o"
	Clock, Reset                         string // Reset: "!name" is active low
	InValid, InReady, OutValid, OutReady string
	Beats                                string   // operands or product in several clock cycles, see [ParseBeats]
	Tie                                  []string // NAME=value of inputs that have no part in the product
	Kind                                 Kind
	Integers                             bool        // without Kind: the ports are none of floats or fractions
	Mantissa                             int         // mantissa bits of fp and mant operands
	Format                               *lut.Format // the number format, nil if the ports say it
	Latency                              int         // clock edges; used if LatencyGiven
	LatencyGiven                         bool
	LSB                                  int // lowest bit of an integer product that the port has; used if LSBGiven
	LSBGiven                             bool
	Wide                                 bool // admit integers that no table holds
	Sample                               bool // admit what is compared by a sample, see Shape.Sampled
}

// ties says whether the user gives a port a constant value.
func (o *Overrides) ties(port string) bool {
	return slices.ContainsFunc(o.Tie, func(t string) bool { return strings.HasPrefix(t, port+"=") })
}

// typed says whether the user names parts of ports, which takes the types of ports.
func (o *Overrides) typed() bool {
	tied := slices.ContainsFunc(o.Tie, func(t string) bool {
		name, _, _ := strings.Cut(t, "=")
		return strings.ContainsAny(name, "[.")
	})
	return tied || strings.ContainsAny(o.A+o.B+o.P, "[.")
}

// Interface is the part that each port of a design plays. Operand and product
// are lists of slices of ports, most significant first: one port, or the single bits of a
// flattened netlist, or carry and fraction, or parts of a bus.
type Interface struct {
	Shape   Shape
	A, B, P []Slice

	Clock    string
	Reset    string
	ResetLow bool

	InValid, InReady, OutValid, OutReady string
	Busy                                 bool // InReady is a "busy": ready when low
	Idle                                 bool // OutValid is a "busy": valid when low
	// Channels has the ports of several operand channels, each of which takes its part of a pair by its own handshake;
	// empty if there is one. InValid and InReady are then ports that an adapter makes of them.
	Channels []Channel
	beats    *beaten // nil if each operand, and the product, is at its port at once

	Tied []Tie    // inputs with a constant value
	Open []string // outputs that nobody reads

	// KindOpen says that the ports leave open whether integers are signed, since none is declared so, or only one
	// of the operands. Shape.Kind is what they are declared as then, until [RTL.ReadAs] says otherwise.
	KindOpen bool
	kindWhy  string // of ReadAs
	// PartOpen says that the product has fewer bits than both operands together, and nobody said which. Shape.Part is
	// its zero value then, until [RTL.ReadPart] says otherwise.
	PartOpen bool
	partWhy  string // of ReadPart
}

// Beats says in how many parts operands and product pass through their ports; ok is false if each is there at once.
// inferred says that the widths of the ports told.
func (i *Interface) Beats() (b Beats, inferred, ok bool) {
	if i.beats == nil {
		return b, false, false
	}
	return i.beats.Beats, i.beats.inferred, true
}

// busyBeats says whether the parts of operands wait for a busy.
func (i *Interface) busyBeats() bool { return i.beats != nil && strings.HasPrefix(i.beats.ready, "!") }

// outer returns the ports of the design that a port of the handshake stands for, as an option names them: itself, where
// no module is between them.
func (i *Interface) outer(port string, low bool) string {
	switch {
	case port == channelsValid:
		return joinPorts(i.Channels, func(c Channel) string { return c.Valid })
	case port == channelsReady:
		return joinPorts(i.Channels, func(c Channel) string { return c.Ready })
	case port == beatsValid:
		return i.beats.valid
	case port == beatsReady:
		return i.beats.ready
	case port == beatsOutValid:
		return i.beats.out
	case low:
		return "!" + port
	}
	return port
}

// Channel is one of several channels of operands.
type Channel struct{ Valid, Ready string } // Ready may be empty

// Reread says whether integers are read in another way than their ports are declared, by [RTL.ReadAs].
func (i *Interface) Reread() bool { return i.kindWhy != "" }

// Handshake says whether the design announces its products.
func (i *Interface) Handshake() bool { return i.OutValid != "" }

// flushCycles is longer than any pipeline of valid bits, and than most counters, that are to drain.
const flushCycles = 256

// Flush returns the number of cycles for which a design is left idle before its first operands: one with a handshake
// and without a reset has junk in it at first, which it may announce as products.
func (i *Interface) Flush() int {
	if i.Clock != "" && i.Handshake() && i.InValid != "" && i.Reset == "" {
		return flushCycles
	}
	return 0
}

// infer decides what each port is for: by the user's word, by name for single
// bits of control, by width for operands and product. An undecided case is an
// error that lists the candidates and the flag that decides.
func infer(ports []Port, o Overrides) (*Interface, error) {
	f, err := (&Design{Ports: ports}).inferAll(o)
	if err != nil {
		return nil, err
	}
	return f.iface, nil
}

// inferAll is infer with what names decided.
func (d *Design) inferAll(o Overrides) (*inference, error) {
	f := &inference{over: o, ports: d.Ports, sum: d.sum, iface: &Interface{}, taken: map[string]bool{}}
	for _, step := range []func() error{
		f.checkPorts, f.named, f.control, f.operands, f.product, f.kind, f.settleHandshake, f.covered,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// inference is the state between the steps of infer.
type inference struct {
	over    Overrides
	ports   []Port
	iface   *Interface
	taken   map[string]bool // ports that have a part
	a, b, p *signal
	sum     *sum // nil if the product is no sum of ports
	// guessed: the channels were found by their names, and must be those of the operands.
	guessed bool
	byName  named // parts that names decided, and that a trial may decide otherwise
	// start and ready of a design without a done, which a trial may take for a handshake
	start, ready string
}

// named says which parts were found by name.
type named struct{ reset, busy bool }

// checkPorts refuses what no part can be given to, and ties supply pins.
func (f *inference) checkPorts() error {
	for _, p := range f.ports {
		if p.Array { // an adapter has plain ports
			return fault.Usagef("port %s is an unpacked array, which no operand can be: wrap the design in a module with plain vectors", p.Name)
		}
		if p.Dir == Out || f.over.ties(p.Name) {
			continue
		}
		if v, is := powerLevel(p.Name); is && p.Width == 1 {
			f.taken[p.Name] = true
			f.iface.Tied = append(f.iface.Tied, Tied(p.Name, v))
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
		{option.InValid, onePort(o.InValid), In, &i.InValid},
		{option.InReady, f.port(onePort(o.InReady)), Out, &i.InReady},
		{option.OutValid, f.port(o.OutValid), Out, &i.OutValid},
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
	if err := f.namedChannels(); err != nil {
		return err
	}
	for _, n := range []struct {
		option option.Option
		names  string
		dir    Direction
		to     **signal
	}{{option.A, o.A, In, &f.a}, {option.B, o.B, In, &f.b}, {option.P, o.P, Out, &f.p}} {
		if n.names == "" {
			continue
		}
		s, err := f.resolve(n.names, n.option, n.dir)
		if err != nil {
			return err
		}
		f.take(s)
		*n.to = s
	}
	for _, t := range o.Tie {
		name, value, ok := strings.Cut(t, "=")
		if !ok || !literal.MatchString(value) {
			return fault.Usagef("%v %s: expected NAME=value, the value as in Verilog: 3, 8'hff", option.Tie, t)
		}
		s, err := f.resolveOne(name, option.Tie, In)
		if err != nil {
			return err
		}
		if len(s.parts) != 1 {
			return fault.Usagef("%v %s: %s is %d ports: give each of them its value", option.Tie, t, name, len(s.parts))
		}
		if !literalFits(value, s.width) {
			return fault.Usagef("%v %s: the value does not fit the port's %d bits", option.Tie, t, s.width)
		}
		i.Tied = append(i.Tied, Tie{s.parts[0], value})
		f.take(s)
	}
	_, err := f.claims()
	return err
}
