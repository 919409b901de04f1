package cosim

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/wiring"
)

// adapterTop is the module that gives a design plain ports: a port of its own for each signal of an interface, "m.a",
// and for each element of an unpacked array, "x[0]".
const adapterTop = "approxtrain_ports"

// module returns the module that holds the design, and its parameters.
func (d *Design) module(s Source) (name string, params [][2]string) {
	if d.Holder != "" {
		return d.Holder, nil
	}
	return d.Top, parameters(s)
}

// interfacePort is a port whose type is an interface.
type interfacePort struct{ Type, Modport, Name string }

// interfacePorts returns the interface ports in the header of a module.
func interfacePorts(text, top string) (out []interfacePort) {
	known := map[string]bool{}
	s := newTokens(text)
	for t := s.next(); t != ""; t = s.next() {
		if t == "interface" {
			known[s.next()] = true
		}
	}
	s = newTokens(text)
	for t := s.next(); t != ""; t = s.next() {
		if t != "module" && t != "macromodule" {
			continue
		}
		name := s.next()
		for name == "automatic" || name == "static" {
			name = s.next()
		}
		if name != top {
			continue
		}
		for t = s.next(); t != "(" && t != ""; t = s.next() {
			switch t {
			case ";":
				return out
			case "import":
				s.skipTo(";")
			case "#":
				s.next()
				for depth := 1; depth > 0; {
					switch s.next() {
					case "(":
						depth++
					case ")":
						depth--
					case "":
						return out
					}
				}
			}
		}
		var item []string
		var last interfacePort
		end := func() {
			switch {
			case len(item) == 2 && known[item[0]]:
				last = interfacePort{Type: item[0], Name: item[1]}
			case len(item) == 4 && known[item[0]] && item[1] == ".":
				last = interfacePort{item[0], item[2], item[3]}
			case len(item) == 1 && last.Type != "":
				last.Name = item[0]
			default:
				last = interfacePort{}
			}
			if last.Type != "" {
				out = append(out, last)
			}
			item = nil
		}
		for depth := 1; ; {
			switch t = s.next(); {
			case t == "":
				return out
			case t == "(" || t == "[" || t == "{":
				depth++
			case t == ")" || t == "]" || t == "}":
				if depth--; depth == 0 {
					end()
					return out
				}
			case t == "," && depth == 1:
				end()
				continue
			}
			item = append(item, t)
		}
	}
	return out
}

// adapt gives a design plain ports, in a folder of Verilator's. faces are its interface ports. It returns the file of
// the adapter.
func (d *Design) adapt(ctx context.Context, t toolchain, s Source, obj string, faces []interfacePort) (string, error) {
	probe := "module approxtrain_probe;\n"
	var joins []string
	for n, f := range faces {
		probe += fmt.Sprintf("  %s ax_%d();\n", f.Type, n)
		joins = append(joins, wiring.Join(f.Name, fmt.Sprintf("ax_%d", n)))
	}
	instance := wiring.New(d.Top, parameters(s), nil)
	probe += fmt.Sprintf("  %sdut (%s);\nendmodule\n", instance.Name(), strings.Join(joins, ", "))
	file := filepath.Join(obj, "approxtrain_probe.sv")
	if err := os.WriteFile(file, []byte(probe), 0o644); err != nil {
		return "", err
	}
	n, r, err := elaborateXML(ctx, t, s, obj, "approxtrain_probe", d.Language, nil, file)
	if err != nil {
		return "", err
	}
	if n == nil {
		text, _ := errorsOf(parseMessages(r.stderr))
		return "", elaborationError(s, text, r)
	}
	m := n.module(d.Top)
	if m == nil {
		return "", fmt.Errorf("the XML of Verilator has no module %s", d.Top)
	}
	a := &adapter{netlist: n}
	for _, v := range m.Vars {
		name := v.OrigName
		i := slices.IndexFunc(faces, func(f interfacePort) bool { return f.Name == name })
		switch {
		case i >= 0 && v.VarType == "ifaceref":
			err = a.face(i, faces[i])
		case v.Dir != "":
			err = a.port(name, v)
		}
		if err != nil {
			return "", fault.Usagef("%s: port %s: %w", d.Top, name, err)
		}
	}
	d.Holder = adapterTop
	d.Adapter = wiring.Write(wiring.Adapter, struct {
		Title, Top string
		Ports      []wiring.Port
		Lines      []string
		Design     wiring.Joined
	}{d.Top, adapterTop, a.ports, a.lines, wiring.Joined{Name: instance.Name(), Ports: a.joins}})
	d.types = a.types
	file = filepath.Join(obj, adapterTop+".sv")
	return file, os.WriteFile(file, []byte(d.Adapter), 0o644)
}

// adapter collects the parts of the module.
type adapter struct {
	netlist *netlistXML
	ports   []wiring.Port
	types   map[string]*Type // by port
	lines   []string
	joins   []string
}

