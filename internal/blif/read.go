package blif

import (
	"cmp"
	"slices"
	"strings"
)

// model is a .model.
type model struct {
	name            string
	line            int
	inputs, outputs []string // nets
	covers          []cover
	latches         []latch
	cells           []cell
	blackbox        bool
	ended           bool
	drivers         map[string]int // net → the line that drives it
}

// cover is a .names: the output is on if a cube matches, or off if the cubes are of the off-set.
type cover struct {
	line   int
	inputs []string
	output string
	cubes  []string // of 0, 1 and -, a place for each input
	off    bool
}

// latch is a .latch that an edge of its clock triggers.
type latch struct {
	line                 int
	input, output, clock string
	fall                 bool
	init                 byte // 0, 1, 2 (any) or 3 (unknown)
}

// cell is a .subckt or a .gate.
type cell struct {
	line int
	of   string
	pins []pin
}

// pin is formal=actual.
type pin struct{ formal, actual string }

// read parses a file.
func read(text string) ([]*model, error) {
	var models []*model
	var m *model
	var open *cover // which further cubes belong to
	for _, s := range statements(text) {
		word, args := s.words[0], s.words[1:]
		if !strings.HasPrefix(word, ".") {
			if open == nil {
				return nil, wrongf(s.line, "%q is neither a command nor a row of .names", strings.Join(s.words, " "))
			}
			if err := open.row(s); err != nil {
				return nil, err
			}
			continue
		}
		open = nil
		if word == ".model" {
			if len(args) != 1 {
				return nil, wrongf(s.line, ".model: expected one name, found %d", len(args))
			}
			if m != nil && !m.ended {
				m.ended = true // .end may be left out
			}
			if i := slices.IndexFunc(models, func(o *model) bool { return o.name == args[0] }); i >= 0 {
				return nil, wrongf(s.line, ".model %s is already in line %d", args[0], models[i].line)
			}
			m = &model{name: args[0], line: s.line, drivers: map[string]int{}}
			models = append(models, m)
			continue
		}
		if m == nil || m.ended {
			return nil, wrongf(s.line, "%s outside of a .model", word)
		}
		var err error
		if open, err = m.command(s, word, args); err != nil {
			return nil, err
		}
	}
	if len(models) == 0 {
		return nil, wrongf(1, "no .model")
	}
	return models, nil
}

// figures are commands that tell of area and delay, and of nothing else.
var figures = strings.Fields(".area .delay .wire_load_slope .wire .input_arrival .default_input_arrival .output_required " +
	".default_output_required .input_drive .default_input_drive .output_load .default_output_load .max_input_load " +
	".default_max_input_load .attr .cname")

// command reads a command but .model. The cover is one that takes rows.
func (m *model) command(s statement, word string, args []string) (*cover, error) {
	switch word {
	case ".inputs", ".input":
		for _, n := range args {
			if err := m.drive(n, s.line); err != nil {
				return nil, err
			}
		}
		m.inputs = append(m.inputs, args...)
	case ".outputs", ".output":
		for _, n := range args {
			if slices.Contains(m.outputs, n) {
				return nil, wrongf(s.line, "output %s is named twice", n)
			}
			m.outputs = append(m.outputs, n)
		}
	case ".names":
		if len(args) == 0 {
			return nil, wrongf(s.line, ".names: expected an output")
		}
		c := cover{line: s.line, inputs: args[:len(args)-1], output: args[len(args)-1]}
		m.covers = append(m.covers, c)
		return &m.covers[len(m.covers)-1], m.drive(c.output, s.line)
	case ".latch":
		return nil, m.latch(s.line, args)
	case ".subckt", ".gate":
		return nil, m.cell(s.line, word, args)
	case ".blackbox":
		m.blackbox = true
	case ".end":
		m.ended = true
	default:
		if !slices.Contains(figures, word) {
			return nil, wrongf(s.line, "%s is not read", word)
		}
	}
	return nil, nil
}

// drive notes that a line drives a net.
func (m *model) drive(net string, line int) error {
	if first, driven := m.drivers[net]; driven {
		return wrongf(line, "%s is already driven by line %d", net, first)
	}
	m.drivers[net] = line
	return nil
}

// row reads a row of a .names.
func (c *cover) row(s statement) error {
	cube, out := "", s.words[len(s.words)-1]
	switch {
	case len(s.words) == 2:
		cube = s.words[0]
	case len(s.words) > 2:
		return wrongf(s.line, "a row of .names has %d words, expected inputs and output", len(s.words))
	}
	switch {
	case len(cube) != len(c.inputs):
		return wrongf(s.line, "the row has %d inputs, its .names in line %d has %d", len(cube), c.line, len(c.inputs))
	case strings.Trim(cube, "01-") != "":
		return wrongf(s.line, "%q: expected 0, 1 and - only", cube)
	case out != "0" && out != "1":
		return wrongf(s.line, "the output of a row is %q, expected 0 or 1", out)
	case len(c.cubes) > 0 && c.off != (out == "0"):
		return wrongf(s.line, "the .names in line %d has rows for 0 and rows for 1", c.line)
	}
	c.cubes, c.off = append(c.cubes, cube), out == "0"
	return nil
}

