package blif

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Module is a model, as a module of Verilog.
type Module struct {
	Name string
	Line int // of its .model
}

// Verilog returns the models of a file as Verilog-2001, and their names; a black box is left out. A statement in line N
// of the file is in line N of the Verilog, so messages about one are true of the other. Nets have names of their own
// there. Errors begin with the line.
func Verilog(text string) (verilog string, modules []Module, err error) {
	models, err := read(text)
	if err != nil {
		return "", nil, err
	}
	w := &writer{models: map[string][]port{}, lines: map[int][]string{}}
	for _, m := range models {
		if w.models[m.name], err = m.ports(); err != nil {
			return "", nil, err
		}
	}
	for i, m := range models {
		if m.blackbox {
			continue
		}
		if err := w.module(m); err != nil {
			return "", nil, err
		}
		last := strings.Count(text, "\n") + 1
		if i+1 < len(models) {
			last = models[i+1].line - 1
		}
		w.put(last, "endmodule")
		modules = append(modules, Module{m.name, m.line})
	}
	return w.String(), modules, nil
}

type writer struct {
	models map[string][]port
	lines  map[int][]string
}

func (w *writer) put(line int, format string, args ...any) {
	w.lines[line] = append(w.lines[line], fmt.Sprintf(format, args...))
}

