package cosim

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// netlistXML has the parts of Verilator's XML that describe ports.
type netlistXML struct {
	Modules []moduleXML `xml:"netlist>module"`
	Ifaces  []moduleXML `xml:"netlist>iface"`
	Table   struct {
		Types []typeXML `xml:",any"`
	} `xml:"netlist>typetable"`

	types map[string]*typeXML
}

type moduleXML struct {
	Name     string   `xml:"name,attr"`
	OrigName string   `xml:"origName,attr"`
	Top      string   `xml:"topModule,attr"`
	Vars     []varXML `xml:"var"`
	Modports []struct {
		Name string `xml:"name,attr"`
		Refs []struct {
			Name      string `xml:"name,attr"`
			Direction string `xml:"direction,attr"`
		} `xml:"modportvarref"`
	} `xml:"modport"`
	Instances []struct {
		Name string `xml:"name,attr"`
		Def  string `xml:"defName,attr"`
	} `xml:"instance"`
}

type varXML struct {
	Name     string `xml:"name,attr"`
	OrigName string `xml:"origName,attr"`
	Type     string `xml:"dtype_id,attr"`
	Dir      string `xml:"dir,attr"`
	VarType  string `xml:"vartype,attr"`
}

type typeXML struct {
	XMLName xml.Name
	ID      string    `xml:"id,attr"`
	Name    string    `xml:"name,attr"`
	Sub     string    `xml:"sub_dtype_id,attr"`
	Left    string    `xml:"left,attr"`
	Right   string    `xml:"right,attr"`
	Signed  string    `xml:"signed,attr"`
	Modport string    `xml:"modportname,attr"`
	Members []typeXML `xml:"memberdtype"`
	Bounds  []struct {
		Name string `xml:"name,attr"`
	} `xml:"range>const"`
}

// elaborateXML has Verilator print a module, with the sources before more files, as XML.
func elaborateXML(ctx context.Context, t toolchain, s Source, obj, top, language string, params []string, more ...string) (*netlistXML, toolRun, error) {
	dir, err := os.MkdirTemp(obj, "types")
	if err != nil {
		return nil, toolRun{}, err
	}
	out := filepath.Join(dir, "types.xml")
	args := append([]string{"--xml-only", "--xml-output", out, "--Mdir", dir, "--top-module", top}, s.arguments(language)...)
	args = append(append(append(args, params...), s.Paths()...), more...)
	r, err := runIn(ctx, dir, t.verilator, args...)
	if err != nil || r.failed {
		return nil, r, err
	}
	f, err := os.Open(out)
	if err != nil {
		return nil, r, fmt.Errorf("reading Verilator's XML of %v: %w", s, err)
	}
	defer f.Close()
	n, err := readXML(f)
	return n, r, err
}

func readXML(r io.Reader) (*netlistXML, error) {
	n := &netlistXML{types: map[string]*typeXML{}}
	if err := xml.NewDecoder(r).Decode(n); err != nil {
		return nil, fmt.Errorf("reading Verilator's XML: %w", err)
	}
	for i := range n.Table.Types {
		n.types[n.Table.Types[i].ID] = &n.Table.Types[i]
	}
	return n, nil
}

// module returns a module or an interface by the name of the source.
func (n *netlistXML) module(name string) *moduleXML {
	for _, list := range [][]moduleXML{n.Modules, n.Ifaces} {
		for i := range list {
			if list[i].OrigName == name || list[i].Name == name {
				return &list[i]
			}
		}
	}
	return nil
}

const deepest = 64 // types within types

// typeOf returns the layout of a type; unpacked is the number of elements of each unpacked dimension around it, with
// their bounds.
func (n *netlistXML) typeOf(id string, depth int) (t *Type, unpacked [][2]int, err error) {
	x := n.types[id]
	if x == nil || depth > deepest {
		return nil, nil, fmt.Errorf("the XML of Verilator has no type %q", id)
	}
	bounds := func() (b [2]int, err error) {
		if len(x.Bounds) != 2 {
			return b, fmt.Errorf("the XML of Verilator has an array of %d bounds", len(x.Bounds))
		}
		for i, c := range x.Bounds { // 32'h1f, 32'sh3
			_, digits, _ := strings.Cut(c.Name, "h")
			v, err := strconv.ParseUint(digits, 16, 32)
			if err != nil {
				return b, fmt.Errorf("the XML of Verilator has the bound %q", c.Name)
			}
			b[i] = int(int32(v))
		}
		return b, nil
	}
	switch x.XMLName.Local {
	case "refdtype", "enumdtype", "memberdtype", "constdtype":
		return n.typeOf(x.Sub, depth+1)
	case "basicdtype":
		t = &Type{Width: 1, Signed: x.Signed == "true"}
		if x.Left == "" {
			return t, nil, nil
		}
		left, err1 := strconv.Atoi(x.Left)
		right, err2 := strconv.Atoi(x.Right)
		if err1 != nil || err2 != nil {
			return nil, nil, fmt.Errorf("the XML of Verilator has the range [%s:%s]", x.Left, x.Right)
		}
		t.Ranged, t.Left, t.Right, t.Width = true, left, right, max(left-right, right-left)+1
		return t, nil, nil
	case "packarraydtype":
		b, err := bounds()
		if err != nil {
			return nil, nil, err
		}
		e, more, err := n.typeOf(x.Sub, depth+1)
		if err != nil || more != nil {
			return nil, nil, fmt.Errorf("the XML of Verilator has a packed array of unpacked ones: %w", err)
		}
		return &Type{Width: e.Width * (max(b[0]-b[1], b[1]-b[0]) + 1), Signed: e.Signed, Ranged: true, Left: b[0], Right: b[1], Element: e}, nil, nil
	case "unpackarraydtype":
		b, err := bounds()
		if err != nil {
			return nil, nil, err
		}
		e, more, err := n.typeOf(x.Sub, depth+1)
		return e, append([][2]int{b}, more...), err
	case "structdtype", "uniondtype":
		t = &Type{Union: x.XMLName.Local == "uniondtype"}
		for _, m := range x.Members {
			f, more, err := n.typeOf(m.Sub, depth+1)
			if err != nil {
				return nil, nil, err
			}
			if more != nil {
				return nil, nil, fmt.Errorf("member %s of %s is an unpacked array", m.Name, x.Name)
			}
			t.Fields = append(t.Fields, Field{m.Name, f})
			if t.Union {
				t.Width = max(t.Width, f.Width)
			} else {
				t.Width += f.Width
			}
		}
		return t, nil, nil
	}
	return nil, nil, fmt.Errorf("a %s is no type of an operand", x.XMLName.Local)
}

// portTypes gives ports their layouts.
func (n *netlistXML) portTypes(top string, ports []Port) error {
	m := n.module(top)
	if m == nil {
		return fmt.Errorf("the XML of Verilator has no module %s", top)
	}
	for _, v := range m.Vars {
		for i := range ports {
			if p := &ports[i]; v.Dir != "" && (v.OrigName == p.Name || decodeName(v.Name) == p.Name) {
				t, unpacked, err := n.typeOf(v.Type, 0)
				if err != nil {
					return fmt.Errorf("port %s: %w", p.Name, err)
				}
				if unpacked == nil {
					if t.Width != p.Width {
						return fmt.Errorf("port %s has %d bits in Verilator's XML, %d in its model", p.Name, t.Width, p.Width)
					}
					p.Type = t
				}
			}
		}
	}
	return nil
}