func (a *adapter) add(name string, dir wiring.Direction, t *Type) {
	if a.types == nil {
		a.types = map[string]*Type{}
	}
	a.ports = append(a.ports, wiring.Port{Name: name, Dir: dir, Width: t.Width})
	a.types[name] = t
}

// assign connects a port of the adapter with a signal inside.
func (a *adapter) assign(name string, dir wiring.Direction, inside string) {
	outside := wiring.Escaped(name)
	if dir == wiring.In {
		a.lines = append(a.lines, fmt.Sprintf("assign %s = %s;", inside, outside))
	} else {
		a.lines = append(a.lines, fmt.Sprintf("assign %s= %s;", outside, inside))
	}
}

// port adds a port that is no interface.
func (a *adapter) port(name string, v varXML) error {
	t, unpacked, err := a.netlist.typeOf(v.Type, 0)
	if err != nil {
		return err
	}
	dir := wiring.Direction(v.Dir)
	if unpacked == nil {
		a.add(name, dir, t)
		a.joins = append(a.joins, wiring.Join(name, wiring.Escaped(name)))
		return nil
	}
	if dir == wiring.InOut {
		return fmt.Errorf("an unpacked array is an inout, which no operand can be")
	}
	inside := fmt.Sprintf("ax_array_%d", len(a.joins))
	ranges := ""
	indices := []string{""}
	for _, b := range unpacked {
		ranges += fmt.Sprintf(" [%d:%d]", b[0], b[1])
		step := 1
		if b[1] < b[0] {
			step = -1
		}
		var next []string
		for _, before := range indices {
			for i := b[0]; i != b[1]+step; i += step {
				if next = append(next, fmt.Sprintf("%s[%d]", before, i)); len(next) > mostElements {
					return fmt.Errorf("an unpacked array of more than %d elements", mostElements)
				}
			}
		}
		indices = next
	}
	a.lines = append(a.lines, fmt.Sprintf("wire [%d:0] %s%s;", t.Width-1, inside, ranges))
	for _, i := range indices {
		a.add(name+i, dir, t)
		a.assign(name+i, dir, inside+i)
	}
	a.joins = append(a.joins, wiring.Join(name, inside))
	return nil
}

const mostElements = 64 // of an array port

// face adds the signals of an interface.
func (a *adapter) face(n int, f interfacePort) error {
	m := a.netlist.module(f.Type)
	if m == nil {
		return fmt.Errorf("the XML of Verilator has no interface %s", f.Type)
	}
	if f.Modport == "" {
		return fmt.Errorf("interface %s has no modport here, so which of its signals are inputs is not known: "+
			"write %s.MODPORT %s in the module's header", f.Type, f.Type, f.Name)
	}
	inside := fmt.Sprintf("ax_%d", n)
	vars := map[string]varXML{}
	var own []string // ports of the interface
	given := map[string]bool{}
	for _, v := range m.Vars {
		vars[v.OrigName] = v
		if v.Dir != "" {
			if err := a.signal(f.Name+"."+v.OrigName, wiring.Direction(v.Dir), v, ""); err != nil {
				return err
			}
			given[v.OrigName] = true
			own = append(own, wiring.Join(v.OrigName, wiring.Escaped(f.Name+"."+v.OrigName)))
		}
	}
	a.lines = append(a.lines, fmt.Sprintf("%s %s (%s);", f.Type, inside, strings.Join(own, ", ")))
	for _, v := range m.Vars {
		if v.Dir == "input" { // Yosys 0.23 does not connect the ports of an interface
			a.lines = append(a.lines, "`ifdef YOSYS")
			a.assign(f.Name+"."+v.OrigName, wiring.In, inside+"."+v.OrigName)
			a.lines = append(a.lines, "`endif")
		}
	}
	for _, p := range m.Modports {
		if p.Name != f.Modport {
			continue
		}
		for _, r := range p.Refs {
			if given[r.Name] {
				continue
			}
			dir, ok := map[string]wiring.Direction{"in": wiring.In, "out": wiring.Out, "input": wiring.In, "output": wiring.Out}[r.Direction]
			v, known := vars[r.Name]
			if !ok || !known {
				return fmt.Errorf("signal %s of interface %s is %q, which no operand can be", r.Name, f.Type, r.Direction)
			}
			if err := a.signal(f.Name+"."+r.Name, dir, v, inside+"."+r.Name); err != nil {
				return err
			}
		}
		a.joins = append(a.joins, wiring.Join(f.Name, inside))
		return nil
	}
	return fmt.Errorf("interface %s has no modport %s", f.Type, f.Modport)
}

// signal adds a signal of an interface.
func (a *adapter) signal(name string, dir wiring.Direction, v varXML, inside string) error {
	t, unpacked, err := a.netlist.typeOf(v.Type, 0)
	if err != nil || unpacked != nil {
		return fmt.Errorf("signal %s is an unpacked array, which no operand can be: %w", name, err)
	}
	a.add(name, dir, t)
	if inside != "" {
		a.assign(name, dir, inside)
	}
	return nil
}
