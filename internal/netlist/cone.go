package netlist

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// flipFlop is a register of one bit that belongs to the product.
type flipFlop struct {
	out  bit  // its net
	q    lit  // its node of kind nState
	next lit  // what it takes at the edge
	fall bool // it takes it at the falling edge of the clock
	init lit  // first value: lFalse, lTrue, or a node of kind nOpen
	// An asynchronous set, reset or load that is active now shows at the output
	// at once: view is what the output shows.
	view lit
	src  string
}

// builder makes the graph of the logic that the wanted outputs depend on.
type builder struct {
	n       *Netlist
	g       *graph
	known   map[bit]lit  // inputs, and nets that are made
	busy    map[bit]bool // nets that are being made, to find loops
	path    []bit
	clock   bit // the clock's net; bit0 without one
	open    []openBit
	opened  map[bit]lit
	unread  map[openROMBit]lit
	flops   []flipFlop
	flopAt  map[int]int // cell → flop
	pending []int       // flops whose next value is to be made
}

// openBit is a bit without a driver.
type openBit struct {
	name string
	kind openKind
}

type openKind uint8

const (
	openX        openKind = iota // x in the source, or an index out of range
	openZ                        // z: a bus that nobody drives
	openUndriven                 // a net without a driver
	openInit                     // a register before it is first set
)

// inputs gives the nets of the ports their literals.
type assignment map[bit]lit

func newBuilder(n *Netlist, g *graph, in assignment, clock bit) *builder {
	b := &builder{n: n, g: g, known: map[bit]lit{}, busy: map[bit]bool{}, clock: clock, opened: map[bit]lit{}, unread: map[openROMBit]lit{}, flopAt: map[int]int{}}
	for net, l := range in {
		b.known[net] = l
	}
	return b
}

// FaultError is a fault of the netlist in the cone of the product, found by
// structure.
type FaultError struct {
	Text string
	Nets []string // what the designer calls a net with several drivers, "p[0]"; else empty
	// Undriven is the net that nothing drives, with its place, "q[0] (mul.v:12)"; else empty.
	Undriven string
}

func (e *FaultError) Error() string { return e.Text }

// UnsupportedError tells what this simulator does not model: the design has one
// witness less.
type UnsupportedError struct {
	What string
	// State means that a part that is not modelled holds state which depends on the operands: no
	// structure proves the product to be a function of them.
	State bool
}

func (e *UnsupportedError) Error() string { return "the netlist has what is not simulated: " + e.What }

