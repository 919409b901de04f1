package wiring

import (
	"fmt"
	"slices"
	"strings"
)

// Net is the name of what stands around a design: operands, product, clock, reset and handshake.
type Net string

// The nets. Those of the handshake are the levels of the ports themselves: InReady of a design with a busy is that
// busy.
const (
	Open     Net = "" // of an output that nobody reads
	Constant Net = "constant"
	A        Net = "a"
	B        Net = "b"
	P        Net = "p"
	Clock    Net = "clk"
	Reset    Net = "rst"
	InValid  Net = "in_valid"
	InReady  Net = "in_ready"
	OutValid Net = "out_valid"
	OutReady Net = "out_ready"
)

// vector says whether a net has several bits.
func (n Net) vector() bool { return n == A || n == B || n == P }

// Direction of a port.
type Direction string

const (
	In    Direction = "input"
	Out   Direction = "output"
	InOut Direction = "inout"
)

// Port is a port of the design. Its bits count from 0, the least significant one, whatever range it is declared with.
type Port struct {
	Name  string
	Dir   Direction
	Width int
}

// Piece is a run of bits of a port and what it is connected to.
type Piece struct {
	Low, Width int    // bits of the port
	Net        Net    //
	At         int    // of A, B and P: the lowest bit
	Value      string // of a Constant: a literal of Verilog
	tie        int    // of a Constant: its number
}

// Connection is all that one port is connected to.
type Connection struct {
	Port   Port
	Pieces []Piece // cover the port, most significant first
}

// Instance is a design with the connections of all of its ports that are connected. It is made by New and Connect.
type Instance struct {
	Module      string
	Params      [][2]string // names and values, literals of Verilog
	Connections []Connection

	ports []Port
	ties  int
}

// New returns an instance of a module with these ports, none of them connected.
func New(module string, params [][2]string, ports []Port) *Instance {
	return &Instance{Module: module, Params: params, ports: ports}
}

// Connect connects Width bits of a port from bit Low on. A bit is connected once: a second connection of an input, or
// of an output to another bit of the product, is an error. A port that does not exist, or has fewer bits, is one,
// too.
func (i *Instance) Connect(port string, p Piece) error {
	n := slices.IndexFunc(i.Connections, func(c Connection) bool { return c.Port.Name == port })
	if n < 0 {
		k := slices.IndexFunc(i.ports, func(p Port) bool { return p.Name == port })
		if k < 0 {
			return fmt.Errorf("the design has no port %s to connect", port)
		}
		n = len(i.Connections)
		i.Connections = append(i.Connections, Connection{Port: i.ports[k]})
	}
	c := &i.Connections[n]
	if p.Low < 0 || p.Width < 1 || p.Low+p.Width > c.Port.Width {
		return fmt.Errorf("bits %d to %d of port %s, which has %d, cannot be connected", p.Low, p.Low+p.Width-1, port, c.Port.Width)
	}
	for _, o := range c.Pieces {
		if p.Low < o.Low+o.Width && o.Low < p.Low+p.Width {
			return fmt.Errorf("bits %d to %d of port %s are connected twice", max(p.Low, o.Low), min(p.Low+p.Width, o.Low+o.Width)-1, port)
		}
	}
	if p.Net == Constant {
		p.tie = i.ties
		i.ties++
	}
	c.Pieces = append(c.Pieces, p)
	return nil
}

// Complete opens the bits of connected outputs that nothing is connected to, and puts the pieces of each port in order.
// An input with a bit that nothing drives is an error.
func (i *Instance) Complete() error {
	for n := range i.Connections {
		c := &i.Connections[n]
		slices.SortFunc(c.Pieces, func(a, b Piece) int { return a.Low - b.Low })
		var all []Piece
		low := 0
		fill := func(to int) error {
			if low == to {
				return nil
			}
			if c.Port.Dir != Out {
				return fmt.Errorf("bits %d to %d of input %s are connected to nothing", low, to-1, c.Port.Name)
			}
			all = append(all, Piece{Low: low, Width: to - low, Net: Open})
			return nil
		}
		for _, p := range c.Pieces {
			if err := fill(p.Low); err != nil {
				return err
			}
			all = append(all, p)
			low = p.Low + p.Width
		}
		if err := fill(c.Port.Width); err != nil {
			return err
		}
		slices.Reverse(all)
		c.Pieces = all
	}
	return nil
}

// Has reports whether a port is connected to a net.
func (i *Instance) Has(n Net) bool {
	return slices.ContainsFunc(i.Connections, func(c Connection) bool {
		return slices.ContainsFunc(c.Pieces, func(p Piece) bool { return p.Net == n })
	})
}

// Name returns the module's name and its parameters, as they stand before the name of an instance. The designer's names
// are escaped identifiers, which admit any character.
func (i *Instance) Name() string {
	var params []string
	for _, p := range i.Params {
		params = append(params, Join(p[0], p[1]))
	}
	if len(params) == 0 {
		return Escaped(i.Module)
	}
	return Escaped(i.Module) + "#(" + strings.Join(params, ", ") + ") "
}

// Escaped returns a name as an escaped identifier, with the space that ends it.
func Escaped(name string) string { return `\` + name + " " }

// Join returns the connection of a port, whose name is the designer's.
func Join(port, to string) string { return "." + Escaped(port) + "(" + to + ")" }
