package netlist

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/yosys"
	"github.com/approxtrain/approxtrain/lut"
)

// Circuit is a design as the second simulator has it. It is a cosim.Opener.
type Circuit struct {
	Structure *Structure
	// Warnings of Yosys.
	Warnings []string

	rtl    *cosim.RTL
	timing cosim.Timing
	yosys  yosys.Tool
	read   []buildcache.File

	layout *layout
	out    *program // product and handshake outputs, from inputs and states
	next   *program // next states; nil without registers
	init   []initial
	flush  int         // idle cycles before the first operands
	fall   bool        // registers take their next values at the falling edge
	reset  *resetLogic // nil without a reset

	a, b              []int // input numbers of the operands' bits, the lowest first
	inValid, outReady int   // input numbers, -1 if there is no such port
	product           int   // outputs of out: so many bits of the product, then
	inReady, outValid int   // these, -1 if there is no such port
}

// initial is a register's first value.
type initial struct {
	open  int // the number of an open bit, or -1
	value bool
}

// resetLogic is the next states while the reset is active.
type resetLogic struct {
	layout *layout
	next   *program
	init   []initial
	states []int // the state of each register of the running circuit
}

// Open makes the circuit of a design that Verilator has elaborated. The error is a
// [*FaultError] where structure shows a fault of the design, an [*UnsupportedError]
// or a *yosys.ReadError where this simulator cannot be a witness, and a
// fault.Missing one where there is no Yosys.
func Open(ctx context.Context, r *cosim.RTL) (*Circuit, error) {
	tool, err := yosys.Find(ctx)
	if err != nil {
		return nil, err
	}
	made, err := tool.Gates(ctx, r.YosysSource())
	if err != nil {
		return nil, err
	}
	data, err := readGates(filepath.Join(made.Dir, yosys.GatesFile), mostBytes)
	if err != nil {
		return nil, fmt.Errorf("reading the netlist of %s: %w", r.Design.Top, err)
	}
	n, err := parse(data, cosim.ShellTop)
	if err != nil {
		return nil, err
	}
	c, err := newCircuit(n, r.Iface)
	if err != nil {
		return nil, err
	}
	c.rtl, c.yosys, c.read, c.Warnings = r, tool, made.Read, made.Warnings
	return c, nil
}

// readGates reads a netlist of at most so many bytes; one of more is an [*UnsupportedError].
func readGates(file string, most int64) ([]byte, error) {
	if i, err := os.Stat(file); err == nil && i.Size() > most {
		return nil, &UnsupportedError{What: fmt.Sprintf("gates and registers that take %s as JSON; up to %s are read (a memory that is "+
			"written is a register for each of its bits)", humanize.IBytes(uint64(i.Size())), limits.Size(most))}
	}
	return limits.ReadFile(file, most)
}

// newCircuit makes the circuit of a netlist whose ports have the given parts.
func newCircuit(n *Netlist, f *cosim.Interface) (*Circuit, error) {
	c := &Circuit{inValid: -1, outReady: -1, inReady: -1, outValid: -1, flush: f.Flush()}
	clock := bit0
	if f.Clock != "" {
		bits, err := n.port(n.inputs, cosim.Whole(f.Clock))
		if err != nil {
			return nil, err
		}
		clock = bits[0]
	}
	in, inputs, err := c.assign(n, f)
	if err != nil {
		return nil, err
	}
	wanted, err := c.outputs(n, f)
	if err != nil {
		return nil, err
	}
	level := func(active bool) error {
		if f.Reset == "" {
			return nil
		}
		bits, err := n.port(n.inputs, cosim.Whole(f.Reset))
		if err == nil {
			in[bits[0]] = constant(active != f.ResetLow)
		}
		return err
	}
	if err := level(false); err != nil {
		return nil, err
	}
	run := newBuilder(n, newGraph(inputs), in, clock)
	outs, err := run.roots(wanted)
	if err != nil {
		return nil, err
	}
	if f.Busy && c.inReady >= 0 {
		outs[c.inReady] = outs[c.inReady].not()
	}
	if f.Idle {
		outs[c.outValid] = outs[c.outValid].not()
	}
	if err := run.checkOpen(outs); err != nil {
		return nil, err
	}
	c.Structure = analyse(run, outs)
	c.layout = newLayout(inputs, len(run.open), len(run.flops))
	c.out = compile(run.g, c.layout, outs, c.outValid >= 0)
	if len(run.flops) == 0 {
		return c, nil
	}
	for _, f := range run.flops {
		if f.fall != run.flops[0].fall {
			return nil, &UnsupportedError{"registers at both edges of the clock", c.Structure.feedback}
		}
	}
	c.fall = run.flops[0].fall
	c.next, c.init = run.nextStates(c.layout)
	if f.Reset == "" {
		return c, c.checkIdle(run, outs)
	}
	if err := level(true); err != nil {
		return nil, err
	}
	res := newBuilder(n, newGraph(inputs), in, clock)
	var registers []bit
	for _, f := range run.flops {
		registers = append(registers, f.out)
	}
	if _, err := res.roots(registers); err != nil {
		return nil, err
	}
	c.reset = &resetLogic{layout: newLayout(inputs, len(res.open), len(res.flops))}
	c.reset.next, c.reset.init = res.nextStates(c.reset.layout)
	at := map[bit]int{}
	for i, f := range res.flops {
		at[f.out] = i
	}
	for _, r := range registers {
		c.reset.states = append(c.reset.states, at[r])
	}
	return c, c.checkIdle(run, outs)
}