// roots makes the wanted nets and all that they depend on, through flip-flops.
func (b *builder) roots(nets []bit) ([]lit, error) {
	out := make([]lit, len(nets))
	for i, net := range nets {
		var err error
		if out[i], err = b.net(net); err != nil {
			return nil, err
		}
	}
	for len(b.pending) > 0 {
		f := b.pending[len(b.pending)-1]
		b.pending = b.pending[:len(b.pending)-1]
		if err := b.flop(f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unknown makes a node for a bit without a driver.
func (b *builder) unknown(net bit, k openKind, name string) lit {
	if net >= 0 {
		if l, ok := b.opened[net]; ok {
			return l
		}
	}
	l := b.g.source(nOpen, len(b.open))
	b.open = append(b.open, openBit{name, k})
	if net >= 0 {
		b.opened[net] = l
	}
	return l
}

// net returns the literal of a net.
func (b *builder) net(net bit) (lit, error) {
	switch net {
	case bit0:
		return lFalse, nil
	case bit1:
		return lTrue, nil
	case bitX:
		return b.unknown(net, openX, "x"), nil
	case bitZ:
		return b.unknown(net, openZ, "z"), nil
	}
	if d := b.n.conflictOf(net); d != nil {
		names := b.n.allNames(net)
		return 0, &FaultError{Text: fmt.Sprintf("net %s has %d drivers: %s", names, len(d), several(d)), Nets: strings.Split(names, " = ")}
	}
	if l, ok := b.known[net]; ok {
		return l, nil
	}
	at, ok := b.n.drivers[net]
	if !ok {
		if b.n.driven[net] { // an input without a part
			return b.unknown(net, openUndriven, "input "+b.n.name(net)), nil
		}
		return b.unknown(net, openUndriven, b.n.name(net)+" ("+b.n.sources[net]+")"), nil
	}
	if b.busy[net] {
		return 0, b.loop(net)
	}
	b.busy[net] = true
	b.path = append(b.path, net)
	l, err := b.cell(at, net)
	b.path = b.path[:len(b.path)-1]
	delete(b.busy, net)
	if err != nil {
		return 0, err
	}
	b.known[net] = l
	return l, nil
}

func (b *builder) loop(net bit) error {
	from := len(b.path) - 1
	for from > 0 && b.path[from] != net {
		from--
	}
	var names []string
	for _, p := range b.path[from:] {
		if s := b.n.names[p]; s != "" {
			names = append(names, fmt.Sprintf("%s (%s)", s, b.n.sources[p]))
		}
	}
	if len(names) == 0 {
		names = []string{b.n.name(net)}
	}
	const most = 6
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return &FaultError{Text: "combinational loop through " + strings.Join(names, ", ")}
}

// cell returns the value that a cell drives onto a net.
func (b *builder) cell(at int, net bit) (lit, error) {
	c := &b.n.cells[at]
	if c.rom != nil {
		return b.read(c, net)
	}
	pins, isGate := cellPins[c.kind]
	if !isGate {
		return b.state(at, net)
	}
	in := make([]lit, 0, 4)
	for _, p := range pins[:len(pins)-1] {
		l, err := b.net(c.pin(p))
		if err != nil {
			return 0, err
		}
		in = append(in, l)
	}
	l, _ := b.g.gate(c.kind, in)
	return l, nil
}

// state begins a flip-flop; its input is made later, since it may depend on its own output.
func (b *builder) state(at int, net bit) (lit, error) {
	c := &b.n.cells[at]
	switch {
	case strings.HasPrefix(c.kind, "$_DLATCH") || strings.HasPrefix(c.kind, "$_SR_"):
		return 0, &FaultError{Text: fmt.Sprintf("latch for %s (%s): it keeps the product of earlier operands", b.n.name(net), c.src)}
	case c.kind == "$_TBUF_":
		return 0, &FaultError{Text: fmt.Sprintf("net %s is driven by a tri-state buffer (%s): a table needs 0 or 1 for every pair", b.n.name(net), c.src)}
	case registerPins(c.kind) == nil:
		return 0, &UnsupportedError{What: fmt.Sprintf("a cell %s (%s)", limits.Show(c.kind), c.src), State: strings.Contains(c.kind, "FF")}
	}
	if i, ok := b.flopAt[at]; ok {
		return b.flops[i].view, nil
	}
	f := flipFlop{out: net, q: b.g.source(nState, len(b.flops)), src: c.src}
	f.view = f.q
	if v, ok := b.n.init[net]; !ok {
		f.init = b.unknown(bit(-100), openInit, b.n.name(net)+" ("+c.src+")")
	} else if v {
		f.init = lTrue
	}
	b.flopAt[at] = len(b.flops)
	b.pending = append(b.pending, len(b.flops))
	b.flops = append(b.flops, f)
	// The asynchronous controls act on the output itself.
	conds, err := b.async(c)
	if err != nil {
		return 0, err
	}
	i := b.flopAt[at]
	for _, a := range conds {
		switch a.when {
		case lFalse:
		case lTrue:
			b.flops[i].view = a.value
		default:
			return 0, &UnsupportedError{fmt.Sprintf("register %s with an asynchronous set or reset that depends on data (%s)", b.n.name(net), c.src), true}
		}
	}
	return b.flops[i].view, nil
}

// asyncControl sets a register to a value as long as a condition holds.
type asyncControl struct{ when, value lit }

// async returns the asynchronous controls of a flip-flop, the strongest last.
func (b *builder) async(c *cell) ([]asyncControl, error) {
	kind := strings.Trim(c.kind, "$_") // DFF_PN0, DFFE_PN0P, ALDFF_PN, DFFSR_PPP
	name, levels, _ := strings.Cut(kind, "_")
	level := func(pin string, at int) (lit, error) {
		l, err := b.net(c.pin(pin))
		if levels[at] == 'N' {
			l = l.not()
		}
		return l, err
	}
	switch {
	case (name == "DFF" || name == "DFFE") && len(levels) >= 3:
		r, err := level("R", 1)
		v := lFalse
		if levels[2] == '1' {
			v = lTrue
		}
		return []asyncControl{{r, v}}, err
	case name == "ALDFF" || name == "ALDFFE":
		l, err := level("L", 1)
		if err != nil {
			return nil, err
		}
		if l == lFalse {
			return nil, nil
		}
		v, err := b.net(c.pin("AD"))
		return []asyncControl{{l, v}}, err
	case name == "DFFSR" || name == "DFFSRE":
		s, err := level("S", 1)
		if err != nil {
			return nil, err
		}
		r, err := level("R", 2)
		return []asyncControl{{s, lTrue}, {r, lFalse}}, err
	}
	return nil, nil
}

// registers matches the flip-flops of one bit that are simulated, with the levels of
// clock, set, reset, load and enable, and the value of a reset.
var registers = regexp.MustCompile(`^\$_(?:(DFF)_[NP]|(DFFE)_[NP]{2}|(DFF)_[NP]{2}[01]|(DFFE)_[NP]{2}[01][NP]|(ALDFF)_[NP]{2}|(ALDFFE)_[NP]{3}|` +
	`(DFFSR)_[NP]{3}|(DFFSRE)_[NP]{4}|(SDFF)_[NP]{2}[01]|(SDFFC?E)_[NP]{2}[01][NP])_$`)

// registerPins lists the inputs and the output, last, of a flip-flop; nil for what is
// none.
func registerPins(kind string) []string {
	g := registers.FindStringSubmatch(kind)
	if g == nil {
		return nil
	}
	name, levels, _ := strings.Cut(strings.Trim(kind, "$_"), "_")
	pins := []string{"C", "D"}
	switch {
	case strings.HasPrefix(name, "ALDFF"):
		pins = append(pins, "L", "AD")
	case strings.HasPrefix(name, "DFFSR"):
		pins = append(pins, "S", "R")
	case len(levels) >= 3: // with the value of a reset
		pins = append(pins, "R")
	}
	if strings.HasSuffix(name, "E") {
		pins = append(pins, "E")
	}
	return append(pins, "Q")
}

// fromClock says whether a net is made of the clock and constants alone.
func (b *builder) fromClock(net bit) bool {
	seen := map[bit]bool{}
	stack := []bit{net}
	for len(stack) > 0 {
		net := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if l, ok := b.known[net]; net == bit0 || net == bit1 || net == b.clock || ok && l.node() == 0 || seen[net] {
			continue
		}
		seen[net] = true
		at, ok := b.n.drivers[net]
		if !ok {
			return false
		}
		pins, isGate := cellPins[b.n.cells[at].kind]
		if !isGate {
			return false
		}
		for _, p := range pins[:len(pins)-1] {
			stack = append(stack, b.n.cells[at].pin(p))
		}
	}
	return true
}

// flop makes the value that a flip-flop takes at its clock's edge.
func (b *builder) flop(i int) error {
	at := -1
	for c, k := range b.flopAt {
		if k == i {
			at = c
		}
	}
	c := &b.n.cells[at]
	kind := strings.Trim(c.kind, "$_")
	name, levels, _ := strings.Cut(kind, "_")
	if by := c.pin("C"); by != b.clock {
		return &UnsupportedError{fmt.Sprintf("register %s is clocked by %s, which is not the clock (%s)", b.n.name(b.flops[i].out), b.n.name(by), c.src), !b.fromClock(by)}
	}
	f := b.flops[i]
	f.fall = levels[0] == 'N'
	if f.view != f.q { // set or reset holds it
		f.next = f.view
		b.flops[i] = f
		return nil
	}
	next, err := b.net(c.pin("D"))
	if err != nil {
		return err
	}
	sync := strings.HasPrefix(name, "SDFF")
	at1 := 1 // of the enable's level
	reset, value := lFalse, lFalse
	if sync {
		if reset, err = b.net(c.pin("R")); err != nil {
			return err
		}
		if levels[1] == 'N' {
			reset = reset.not()
		}
		if levels[2] == '1' {
			value = lTrue
		}
		at1 = 3
	}
	enable := lTrue
	if strings.HasSuffix(name, "E") { // DFFE, SDFFE, SDFFCE, ALDFFE, DFFSRE
		if enable, err = b.net(c.pin("E")); err != nil {
			return err
		}
		switch {
		case name == "DFFE" && len(levels) >= 4:
			at1 = 3
		case name == "ALDFFE":
			at1 = 2
		case name == "DFFSRE":
			at1 = 3
		}
		if levels[at1] == 'N' {
			enable = enable.not()
		}
	}
	if name == "SDFFCE" { // the enable gates the reset too
		next = b.g.mux(reset, next, value)
		next = b.g.mux(enable, f.q, next)
	} else {
		next = b.g.mux(enable, f.q, next)
		next = b.g.mux(reset, next, value)
	}
	f.next = next
	b.flops[i] = f
	return nil
}

// several joins texts by commas, the first ones of many.
func several(list []string) string {
	const most = 10
	if more := len(list) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), more)
	}
	return strings.Join(list, ", ")
}
