package cosim

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// Accumulator is a design that adds up products: a port clears the sum, and each clock cycle adds one product. It is
// driven a cycle at a time: RTL has the latency 1, and its operand A is {clear, enable, a}, so that the products of
// Eval are what the accumulator's port shows after each clock edge.
type Accumulator struct {
	RTL *RTL

	Clear    string // the port that clears
	ClearLow bool   // when it is low
	Enable   string // the port that is low in a pause; empty: none

	Kind Kind // of the operands
	A, B int  // bits of the operands
	P    int  // bits of the accumulator's port
}

// clearName matches the names of ports that begin a new sum, without marks of direction.
var clearName = regexp.MustCompile(`^(s?(clr|clear)|(acc|sum|mac)_?(clr|clear|rst|reset|init|start)|(clr|clear|rst|reset|init|start|new|first)_?(acc|sum|mac)|` +
	`init|first|sload|new)(_?n)?$`)

// mostAccumulated is the most bits of an accumulator's port: its sums are computed in 64 bits.
const mostAccumulated = 62

// ElaborateAccumulator reads a design that adds up products. clear names the port that clears, "!port" if it does so
// when it is low; empty: it is found by its name. An error says which port is not clear, and which option names it.
func ElaborateAccumulator(ctx context.Context, s Source, over Overrides, clear string, opts Options) (*Accumulator, error) {
	d, err := Elaborate(ctx, s)
	if err != nil {
		return nil, err
	}
	m := &Accumulator{}
	wrong := func(format string, args ...any) error {
		return fault.Usagef("%s (%s:%d): %w", d.Top, shownPath(d.File), d.Line, fmt.Errorf(format, args...))
	}
	if over.OutValid != "" && over.OutValid != none || over.InReady != "" || over.OutReady != "" || over.LatencyGiven {
		return nil, fault.Usagef("%v, %v, %v and %v have no meaning for an accumulator: it is looked at after every clock edge",
			option.InReady, option.OutValid, option.OutReady, option.Latency)
	}
	var free []Port
	for _, p := range d.Ports {
		if p.Dir == In && !over.ties(p.Name) && p.Name != over.Clock && p.Name != strings.TrimPrefix(over.Reset, "!") {
			free = append(free, p)
		}
	}
	if err := m.control(free, over, clear); err != nil {
		return nil, wrong("%w", err)
	}
	if over.A == "" || over.B == "" {
		var wide []string
		for _, p := range free {
			if p.Width > 1 && p.Name != over.A && p.Name != over.B {
				wide = append(wide, p.Name)
			}
		}
		var need []*string
		for _, to := range []*string{&over.A, &over.B} {
			if *to == "" {
				need = append(need, to)
			}
		}
		if len(wide) != len(need) {
			return nil, wrong("cannot tell the operands among the inputs %s: name them with %v and %v", strings.Join(wide, ", "), option.A, option.B)
		}
		if len(wide) == 2 && inverted(wide[0], wide[1]) {
			wide[0], wide[1] = wide[1], wide[0]
		}
		for i, to := range need {
			*to = wide[i]
		}
	}
	signed := func(names string) bool {
		return slices.ContainsFunc(d.Ports, func(p Port) bool { return p.Name == names && p.Signed })
	}
	for _, k := range lut.IntegerKinds {
		if k.SignedA() == signed(over.A) && k.SignedB() == signed(over.B) {
			m.Kind = k.Ports()
		}
	}
	format := over.Format
	controls := 1
	over.A = m.Clear + "," + over.A
	if m.Enable != "" {
		over.A = m.Clear + "," + m.Enable + "," + strings.TrimPrefix(over.A, m.Clear+",")
		controls = 2
	}
	over.InValid, over.OutValid = "", none
	over.Kind, over.Format, over.Mantissa, over.Wide, over.Sample = Unsigned, nil, 0, true, true
	over.LSB, over.LSBGiven = 0, true
	if m.RTL, err = ElaborateRTL(ctx, s, over, opts); err != nil {
		return nil, err
	}
	shape := m.RTL.Iface.Shape
	m.A, m.B, m.P = shape.A-controls, shape.B, shape.P
	if format != nil {
		if format.Kind.Ports() == "" || format.A != m.A || format.B != m.B {
			return nil, wrong("%v %v does not fit operands of %d and %d bits", option.Format, format, m.A, m.B)
		}
		m.Kind = format.Kind.Ports()
	}
	switch {
	case m.RTL.Iface.Clock == "":
		return nil, wrong("an accumulator has a clock, and none was found: name it with %v", option.Clock)
	case m.P > mostAccumulated:
		return nil, wrong("the accumulator's port has %d bits: at most %d are supported; name some with %v", m.P, mostAccumulated, option.P)
	}
	m.RTL.Timing, m.RTL.given = Timing{Latency: 1}, true
	return m, nil
}