// latch reads .latch input output [type control] [init].
func (m *model) latch(line int, args []string) error {
	l := latch{line: line, init: '3'}
	if n := len(args); n == 3 || n == 5 {
		if v := args[n-1]; len(v) != 1 || v < "0" || v > "3" {
			return wrongf(line, ".latch: the initial value is %q, expected 0 to 3", v)
		}
		l.init, args = args[n-1][0], args[:n-1]
	}
	switch {
	case len(args) == 2:
		return wrongf(line, ".latch %s has no clock: expected .latch %s re CLOCK", args[1], strings.Join(args, " "))
	case len(args) != 4:
		return wrongf(line, ".latch: expected input, output, re or fe, and a clock")
	}
	l.input, l.output, l.clock = args[0], args[1], args[3]
	switch args[2] {
	case "re":
	case "fe":
		l.fall = true
	case "ah", "al", "as":
		return wrongf(line, ".latch %s is level-sensitive or asynchronous (%s): only re and fe, the edges of a clock, are read", l.output, args[2])
	default:
		return wrongf(line, ".latch: the type is %q, expected re or fe", args[2])
	}
	if l.clock == "NIL" {
		return wrongf(line, ".latch %s has no clock", l.output)
	}
	m.latches = append(m.latches, l)
	return m.drive(l.output, line)
}

// cell reads .subckt MODEL formal=actual…
func (m *model) cell(line int, word string, args []string) error {
	if len(args) == 0 {
		return wrongf(line, "%s: expected a name", word)
	}
	c := cell{line: line, of: args[0]}
	for _, a := range args[1:] {
		formal, actual, ok := strings.Cut(a, "=")
		if !ok || formal == "" {
			return wrongf(line, "%s %s: %q is not formal=actual", word, c.of, a)
		}
		if slices.ContainsFunc(c.pins, func(p pin) bool { return p.formal == formal }) {
			return wrongf(line, "%s %s: %s is connected twice", word, c.of, formal)
		}
		c.pins = append(c.pins, pin{formal, actual})
	}
	m.cells = append(m.cells, c)
	return nil
}

// port is a port of a model, of one bit or of several.
type port struct {
	name  string
	wide  bool     // name[0], name[1], …
	bits  []string // nets, the lowest bit first; "" where there is none
	input bool
}

// ports returns the ports, in order of name. Nets name[N] are bits of one port.
func (m *model) ports() ([]port, error) {
	var all []port
	for _, set := range []struct {
		nets  []string
		input bool
	}{{m.inputs, true}, {m.outputs, false}} {
		for _, net := range set.nets {
			name, index, wide := splitIndex(net)
			at := slices.IndexFunc(all, func(p port) bool { return p.name == name })
			if at < 0 {
				at = len(all)
				all = append(all, port{name: name, wide: wide, input: set.input})
			}
			p := &all[at]
			if p.wide != wide || p.input != set.input || !wide && len(p.bits) > 0 {
				return nil, wrongf(m.line, "%s: port %s and port %s have one name", m.name, net, p.name)
			}
			if index >= len(p.bits) {
				p.bits = append(p.bits, make([]string, index+1-len(p.bits))...)
			}
			p.bits[index] = net
		}
	}
	slices.SortFunc(all, func(a, b port) int { return cmp.Compare(a.name, b.name) })
	for _, p := range all {
		if i := slices.Index(p.bits, ""); i >= 0 {
			return nil, wrongf(m.line, "%s has %s[%d] and not %s[%d]", m.name, p.name, len(p.bits)-1, p.name, i)
		}
	}
	return all, nil
}

const mostIndex = 1 << 12

// splitIndex splits name[12]; other names are of one bit.
func splitIndex(net string) (name string, index int, wide bool) {
	open := strings.LastIndexByte(net, '[')
	digits, closed := strings.CutSuffix(net[max(open, 0):], "]")
	if open <= 0 || !closed || len(digits) < 2 || len(digits) > 5 || len(digits) > 2 && digits[1] == '0' {
		return net, 0, false
	}
	for _, c := range digits[1:] {
		if c < '0' || c > '9' {
			return net, 0, false
		}
		index = 10*index + int(c-'0')
	}
	if index >= mostIndex {
		return net, 0, false
	}
	return net[:open], index, true
}
