package cosim

import "strings"

// Slice is a run of bits of a port.
type Slice struct {
	Port string
	// Name is what the designer calls the bits, "tdata[15:8]" or "req.a"; empty: the port's name.
	Name string
	// Low is the lowest bit, Width the number of bits. Bits of a port count from 0, the least significant one, whatever
	// range it is declared with. A Width of 0 means the whole port.
	Low, Width int
}

// String returns the designer's name of the bits.
func (s Slice) String() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Port
}

// Whole returns whole ports as slices.
func Whole(ports ...string) []Slice {
	var out []Slice
	for _, p := range ports {
		out = append(out, Slice{Port: p})
	}
	return out
}

// joined returns slices as an option names them.
func joined(list []Slice) string {
	var names []string
	for _, s := range list {
		names = append(names, s.String())
	}
	return strings.Join(names, ",")
}

// Tie is bits of an input with a constant value, a literal of Verilog.
type Tie struct {
	Slice
	Value string
}

// Tied ties a whole port.
func Tied(port, value string) Tie { return Tie{Slice{Port: port}, value} }

// String returns the tie as an option names it: "mode=2".
func (t Tie) String() string { return t.Slice.String() + "=" + t.Value }
