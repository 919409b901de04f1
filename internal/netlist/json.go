package netlist

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// bit is a net of the netlist, or a constant.
type bit int32

// Constants as bits.
const (
	bit0 bit = -1 - iota
	bit1
	bitX
	bitZ
)

// maxBit bounds the numbers of nets, so that a hostile file cannot ask for any
// amount of memory.
const maxBit = 1 << 24

// Limits of the JSON of a netlist: 12 gates for each of 2^20 nets are some 400 MB.
const (
	mostBytes  = 512 * limits.MiB
	mostValues = 50_000_000
)

// UnmarshalJSON reads a number or one of the strings "0", "1", "x", "z".
func (b *bit) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"0"`:
		*b = bit0
	case `"1"`:
		*b = bit1
	case `"x"`:
		*b = bitX
	case `"z"`:
		*b = bitZ
	default:
		var n int32
		if err := json.Unmarshal(data, &n); err != nil || n < 0 || n > maxBit {
			return fmt.Errorf("%s is no bit of a netlist", limits.Show(string(data)))
		}
		*b = bit(n)
	}
	return nil
}

// jsonModule has the parts of a module, as write_json of Yosys prints them, that
// matter here.
type jsonModule struct {
	Ports map[string]struct {
		Direction string `json:"direction"`
		Bits      []bit  `json:"bits"`
	} `json:"ports"`
	Cells map[string]jsonCell `json:"cells"`
	Names map[string]struct {
		Hidden     int            `json:"hide_name"`
		Bits       []bit          `json:"bits"`
		Attributes map[string]any `json:"attributes"`
	} `json:"netnames"`
}

type jsonCell struct {
	Type        string            `json:"type"`
	Parameters  map[string]any    `json:"parameters"`
	Attributes  map[string]any    `json:"attributes"`
	Directions  map[string]string `json:"port_directions"`
	Connections map[string][]bit  `json:"connections"`
}

// cell is one gate or flip-flop, every port of which has one bit, or a read-only memory.
type cell struct {
	kind string // $_AND_, $_DFF_P_, …
	src  string // file:line.column-…, where known
	pins map[string]bit
	rom  *rom // nil for a gate or flip-flop
}

// pin returns the bit at a port of the cell.
func (c *cell) pin(port string) bit { return c.pins[port] }

// Netlist is one flat module of gates.
type Netlist struct {
	inputs, outputs map[string][]bit
	cells           []cell
	drivers         map[bit]int       // the cell that drives a net
	driven          map[bit]bool      // nets that are inputs
	names           map[bit]string    // the designer's name of a net, if it has one
	sources         map[bit]string    // where the net was declared
	also            map[bit][]string  // all that the designer calls a net
	init            map[bit]bool      // first value of a flip-flop's output
	conflicts       map[bit]*conflict // nets with several drivers
}

// conflict is a net with more than one driver.
type conflict struct{ drivers []string }

// parse reads what write_json of Yosys printed: the module top, which must hold
// nothing but gates of one bit and read-only memories.
func parse(data []byte, top string) (*Netlist, error) {
	var file struct {
		Modules map[string]jsonModule `json:"modules"`
	}
	if err := limits.Unmarshal(data, mostValues, &file); err != nil {
		return nil, fmt.Errorf("reading the netlist of Yosys: %w", err)
	}
	m, ok := file.Modules[top]
	if !ok {
		return nil, fmt.Errorf("the netlist of Yosys has no module %s", top)
	}
	n := &Netlist{
		inputs: map[string][]bit{}, outputs: map[string][]bit{}, drivers: map[bit]int{}, driven: map[bit]bool{},
		names: map[bit]string{}, sources: map[bit]string{}, also: map[bit][]string{}, init: map[bit]bool{}, conflicts: map[bit]*conflict{},
	}
	n.readNames(m)
	if err := n.readPorts(m); err != nil {
		return nil, err
	}
	return n, n.readCells(m)
}

// readNames takes the names of nets: the shortest of the designer's.
func (n *Netlist) readNames(m jsonModule) {
	for _, name := range sortedKeys(m.Names) {
		w := m.Names[name]
		first, _ := w.Attributes["init"].(string)
		for i, b := range w.Bits {
			if b < 0 {
				continue
			}
			if k := len(first) - 1 - i; k >= 0 && (first[k] == '0' || first[k] == '1') {
				n.init[b] = first[k] == '1'
			}
			called := strings.TrimPrefix(name, cosim.ShellDUT+".")
			if len(w.Bits) > 1 {
				called = fmt.Sprintf("%s[%d]", called, i)
			}
			if w.Hidden == 0 {
				n.also[b] = append(n.also[b], called)
			}
			if old := n.names[b]; w.Hidden == 0 && (old == "" || strings.Count(called, ".") < strings.Count(old, ".")) {
				n.names[b] = called
				n.sources[b] = line(w.Attributes)
			}
		}
	}
}

func (n *Netlist) readPorts(m jsonModule) error {
	for _, name := range sortedKeys(m.Ports) {
		p := m.Ports[name]
		switch p.Direction {
		case "input":
			n.inputs[name] = p.Bits
			for i, b := range p.Bits {
				n.drive(b, fmt.Sprintf("input %s[%d]", limits.Show(name), i))
				n.driven[b] = true
			}
		case "output":
			n.outputs[name] = p.Bits
		case "inout":
			n.inputs[name] = p.Bits
			for _, b := range p.Bits {
				n.driven[b] = true
			}
		default:
			return fmt.Errorf("the netlist of Yosys has a port %s of direction %s", limits.Show(name), limits.Quote(p.Direction))
		}
	}
	return nil
}

func (n *Netlist) readCells(m jsonModule) error {
	for _, name := range sortedKeys(m.Cells) {
		c := m.Cells[name]
		if ignored[c.Type] {
			continue
		}
		if c.Type == romCell {
			if err := n.readROM(name, c); err != nil {
				return err
			}
			continue
		}
		k := cell{kind: c.Type, src: line(c.Attributes), pins: map[string]bit{}}
		pins, known := cellPins[c.Type]
		if !known && !strings.HasPrefix(c.Type, "$_") {
			return &UnsupportedError{What: fmt.Sprintf("cell %s of type %s (%s)", limits.Show(name), limits.Show(c.Type), k.src)}
		}
		if !known {
			pins = registerPins(c.Type)
		}
		for _, pin := range sortedKeys(c.Connections) {
			bits := c.Connections[pin]
			if len(bits) != 1 {
				return fmt.Errorf("the netlist of Yosys has a cell %s of type %s with %d bits at port %s, expected 1", limits.Show(name), limits.Show(c.Type), len(bits), limits.Show(pin))
			}
			k.pins[pin] = bits[0]
			if len(pins) > 0 && (pin == pins[len(pins)-1]) != (c.Directions[pin] == "output") {
				return fmt.Errorf("the netlist of Yosys has a cell %s of type %s whose port %s is an %s", limits.Show(name), limits.Show(c.Type), limits.Show(pin), limits.Quote(c.Directions[pin]))
			}
			if c.Directions[pin] == "output" {
				n.drive(bits[0], fmt.Sprintf("%s (%s)", gateName(c.Type), k.src))
				if bits[0] >= 0 {
					n.drivers[bits[0]] = len(n.cells)
				}
			}
		}
		for _, pin := range pins {
			if _, there := k.pins[pin]; !there {
				return fmt.Errorf("the netlist of Yosys has a cell %s of type %s without a port %s", limits.Show(name), limits.Show(c.Type), limits.Show(pin))
			}
		}
		n.cells = append(n.cells, k)
	}
	return nil
}

// drive notes a driver of a net.
func (n *Netlist) drive(b bit, by string) {
	c := n.conflicts[b]
	if c == nil {
		c = &conflict{}
		n.conflicts[b] = c
	}
	c.drivers = append(c.drivers, by)
}

// conflictOf returns the drivers of a net that has several; a constant that a cell
// drives has that constant as another.
func (n *Netlist) conflictOf(b bit) []string {
	c := n.conflicts[b]
	switch {
	case c == nil:
		return nil
	case b < 0:
		return append([]string{"a constant"}, c.drivers...)
	case len(c.drivers) > 1:
		return c.drivers
	}
	return nil
}

// name returns the designer's name of a net.
func (n *Netlist) name(b bit) string {
	switch {
	case b < 0:
		return [...]string{"0", "1", "x", "z"}[-1-b]
	case n.names[b] != "":
		return limits.Show(n.names[b])
	}
	if c, ok := n.drivers[b]; ok {
		return fmt.Sprintf("the output of a gate (%s)", n.cells[c].src)
	}
	return fmt.Sprintf("net %d", b)
}

// allNames returns all that the designer calls a net, at his top.
func (n *Netlist) allNames(b bit) string {
	out := []string{n.name(b)}
	for _, s := range n.also[b] {
		if !slices.Contains(out, s) && !strings.Contains(s, ".") {
			out = append(out, s)
		}
	}
	return strings.Join(out, " = ")
}

// ignored cells have no outputs: assertions and the like.
var ignored = map[string]bool{"$assert": true, "$assume": true, "$cover": true, "$live": true, "$fair": true, "$print": true, "$check": true, "$scopeinfo": true}

// line returns the source line in a cell's or net's attributes: file:line.
func line(attributes map[string]any) string {
	src, _ := attributes["src"].(string)
	if src == "" {
		return "line unknown"
	}
	// Yosys joins several by |: the designer's, the shell's, those in its own library.
	first := src
	for part := range strings.SplitSeq(src, "|") {
		if !strings.Contains(part, "/shell.v:") && !strings.Contains(part, "/share/yosys/") {
			first = part
			break
		}
	}
	if i := strings.LastIndexByte(first, ':'); i >= 0 {
		from, _, _ := strings.Cut(first[i:], "-")
		from, _, _ = strings.Cut(from, ".")
		first = first[:i] + from
	}
	return limits.Show(first)
}

func gateName(kind string) string { return strings.ToLower(strings.Trim(kind, "$_")) + " gate" }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
