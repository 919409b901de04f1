// Package liberty reads cell libraries in the Liberty format: what the cells of a mapped netlist compute, and their
// areas.
//
// Yosys has a reader of its own for this format. A netlist of cells is therefore read on two roads: Yosys reads the
// library, Verilator and Icarus Verilog read the models that this package writes. The two share no code.
//
// The format is that of the "Liberty User Guides and Reference Manual Suite" (Synopsys). Of a cell, the package reads
// its area, its pins with their functions, and one ff group. A cell with anything else that decides what it computes
// (latches, tables of states, tristate outputs, buses) has no model; an error names it if a design has it.
//
// Start reading at [Read].
package liberty

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Library is the cells of a file.
type Library struct {
	Name  string
	Cells []Cell
}

// Cell is a cell of a library.
type Cell struct {
	Name    string
	Line    int
	Area    float64 // in the library's unit; 0 if it has none
	Verilog string  // its model, a module in one line; "" if it has none
	Why     string  // it has none
}

// Read reads a library. Errors begin with the line.
func Read(text string) (*Library, error) {
	top, err := parse(text)
	if err != nil {
		return nil, err
	}
	l := &Library{}
	if len(top.args) > 0 {
		l.Name = top.args[0]
	}
	lines := map[string]int{}
	for _, g := range top.items {
		switch {
		case g.name == "include_file":
			return nil, fmt.Errorf("line %d: include_file is not read", g.line)
		case g.name != "cell" || !g.open:
			continue
		case len(g.args) != 1 || strings.ContainsAny(g.args[0], " \t\r\n"):
			return nil, fmt.Errorf("line %d: a cell of the name %q", g.line, g.args)
		}
		c := Cell{Name: g.args[0], Line: g.line}
		if first, again := lines[c.Name]; again {
			return nil, fmt.Errorf("line %d: cell %s is already in line %d", g.line, c.Name, first)
		}
		lines[c.Name] = g.line
		if v := g.value("area"); v != "" {
			if c.Area, err = strconv.ParseFloat(v, 64); err != nil || !(c.Area >= 0 && c.Area <= 1e30) {
				return nil, fmt.Errorf("line %d: the area of cell %s is %q", g.line, c.Name, v)
			}
		}
		if c.Verilog, err = model(g); err != nil {
			c.Verilog, c.Why = "", err.Error()
		}
		l.Cells = append(l.Cells, c)
	}
	if len(l.Cells) == 0 {
		return nil, fmt.Errorf("line %d: no cell in the library", top.line)
	}
	return l, nil
}

// Verilog returns the models of all cells but those that without names. The model of a cell is in the line in which the
// cell begins in the file.
func (l *Library) Verilog(without func(cell string) bool) string {
	var b strings.Builder
	line := 1
	for _, c := range l.Cells {
		if c.Verilog == "" || without(c.Name) {
			continue
		}
		for ; line < c.Line; line++ {
			b.WriteByte('\n')
		}
		b.WriteString(c.Verilog + " ")
	}
	return b.String() + "\n"
}

// state is the name of a flip-flop in a model.
const state = "liberty_state"

// unread are groups and attributes of a cell that change what it computes.
var unread = strings.Fields("latch ff_bank latch_bank statetable bus bundle")