// control finds the ports that clear and pause.
func (m *Accumulator) control(free []Port, over Overrides, clear string) error {
	var clears, valid, enable []string
	for _, p := range free {
		n := trimSides(strings.ToLower(p.Name))
		switch {
		case p.Width != 1 || p.Name == strings.TrimPrefix(clear, "!"):
		case clear == "" && clearName.MatchString(n):
			clears = append(clears, p.Name)
		case roleOf(p.Name, In) == roleInValid:
			valid = append(valid, p.Name)
		case roleOf(p.Name, In) == roleEnable:
			enable = append(enable, p.Name)
		}
	}
	switch {
	case clear != "":
		m.Clear, m.ClearLow = strings.TrimPrefix(clear, "!"), strings.HasPrefix(clear, "!")
		if !slices.ContainsFunc(free, func(p Port) bool { return p.Name == m.Clear && p.Width == 1 }) {
			return fmt.Errorf("%v %s: the design has no free input of 1 bit with this name", option.AccumulatorClear, m.Clear)
		}
	case len(clears) == 1:
		m.Clear = clears[0]
		found := clearName.FindStringSubmatch(trimSides(strings.ToLower(m.Clear)))
		m.ClearLow = found[len(found)-1] != ""
	case len(clears) > 1:
		return fmt.Errorf("%s could each clear the accumulator: choose with %v", strings.Join(clears, ", "), option.AccumulatorClear)
	default:
		return fmt.Errorf("no input is known to clear the accumulator: name it with %v ('!port': active low)", option.AccumulatorClear)
	}
	pause := append(valid, enable...)
	switch {
	case over.InValid != "":
		m.Enable = over.InValid
	case len(pause) > 1:
		return fmt.Errorf("%s could each pause the accumulator: choose with %v and give the rest a value with %v %s=1",
			strings.Join(pause, ", "), option.InValid, option.Tie, pause[1])
	case len(pause) == 1:
		m.Enable = pause[0]
	}
	if m.Enable == m.Clear {
		return fmt.Errorf("port %s has two parts", m.Clear)
	}
	return nil
}

// Build builds the harness, and measures nothing.
func (m *Accumulator) Build(ctx context.Context) error {
	if err := m.RTL.build(ctx); err != nil {
		return err
	}
	if m.RTL.Split || m.RTL.Unsplit != nil {
		return fault.Failedf("%s: Verilator reports UNOPTFLAT, where it may compute wrong sums, so no second tool reads the design:\n  %s",
			m.RTL.Design.Top, strings.Join(m.RTL.Design.Loops[:min(3, len(m.RTL.Design.Loops))], "\n  "))
	}
	return nil
}

// Operand returns operand A of the design in a cycle: {clear, enable, a}.
func (m *Accumulator) Operand(clear, enable bool, a uint64) uint64 {
	at := m.A
	if m.Enable != "" {
		if enable {
			a |= 1 << at
		}
		at++
	}
	if clear != m.ClearLow {
		a |= 1 << at
	}
	return a
}

// Shape returns the shape of the multiplier whose products are added up.
func (m *Accumulator) Shape() Shape { return Shape{Kind: m.Kind, A: m.A, B: m.B, P: m.A + m.B} }

// Describe says which port plays which part.
func (m *Accumulator) Describe() string {
	f := m.RTL.Iface
	var b strings.Builder
	level := func(low bool) string {
		if low {
			return "low"
		}
		return "high"
	}
	fmt.Fprintf(&b, "top %s (%s:%d): accumulator of products %s %d×%d, a = %s, b = %s, sum = %s of %d bits, clock %s", m.RTL.Design.Top,
		shownPath(m.RTL.Design.File), m.RTL.Design.Line, m.Kind, m.A, m.B, portList(m.operand()), portList(f.B), portList(f.P), m.P, f.Clock)
	if f.Reset != "" {
		fmt.Fprintf(&b, ", reset %s (active %s)", f.Reset, level(f.ResetLow))
	}
	fmt.Fprintf(&b, ", clear %s (active %s)", m.Clear, level(m.ClearLow))
	if m.Enable != "" {
		fmt.Fprintf(&b, ", paused by %s (low)", m.Enable)
	}
	for _, t := range f.Tied {
		fmt.Fprintf(&b, ", %v = %s", t.Slice, t.Value)
	}
	if len(f.Open) > 0 {
		fmt.Fprintf(&b, ", unused %s", strings.Join(f.Open, " "))
	}
	b.WriteString(m.RTL.found)
	return b.String()
}

// Options returns the options with which the sources were read, as flags of the command line.
func (m *Accumulator) Options() (out []string) {
	for _, o := range m.RTL.Options() {
		name, _, _ := strings.Cut(o, " ")
		if !slices.Contains([]string{"--a", "--kind", "--lsb", "--latency", "--format"}, name) {
			out = append(out, o)
		}
	}
	clear := m.Clear
	if m.ClearLow {
		clear = "!" + clear
	}
	out = append(out, "--a "+joined(m.operand()), "--kind mac", "--clr "+clear)
	if m.Enable != "" {
		out = append(out, "--in-valid "+m.Enable)
	}
	return append(out, "--format "+m.Shape().format().String())
}

// operand returns the ports of operand a alone.
func (m *Accumulator) operand() []Slice {
	if m.Enable != "" {
		return m.RTL.Iface.A[2:]
	}
	return m.RTL.Iface.A[1:]
}
