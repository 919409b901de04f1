package netlist

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
)

// rawNetlist is a netlist of gates without registers, as its JSON has it: it can be
// changed, evaluated and written as Verilog without anything of this package, against
// which it stands for the truth.
type rawNetlist struct {
	module   rawModule
	order    []string // cells, each after those that it reads
	a, b, p  []any
	nextWire float64
}

type rawModule struct {
	Ports map[string]rawPort  `json:"ports"`
	Cells map[string]rawCell  `json:"cells"`
	Names map[string]struct{} `json:"netnames"`
}

type rawPort struct {
	Direction string `json:"direction"`
	Bits      []any  `json:"bits"`
}

type rawCell struct {
	Type       string            `json:"type"`
	Directions map[string]string `json:"port_directions"`
	Pins       map[string][]any  `json:"connections"`
}

// net returns the net at a pin, nil where the cell has no such pin.
func (c rawCell) net(pin string) any {
	if b := c.Pins[pin]; len(b) == 1 {
		return b[0]
	}
	return nil
}

// readRaw reads a netlist without registers.
func readRaw(t *testing.T, data []byte, f *cosim.Interface) *rawNetlist {
	var file struct{ Modules map[string]rawModule }
	require.NoError(t, json.Unmarshal(data, &file))
	n := &rawNetlist{module: file.Modules[cosim.ShellTop]}
	join := func(ports []cosim.Slice) (out []any) {
		for _, p := range slices.Backward(ports) {
			require.Zero(t, p.Width, "a slice")
			out = append(out, n.module.Ports[p.Port].Bits...)
		}
		return out
	}
	n.a, n.b, n.p = join(f.A), join(f.B), join(f.P)
	for _, c := range n.module.Cells {
		for _, b := range c.Pins {
			if v, ok := b[0].(float64); ok {
				n.nextWire = max(n.nextWire, v+1)
			}
		}
	}
	n.module.Names = nil
	n.sort()
	require.Len(t, n.order, len(n.module.Cells), "a loop, or nets without a driver")
	return n
}

// sort lists the cells in an order in which they can be evaluated.
func (n *rawNetlist) sort() {
	n.order = nil
	made := map[any]bool{"0": true, "1": true}
	for _, b := range append(slices.Clone(n.a), n.b...) {
		made[b] = true
	}
	left := slices.Sorted(maps.Keys(n.module.Cells))
	for more := true; more; {
		more = false
		var later []string
		for _, name := range left {
			c, ready := n.module.Cells[name], true
			for pin, b := range c.Pins {
				ready = ready && (pin == "Y" || made[b[0]])
			}
			if !ready {
				later = append(later, name)
				continue
			}
			made[c.Pins["Y"][0]] = true
			n.order, more = append(n.order, name), true
		}
		left = later
	}
}

// products evaluates the netlist gate by gate over all pairs of a rectangle, row-major.
func (n *rawNetlist) products(r cosim.Rect) []uint32 {
	pairs := int(r.Pairs())
	words := (pairs + 63) / 64
	nets := map[any][]uint64{"0": make([]uint64, words), "1": make([]uint64, words)}
	for w := range words {
		nets["1"][w] = ^uint64(0)
	}
	operand := func(bits []any, value func(pair int) uint32) {
		for k, b := range bits {
			plane := make([]uint64, words)
			for i := range pairs {
				plane[i/64] |= uint64(value(i)>>k&1) << (i % 64)
			}
			nets[b] = plane
		}
	}
	operand(n.a, func(i int) uint32 { return r.A0 + uint32(i)/r.NB })
	operand(n.b, func(i int) uint32 { return r.B0 + uint32(i)%r.NB })
	for _, name := range n.order {
		c := n.module.Cells[name]
		at := func(pin string) []uint64 { return nets[c.net(pin)] }
		a, b, s, y := at("A"), at("B"), at("S"), make([]uint64, words)
		for w := range y {
			switch c.Type {
			case "$_NOT_":
				y[w] = ^a[w]
			case "$_BUF_":
				y[w] = a[w]
			case "$_AND_":
				y[w] = a[w] & b[w]
			case "$_OR_":
				y[w] = a[w] | b[w]
			case "$_XOR_":
				y[w] = a[w] ^ b[w]
			case "$_XNOR_":
				y[w] = ^(a[w] ^ b[w])
			case "$_MUX_":
				y[w] = a[w]&^s[w] | b[w]&s[w]
			default:
				panic(c.Type)
			}
		}
		nets[c.Pins["Y"][0]] = y
	}
	out := make([]uint32, pairs)
	for k, b := range n.p {
		plane := nets[b]
		for i := range pairs {
			out[i] |= uint32(plane[i/64]>>(i%64)&1) << k
		}
	}
	return out
}