// checkIdle looks at the registers that no operand reaches: they hold constants in
// the end, but a while after the reset they may hold others. A product that is formed
// while they change does not depend on the operands alone.
func (c *Circuit) checkIdle(b *builder, outs []lit) error {
	s := c.Structure
	if s.Kind != Pipeline || len(s.idle) == 0 {
		return nil
	}
	settled := map[int]int{} // register → the last edge at which it changed
	for _, fill := range []cosim.Fill{cosim.FillZeros, cosim.FillOnes, cosim.FillRandom} {
		d, err := c.open(context.Background())
		if err == nil {
			err = d.Reset(context.Background(), fill)
		}
		if err != nil {
			return err
		}
		was := make([]uint64, blockWords)
		for edge := 1; edge <= len(s.idle); edge++ {
			before := slices.Clone(d.mem)
			d.edge()
			for _, i := range s.idle {
				at := c.layout.states[i]
				copy(was, slotOf(before, at))
				if !slices.Equal(was, slotOf(d.mem, at)) {
					settled[i] = max(settled[i], edge)
				}
			}
		}
	}
	if b.unsettled(outs, settled) <= s.Latency {
		return nil
	}
	s.Kind = StateMachine
	for _, i := range s.idle {
		if settled[i] > 0 {
			s.State = append(s.State, fmt.Sprintf("%s (%s), which changes %d cycles after the reset by itself", b.n.name(b.flops[i].out), b.flops[i].src, settled[i]))
		}
	}
	slices.Sort(s.State)
	return nil
}

func constant(v bool) lit {
	if v {
		return lTrue
	}
	return lFalse
}

// assign numbers the inputs: the bits of the operands, then the handshake's. Other
// inputs have constant values.
func (c *Circuit) assign(n *Netlist, f *cosim.Interface) (in assignment, inputs int, err error) {
	in = assignment{}
	number := func(net bit) int {
		in[net] = lit(inputs) // replaced by a node below
		inputs++
		return inputs - 1
	}
	for _, o := range []struct {
		ports []cosim.Slice
		to    *[]int
	}{{f.A, &c.a}, {f.B, &c.b}} {
		bits, err := n.port(n.inputs, o.ports)
		if err != nil {
			return nil, 0, err
		}
		for _, b := range bits {
			*o.to = append(*o.to, number(b))
		}
	}
	for _, h := range []struct {
		port string
		to   *int
	}{{f.InValid, &c.inValid}, {f.OutReady, &c.outReady}} {
		if h.port == "" {
			continue
		}
		bits, err := n.port(n.inputs, cosim.Whole(h.port))
		if err != nil {
			return nil, 0, err
		}
		*h.to = number(bits[0])
	}
	for net, l := range in {
		in[net] = inputLit(int(l))
	}
	for _, t := range f.Tied {
		bits, err := n.port(n.inputs, []cosim.Slice{t.Slice})
		if err != nil {
			return nil, 0, err
		}
		v, err := cosim.LiteralBits(t.Value, len(bits))
		if err != nil {
			return nil, 0, err
		}
		for i, b := range bits {
			in[b] = constant(v[i])
		}
	}
	return in, inputs, nil
}

// inputLit is the literal of an input in a graph of newGraph.
func inputLit(number int) lit { return lit(number+1) << 1 }

