package wiring

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed forms
var files embed.FS

var forms = template.Must(template.New("").Funcs(template.FuncMap{
	"top":     func(width int) int { return width - 1 },
	"escaped": Escaped,
	"comma":   func(i int) string { return map[bool]string{true: ",", false: ""}[i > 0] },
}).ParseFS(files, "forms/*.tmpl"))

// Form is a template.
type Form string

// The forms.
const (
	Lanes     Form = "lanes"     // a design several times side by side, for Verilator
	Testbench Form = "testbench" // for Icarus Verilog
	Board     Form = "board"     // the multiplier of a board
	Ports     Form = "ports"     // a design under fixed names, for synthesis
	Alone     Form = "alone"     // that one between registers
	Shell     Form = "shell"     // a module with the ports of the design, for Yosys
	Adapter   Form = "adapter"   // a module with plain ports round a design that has others
	Channels  Form = "channels"  // a module with one handshake round a design that has one for each operand
	Beats     Form = "beats"     // a module with whole operands round a design that takes them in parts
	Wrap      Form = "wrap"      // a module of plain ports to keep
)

// Write returns the Verilog of a form. The fields of data are those that its template names.
func Write(f Form, data any) string {
	var b strings.Builder
	if err := forms.ExecuteTemplate(&b, string(f)+".tmpl", data); err != nil {
		panic(fmt.Sprintf("writing Verilog of the form %s: %v", f, err)) // a fault of the program
	}
	return b.String()
}

// Naming says how a form writes what is connected.
type Naming struct {
	// Nets has other names for nets than their own.
	Nets map[Net]string
	// Ties says how constants are written.
	Ties Ties
}

// Ties is a way to write constants.
type Ties int

const (
	// Inline constants are literals, of the port's width by a cast of SystemVerilog. An inout takes none: its constants
	// are wires.
	Inline Ties = iota
	// Wires are nets of their own.
	Wires
)

// Wire is a net that stands beside the instance: of a constant, or of bits that nobody reads (Value is empty).
type Wire struct {
	Name  string
	Width int
	Value string
}

// Joined is an instance in a form: its connections, "port (net)", and the wires that they need.
type Joined struct {
	Name  string // of the module, with parameters
	Ports []string
	Wires []Wire
}

// Join writes the connections of an instance.
func (i *Instance) Join(n Naming) Joined {
	j := Joined{Name: i.Name()}
	unread := 0
	for _, c := range i.Connections {
		if len(c.Pieces) == 1 && c.Pieces[0].Net == Open {
			j.Ports = append(j.Ports, Join(c.Port.Name, ""))
			continue
		}
		var parts []string
		for _, p := range c.Pieces {
			name, own := n.Nets[p.Net]
			if !own {
				name = string(p.Net)
			}
			switch {
			case p.Net == Open:
				name = fmt.Sprintf("unread_%d", unread)
				unread++
				j.Wires = append(j.Wires, Wire{Name: name, Width: p.Width})
			case p.Net == Constant && n.Ties == Inline && c.Port.Dir != InOut:
				name = fmt.Sprintf("%d'(%s)", p.Width, p.Value)
			case p.Net == Constant:
				name = fmt.Sprintf("tied_%d", p.tie)
				j.Wires = append(j.Wires, Wire{name, p.Width, p.Value})
			case p.Net.vector():
				name = fmt.Sprintf("%s[%d:%d]", name, p.At+p.Width-1, p.At)
			}
			parts = append(parts, name)
		}
		to := parts[0]
		if len(parts) > 1 {
			to = "{" + strings.Join(parts, ", ") + "}"
		}
		j.Ports = append(j.Ports, Join(c.Port.Name, to))
	}
	return j
}
