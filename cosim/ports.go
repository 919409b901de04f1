package cosim

import (
	"regexp"
	"strconv"
	"strings"
)

// Port is a port of a design's top after elaboration.
type Port struct {
	Name   string
	Dir    Direction
	Width  int
	Signed bool
	Array  bool // unpacked
	// Type is the layout of its bits, if it was asked for.
	Type *Type `json:",omitempty"`
}

// layout returns the port's type; of a port of which only the width is known, that of a vector.
func (p Port) layout() *Type {
	if p.Type != nil {
		return p.Type
	}
	return vector(p.Width)
}

// Direction of a port.
type Direction string

const (
	In    Direction = "input"
	Out   Direction = "output"
	InOut Direction = "inout"
)

// portLine matches a port in the header of a Verilated model: VL_IN16(&a,15,0),
// an unpacked array as VL_IN8((&a)[4],7,0).
var (
	portLine  = regexp.MustCompile(`VL_(INOUT|IN|OUT)(?:8|16|64|W)?\(\(?&(\w+)\)?((?:\[\d+\])*),(\d+),(\d+)`)
	encodedCh = regexp.MustCompile(`__0([0-9a-fA-F]{2})`)
)

// parsePorts reads the ports from the C++ header of a Verilated model, in the
// order of the module's port list.
func parsePorts(header string) []Port {
	var ports []Port
	for _, g := range portLine.FindAllStringSubmatch(header, -1) {
		p := Port{Name: decodeName(g[2]), Array: g[3] != ""}
		switch g[1] {
		case "IN":
			p.Dir = In
		case "OUT":
			p.Dir = Out
		default:
			p.Dir = InOut
		}
		hi, _ := strconv.Atoi(g[4])
		lo, _ := strconv.Atoi(g[5])
		p.Width = max(hi-lo, lo-hi) + 1
		ports = append(ports, p)
	}
	return ports
}

// decodeName undoes what Verilator does to names that C++ could not have:
// special characters become __0 and two hex digits, keywords get a prefix.
func decodeName(s string) string {
	s = strings.TrimPrefix(s, "__SYM__")
	return encodedCh.ReplaceAllStringFunc(s, func(e string) string {
		n, _ := strconv.ParseUint(e[3:], 16, 8)
		return string(rune(n))
	})
}