// model returns a cell as a module, in one line.
func model(cell *group) (string, error) {
	if cell.args[0] == "" || plain.FindString(cell.args[0]) == "" {
		return "", fmt.Errorf("its name is none of Verilog")
	}
	for _, g := range cell.items {
		if g.open && slices.Contains(unread, g.name) {
			return "", fmt.Errorf("%s groups are not read (line %d)", g.name, g.line)
		}
	}
	var ports, body []string
	names := map[string]string{}
	type output struct {
		pin      string
		function string
	}
	var outputs []output
	for _, g := range cell.items {
		if g.name != "pin" || !g.open {
			continue
		}
		for _, pin := range g.args {
			if plain.FindString(pin) == "" || pin == state || slices.ContainsFunc(ports, func(p string) bool { return strings.HasSuffix(p, " \\"+pin+" ") }) {
				return "", fmt.Errorf("a pin of the name %q (line %d)", pin, g.line)
			}
			switch direction := g.value("direction"); direction {
			case "input":
				ports = append(ports, `input \`+pin+" ")
				names[pin] = `\` + pin + " "
			case "output":
				if g.first("three_state") != nil {
					return "", fmt.Errorf("output %s has a third state", pin)
				}
				if g.first("function") == nil {
					return "", fmt.Errorf("output %s has no function", pin)
				}
				ports = append(ports, `output \`+pin+" ")
				outputs = append(outputs, output{pin, g.value("function")})
			case "internal":
			default:
				return "", fmt.Errorf("pin %s has the direction %q", pin, direction)
			}
		}
	}
	if len(outputs) == 0 {
		return "", fmt.Errorf("it has no output")
	}
	inputs := func(n string) string { return names[n] }
	all := inputs
	var ff *group
	for _, g := range cell.items {
		if g.name != "ff" || !g.open {
			continue
		}
		if ff != nil {
			return "", fmt.Errorf("several ff groups (line %d)", g.line)
		}
		ff = g
	}
	if ff != nil {
		if len(ff.args) != 2 || names[ff.args[0]]+names[ff.args[1]] != "" || ff.args[0] == ff.args[1] {
			return "", fmt.Errorf("an ff group without two names of its own (line %d)", ff.line)
		}
		all = func(n string) string {
			switch n {
			case ff.args[0]:
				return state
			case ff.args[1]:
				return "(~" + state + ")"
			}
			return names[n]
		}
		text, err := flipflop(ff, inputs, all)
		if err != nil {
			return "", err
		}
		body = append(body, text)
	}
	for _, o := range outputs {
		v, err := expression(o.function, all)
		if err != nil {
			return "", fmt.Errorf("output %s: %w", o.pin, err)
		}
		body = append(body, fmt.Sprintf(`assign \%s = %s;`, o.pin, v))
	}
	return fmt.Sprintf(`module \%s (%s); %s endmodule`, cell.args[0], strings.Join(ports, ", "), strings.Join(body, " ")), nil
}

var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*$`)

// level matches a pin that is not inverted, or that is.
var level = regexp.MustCompile(`^\s*\(?\s*(!?)\s*([A-Za-z_]\w*)\s*('?)\s*\)?\s*$`)

// flipflop returns a flip-flop with at most one of clear and preset.
func flipflop(ff *group, inputs, all func(string) string) (string, error) {
	edge := func(attribute string) (edge, active string, err error) {
		v := ff.value(attribute)
		g := level.FindStringSubmatch(v)
		if g == nil || inputs(g[2]) == "" || g[1] != "" && g[3] != "" {
			return "", "", fmt.Errorf("%s is %q, expected a pin or its inverse (line %d)", attribute, v, ff.line)
		}
		if g[1]+g[3] != "" {
			return "negedge " + inputs(g[2]), "!" + inputs(g[2]), nil
		}
		return "posedge " + inputs(g[2]), inputs(g[2]), nil
	}
	for _, g := range ff.items {
		switch g.name {
		case "clocked_on", "next_state", "clear", "preset":
		case "clear_preset_var1", "clear_preset_var2": // for both at a time
		case "power_down_function": // of the supplies
		default:
			return "", fmt.Errorf("%s of an ff group is not read (line %d)", g.name, g.line)
		}
	}
	clock, _, err := edge("clocked_on")
	if err != nil {
		return "", err
	}
	next, err := expression(ff.value("next_state"), all)
	if err != nil {
		return "", err
	}
	clear, preset := ff.first("clear") != nil, ff.first("preset") != nil
	list, asynchronous := clock, ""
	switch {
	case clear && preset:
		return "", fmt.Errorf("a flip-flop with clear and preset is not read (line %d)", ff.line)
	case clear || preset:
		attribute, value := "clear", "1'b0"
		if preset {
			attribute, value = "preset", "1'b1"
		}
		at, active, err := edge(attribute)
		if err != nil {
			return "", err
		}
		list += " or " + at
		asynchronous = fmt.Sprintf("if (%s) %s <= %s; else ", active, state, value)
	}
	return fmt.Sprintf("reg %s; always @(%s) %s%s <= %s;", state, list, asynchronous, state, next), nil
}