// port returns the nets of slices of ports, least significant first; the first slice has the most significant bits.
func (n *Netlist) port(of map[string][]bit, slices []cosim.Slice) ([]bit, error) {
	var out []bit
	for i := len(slices) - 1; i >= 0; i-- {
		s := slices[i]
		bits, ok := of[s.Port]
		switch {
		case !ok:
			return nil, &UnsupportedError{What: fmt.Sprintf("no port %s, which Verilator sees", s.Port)}
		case s.Width == 0:
			out = append(out, bits...)
		case s.Low < 0 || s.Low+s.Width > len(bits):
			return nil, &UnsupportedError{What: fmt.Sprintf("a port %s of %d bits without %v, which Verilator sees", s.Port, len(bits), s)}
		default:
			out = append(out, bits[s.Low:s.Low+s.Width]...)
		}
	}
	return out, nil
}

// outputs lists the nets that are wanted.
func (c *Circuit) outputs(n *Netlist, f *cosim.Interface) ([]bit, error) {
	wanted, err := n.port(n.outputs, f.P)
	if err != nil {
		return nil, err
	}
	if len(wanted) != f.Shape.P {
		return nil, &UnsupportedError{What: fmt.Sprintf("a product of %d bits, where Verilator sees %d", len(wanted), f.Shape.P)}
	}
	c.product = len(wanted)
	for _, h := range []struct {
		port string
		to   *int
	}{{f.InReady, &c.inReady}, {f.OutValid, &c.outValid}} {
		if h.port == "" {
			continue
		}
		bits, err := n.port(n.outputs, cosim.Whole(h.port))
		if err != nil {
			return nil, err
		}
		*h.to = len(wanted)
		wanted = append(wanted, bits[0])
	}
	return wanted, nil
}

// checkOpen refuses nets without a driver, and floating ones, in the cone of the
// outputs.
func (b *builder) checkOpen(outs []lit) error {
	reach := reachable(b, outs)
	for i, n := range b.g.nodes {
		if !reach[i] || n.kind != nOpen {
			continue
		}
		switch o := b.open[n.a]; o.kind {
		case openUndriven:
			return &FaultError{Text: fmt.Sprintf("nothing drives %s, and the product depends on it", o.name), Undriven: o.name}
		case openZ:
			return &FaultError{Text: "the product depends on a bus that nothing drives for some operands (z): a table needs 0 or 1 for every pair"}
		}
	}
	return nil
}

// nextStates compiles the values that the registers take at the edge.
func (b *builder) nextStates(l *layout) (*program, []initial) {
	var next []lit
	var init []initial
	for _, f := range b.flops {
		next = append(next, f.next)
		i := initial{open: -1, value: f.init == lTrue}
		if n := b.g.nodes[f.init.node()]; n.kind == nOpen {
			i.open = int(n.a)
		}
		init = append(init, i)
	}
	return compile(b.g, l, next, true), init
}

// SetTiming says when a clocked design has its product ready. Where operands pass
// through different numbers of registers, they are held for the largest: a shorter
// latency was measured with pairs that do not show it.
func (c *Circuit) SetTiming(t cosim.Timing) {
	if s := c.Structure; s.Kind == Pipeline && s.Shortest < s.Latency {
		t = cosim.Timing{Latency: max(t.Latency, s.Latency), Hold: true}
	}
	c.timing = t
}

// Timing returns when the product is ready, and whether operands are held until then.
func (c *Circuit) Timing() cosim.Timing { return c.timing }

// Clocked says whether the product comes out of registers.
func (c *Circuit) Clocked() bool { return c.next != nil }

// Operations returns the number of word operations that 64 pairs of a combinational
// design take.
func (c *Circuit) Operations() int { return c.out.ops }

// Shape implements cosim.Opener.
func (c *Circuit) Shape() cosim.Shape { return c.rtl.Shape() }

// Describe implements cosim.Opener.
func (c *Circuit) Describe() string {
	return fmt.Sprintf("netlist of %s (%d gates, %d registers)", c.yosys.Version, c.Structure.Gates, c.Structure.Registers)
}

// Sources implements cosim.Opener.
func (c *Circuit) Sources() []lut.Source {
	var out []lut.Source
	for _, f := range c.read {
		if c.rtl.Made(f.Path) {
			continue // its source is in the list of the design's
		}
		out = append(out, lut.Source{Path: filepath.Base(f.Path), SHA256: f.SHA256})
	}
	return out
}

// Read returns the files that Yosys read.
func (c *Circuit) Read() []buildcache.File { return c.read }

// Options implements cosim.Opener.
func (c *Circuit) Options() []string { return c.rtl.Options() }

// Tools implements cosim.Opener.
func (c *Circuit) Tools() []string { return []string{c.yosys.Version} }

// String is the circuit in a message: "netlist of Yosys 0.23".
func (c *Circuit) String() string { return "netlist of " + strings.TrimSpace(c.yosys.Version) }