// String returns the lines in order.
func (w *writer) String() string {
	var b strings.Builder
	last := 0
	for line := range w.lines {
		last = max(last, line)
	}
	for line := 1; line <= last; line++ {
		b.WriteString(strings.Join(w.lines[line], " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// netPrefix begins the names of nets, which no port has.
const netPrefix = "blif_net_"

// module writes a model.
func (w *writer) module(m *model) error {
	number := map[string]int{}
	net := func(name string) string {
		n, known := number[name]
		if !known {
			n = len(number)
			number[name] = n
		}
		return fmt.Sprintf("%s%d", netPrefix, n)
	}
	used := map[string]int{} // net → the first line that reads it
	use := func(name string, line int) string {
		if _, is := used[name]; !is {
			used[name] = line
		}
		return net(name)
	}
	ports := w.models[m.name]
	var list, joins []string
	for _, p := range ports {
		kind, width := "output", ""
		if p.input {
			kind = "input"
		}
		if p.wide {
			width = fmt.Sprintf("[%d:0] ", len(p.bits)-1)
		}
		if strings.HasPrefix(p.name, netPrefix) {
			return wrongf(m.line, "a port %s: names that begin with %s are taken", p.name, netPrefix)
		}
		list = append(list, fmt.Sprintf("%s %s%s", kind, width, identifier(p.name)))
		for i, bit := range p.bits {
			to := identifier(p.name)
			if p.wide {
				to = fmt.Sprintf("%s[%d]", to, i)
			}
			if p.input {
				joins = append(joins, fmt.Sprintf("assign %s = %s;", net(bit), to))
			} else {
				joins = append(joins, fmt.Sprintf("assign %s = %s;", to, use(bit, m.line)))
			}
		}
	}
	for _, inside := range []bool{true, false} { // what drives nets for sure comes first
		for _, c := range m.cells {
			if _, is := w.models[c.of]; is != inside {
				continue
			}
			if err := w.cell(m, c, net, use); err != nil {
				return err
			}
		}
	}
	for _, c := range m.covers {
		w.put(c.line, "assign %s = %s;", net(c.output), c.expression(use))
	}
	var registers []string
	for _, l := range m.latches {
		edge, value := "posedge", ""
		if l.fall {
			edge = "negedge"
		}
		if l.init == '0' || l.init == '1' {
			value = fmt.Sprintf("initial %s = 1'b%c; ", net(l.output), l.init)
		}
		registers = append(registers, l.output)
		w.put(l.line, "%salways @(%s %s) %s <= %s;", value, edge, use(l.clock, l.line), net(l.output), use(l.input, l.line))
	}
	for _, name := range slices.SortedFunc(keys(used), func(a, b string) int { return cmp.Or(cmp.Compare(used[a], used[b]), cmp.Compare(a, b)) }) {
		if _, driven := m.drivers[name]; !driven {
			return wrongf(used[name], "nothing drives %s", name)
		}
	}
	var wires, regs []string
	for _, name := range slices.Sorted(keys(number)) {
		if slices.Contains(registers, name) {
			regs = append(regs, net(name))
		} else {
			wires = append(wires, net(name))
		}
	}
	head := []string{fmt.Sprintf("module %s (%s);", identifier(m.name), strings.Join(list, ", "))}
	for _, d := range []struct {
		kind  string
		names []string
	}{{"wire", wires}, {"reg", regs}} {
		if len(d.names) > 0 {
			head = append(head, fmt.Sprintf("%s %s;", d.kind, strings.Join(d.names, ", ")))
		}
	}
	w.lines[m.line] = append(append(head, joins...), w.lines[m.line]...)
	return nil
}

func keys(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// expression is a sum of products.
func (c cover) expression(use func(string, int) string) string {
	var nets []string
	for _, in := range c.inputs {
		nets = append(nets, use(in, c.line))
	}
	if len(c.cubes) == 0 {
		return "1'b0"
	}
	var sum []string
	for _, cube := range c.cubes {
		var product []string
		for i, n := range nets {
			switch cube[i] {
			case '1':
				product = append(product, n)
			case '0':
				product = append(product, "~"+n)
			}
		}
		if len(product) == 0 {
			product = []string{"1'b1"}
		}
		sum = append(sum, "("+strings.Join(product, " & ")+")")
	}
	all := strings.Join(sum, " | ")
	if c.off {
		return "~(" + all + ")"
	}
	return all
}

// cell writes an instance. Which pins are outputs is known of models of the file; of others a net that nothing drives
// is driven by the cell, and two such cells that share one by mistake are found by the simulators.
func (w *writer) cell(m *model, c cell, net func(string) string, use func(string, int) string) error {
	known, is := w.models[c.of]
	type joined struct {
		name string
		wide bool
		bits []string
	}
	var pins []joined
	for _, p := range c.pins {
		name, index, wide := splitIndex(p.formal)
		at := slices.IndexFunc(pins, func(j joined) bool { return j.name == name })
		if at < 0 {
			at = len(pins)
			pins = append(pins, joined{name: name, wide: wide})
		}
		j := &pins[at]
		if j.wide != wide {
			return wrongf(c.line, "%s: pins %s and %s have one name", c.of, name, p.formal)
		}
		if index >= len(j.bits) {
			j.bits = append(j.bits, make([]string, index+1-len(j.bits))...)
		}
		j.bits[index] = p.actual
	}
	var list []string
	for _, j := range pins {
		var of *port
		if is {
			i := slices.IndexFunc(known, func(p port) bool { return p.name == j.name && p.wide == j.wide })
			if i < 0 {
				return wrongf(c.line, "%s has no port %s", c.of, j.name)
			}
			of = &known[i]
			if len(j.bits) > len(of.bits) {
				return wrongf(c.line, "port %s of %s has %d bits", j.name, c.of, len(of.bits))
			}
			j.bits = append(j.bits, make([]string, len(of.bits)-len(j.bits))...)
		}
		var bits []string
		for i := len(j.bits) - 1; i >= 0; i-- {
			actual := j.bits[i]
			switch {
			case actual == "" && of != nil && !of.input:
				bits = append(bits, net(fmt.Sprintf("%s.%d.%s[%d]", c.of, c.line, j.name, i))) // which nothing reads
				continue
			case actual == "":
				return wrongf(c.line, "%s: nothing is connected to %s[%d]", c.of, j.name, i)
			case of != nil && !of.input:
				if err := m.drive(actual, c.line); err != nil {
					return err
				}
				bits = append(bits, net(actual))
				continue
			case of == nil && m.drivers[actual] == 0:
				m.drivers[actual] = c.line
			}
			bits = append(bits, use(actual, c.line))
		}
		list = append(list, fmt.Sprintf(".%s({%s})", identifier(j.name), strings.Join(bits, ", ")))
	}
	if is {
		for _, p := range known {
			if p.input && !slices.ContainsFunc(pins, func(j joined) bool { return j.name == p.name }) {
				return wrongf(c.line, "%s: nothing is connected to its input %s", c.of, p.name)
			}
		}
	}
	w.put(c.line, "%s blif_cell_%d (%s);", identifier(c.of), c.line, strings.Join(list, ", "))
	return nil
}

var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*$`)

// identifier returns a name as Verilog has it. Escaped, it ends at a blank.
func identifier(name string) string {
	if plain.MatchString(name) && !keyword[name] {
		return name
	}
	return `\` + name + " "
}

// keyword has the words of Verilog that are no names.
var keyword = func() map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(`always and assign begin bit buf bufif0 bufif1 byte case casex casez cmos config const
		context cover cross deassign default defparam design disable do edge else end endcase endconfig endfunction
		endgenerate endmodule endprimitive endspecify endtable endtask enum event export expect extends extern final
		first_match for force foreach forever fork forkjoin function generate genvar global highz0 highz1 if iff ifnone
		implements implies import incdir include initial inout input inside instance int integer interconnect interface
		intersect join join_any join_none large let liblist library local localparam logic longint macromodule matches
		medium modport module nand negedge nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or output
		package packed parameter pmos posedge primitive priority program property protected pull0 pull1 pulldown pullup
		pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real realtime ref reg
		reject_on release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime
		s_until scalared sequence shortint shortreal showcancelled signed small soft solve specify specparam static
		string strong strong0 strong1 struct super supply0 supply1 sync_accept_on sync_reject_on table tagged task this
		throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union
		unique unique0 unsigned until use uwire var vectored virtual void wait wait_order wand weak weak0 weak1 while
		wildcard wire with within wor xnor xor abstract accept_on alias assert assume automatic before bind bins
		binsof break chandle checker class clocking cell continue constraint covergroup coverpoint dist endchecker
		endclass endclocking endgroup endinterface endpackage endprogram endproperty endsequence eventually`) {
		all[word] = true
	}
	return all
}()