// clone copies what a change changes.
func (n *rawNetlist) clone() *rawNetlist {
	c := *n
	c.module.Cells = maps.Clone(n.module.Cells)
	c.order = slices.Clone(n.order)
	return &c
}

// mutate changes one gate.
func (d *design) mutate(rng *rand.Rand) mutant {
	n := d.net.clone()
	k := rng.IntN(len(n.order))
	name := n.order[k]
	c := n.module.Cells[name]
	c.Pins = maps.Clone(c.Pins)
	inputs := slices.DeleteFunc(slices.Sorted(maps.Keys(c.Pins)), func(p string) bool { return p == "Y" })
	pin := inputs[rng.IntN(len(inputs))]
	change := ""
	other := map[string][]string{
		"$_AND_": {"$_OR_", "$_XOR_"}, "$_OR_": {"$_AND_", "$_XOR_"}, "$_XOR_": {"$_OR_", "$_XNOR_", "$_AND_"}, "$_XNOR_": {"$_XOR_"},
		"$_NOT_": {"$_BUF_"}, "$_BUF_": {"$_NOT_"},
	}
	switch kind := rng.IntN(5); {
	case kind == 0 && c.Type == "$_MUX_":
		c.Pins["A"], c.Pins["B"] = c.Pins["B"], c.Pins["A"]
		change = "inputs of the multiplexer exchanged"
	case kind <= 1 && c.Type != "$_MUX_":
		to := other[c.Type][rng.IntN(len(other[c.Type]))]
		change, c.Type = c.Type+" becomes "+to, to
	case kind == 2: // stuck-at
		v := fmt.Sprint(rng.IntN(2))
		change, c.Pins[pin] = fmt.Sprintf("input %s stuck at %s", pin, v), []any{v}
	case kind == 3: // another net that is made before
		nets := append(slices.Clone(n.a), n.b...)
		for _, o := range n.order[:k] {
			nets = append(nets, n.module.Cells[o].Pins["Y"][0])
		}
		to := nets[rng.IntN(len(nets))]
		change, c.Pins[pin] = fmt.Sprintf("input %s moved from net %v to %v", pin, c.Pins[pin][0], to), []any{to}
	default:
		wire := n.nextWire
		n.module.Cells["mutation"] = rawCell{"$_NOT_", map[string]string{"A": "input", "Y": "output"}, map[string][]any{"A": c.Pins[pin], "Y": {wire}}}
		n.order = slices.Insert(n.order, k, "mutation")
		change, c.Pins[pin] = "input "+pin+" inverted", []any{wire}
	}
	n.module.Cells[name] = c
	return mutant{net: n, change: fmt.Sprintf("%s %s: %s", c.Type, name, change)}
}

// verilog writes the netlist as a module with ports a, b and p.
func (n *rawNetlist) verilog(name string) string {
	var v strings.Builder
	fmt.Fprintf(&v, "module %s(input [%d:0] a, input [%d:0] b, output [%d:0] p);\n", name, len(n.a)-1, len(n.b)-1, len(n.p)-1)
	nets := map[any]string{"0": "1'b0", "1": "1'b1"}
	for i, b := range n.a {
		nets[b] = fmt.Sprintf("a[%d]", i)
	}
	for i, b := range n.b {
		nets[b] = fmt.Sprintf("b[%d]", i)
	}
	for _, o := range n.order {
		c := n.module.Cells[o]
		at := func(pin string) string { return nets[c.net(pin)] }
		y := fmt.Sprintf("n%v", c.Pins["Y"][0])
		nets[c.Pins["Y"][0]] = y
		e := map[string]string{
			"$_NOT_": "~" + at("A"), "$_BUF_": at("A"), "$_AND_": at("A") + " & " + at("B"), "$_OR_": at("A") + " | " + at("B"), "$_XOR_": at("A") + " ^ " + at("B"),
			"$_XNOR_": "~(" + at("A") + " ^ " + at("B") + ")", "$_MUX_": at("S") + " ? " + at("B") + " : " + at("A"),
		}[c.Type]
		fmt.Fprintf(&v, "  wire %s;\n  assign %s = %s;\n", y, y, e)
	}
	for i, b := range n.p {
		fmt.Fprintf(&v, "  assign p[%d] = %s;\n", i, nets[b])
	}
	v.WriteString("endmodule\n")
	return v.String()
}
