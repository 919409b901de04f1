package netlist

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
)

// module wraps ports, cells and names of a netlist in JSON.
func module(ports, cells, names string) string {
	return fmt.Sprintf(`{"modules": {"m": {"ports": {%s}, "cells": {%s}, "netnames": {%s}}}}`, ports, cells, names)
}

const (
	portsAB = `"a": {"direction": "input", "bits": [2]}, "b": {"direction": "input", "bits": [3]}, "p": {"direction": "output", "bits": [4]}`
	andCell = `"g": {"type": "$_AND_", "attributes": {"src": "/x/y.v:3.5-3.9"}, "port_directions": {"A": "input", "B": "input", "Y": "output"}, "connections": {"A": [2], "B": [3], "Y": [4]}}`
)

func TestParse(t *testing.T) {
	n, err := parse([]byte(module(portsAB, andCell, `"p": {"bits": [4], "attributes": {"src": "/x/y.v:2.1-2.4"}}, "dut.q": {"bits": [4]}, "u.v": {"bits": [3, "x", "0"]}`)), "m")
	require.NoError(t, err)
	assert.Equal(t, map[string][]bit{"a": {2}, "b": {3}}, n.inputs)
	assert.Equal(t, map[string][]bit{"p": {4}}, n.outputs)
	assert.Len(t, n.cells, 1)
	assert.Equal(t, "/x/y.v:3", n.cells[0].src)
	assert.Equal(t, "q", n.name(4), "the designer's name without the shell's instance")
	assert.Equal(t, "u.v[0]", n.name(3))
	assert.Equal(t, "net 99", n.name(99))
	for b, s := range map[bit]string{bit0: "0", bit1: "1", bitX: "x", bitZ: "z"} {
		assert.Equal(t, s, n.name(b))
	}
}

func TestParseRefuses(t *testing.T) {
	edit := func(old, new string) string {
		s := module(portsAB, andCell, "")
		require.Contains(t, s, old)
		return strings.Replace(s, old, new, 1)
	}
	for _, c := range []struct{ json, message string }{
		{"", "reading the netlist"},
		{"{", "reading the netlist"},
		{"{}", "has no module m"},
		{edit(`"m"`, `"n"`), "has no module m"},
		{edit(`[2]}, `, `[2]} `), "reading the netlist"},
		{edit(`"bits": [2]`, `"bits": ["y"]`), "no bit of a netlist"},
		{edit(`"bits": [2]`, `"bits": [-1]`), "no bit of a netlist"},
		{edit(`"bits": [2]`, `"bits": [16777217]`), "no bit of a netlist"},
		{edit(`"bits": [2]`, `"bits": [1e3]`), "no bit of a netlist"},
		{edit(`"A": [2]`, `"A": [2, 3]`), "with 2 bits at port A"},
		{edit(`"A": [2]`, `"A": []`), "with 0 bits at port A"},
		{edit(`"A": [2], `, ``), "without a port A"},
		{edit(`"Y": "output"`, `"Y": "input"`), `whose port Y is an "input"`},
		{edit(`"A": "input"`, `"A": "output"`), `whose port A is an "output"`},
		{edit(`, "Y": "output"`, ``), `whose port Y is an ""`},
		{edit(`"direction": "input"`, `"direction": "sideways"`), `of direction "sideways"`},
		{edit(`$_AND_`, `$_DFF_P_`), `whose port Y is an "output"`},
		{edit(`$_AND_`, `my_cell`), "cell g of type my_cell (/x/y.v:3)"},
	} {
		if _, err := parse([]byte(c.json), "m"); assert.Error(t, err, "%s", c.json) {
			assert.Contains(t, err.Error(), c.message, "%s", c.json)
		}
	}
}

// circuitOf makes the circuit of a module with operands a and b and a product p.
func circuitOf(json string) (*Circuit, error) {
	n, err := parse([]byte(json), "m")
	if err != nil {
		return nil, err
	}
	return newCircuit(n, plain(len(n.inputs["a"]), len(n.inputs["b"]), len(n.outputs["p"])))
}

// plain is the interface of a combinational multiplier.
func plain(a, b, p int) *cosim.Interface {
	return &cosim.Interface{Shape: cosim.Shape{Kind: cosim.Unsigned, A: a, B: b, P: p}, A: cosim.Whole("a"), B: cosim.Whole("b"), P: cosim.Whole("p")}
}

func TestDrivers(t *testing.T) {
	gate := func(name, a, b, y string) string {
		return fmt.Sprintf(`%q: {"type": "$_AND_", "attributes": {"src": "m.v:%s"}, "port_directions": {"A": "input", "B": "input", "Y": "output"}, "connections": {"A": [%s], "B": [%s], "Y": [%s]}}`,
			name, name, a, b, y)
	}
	for _, c := range []struct{ cells, message string }{
		{gate("1", "2", "3", "4") + "," + gate("2", "2", "2", "4"), "net the output of a gate (m.v:2) has 2 drivers: and gate (m.v:1), and gate (m.v:2)"},
		{gate("1", "2", "3", "4") + "," + gate("2", "3", "3", "2"), "has 2 drivers: input a[0], and gate (m.v:2)"},
		{gate("1", "2", "\"0\"", "4") + "," + gate("2", "3", "3", "\"0\""), ""},
		{gate("1", "2", "5", "4"), "nothing drives net 5"},
		{gate("1", "2", "\"z\"", "4"), "a bus that nothing drives"},
		{gate("1", "2", "5", "4") + "," + gate("2", "4", "3", "5"), "combinational loop"},
		{gate("1", "2", "4", "4"), "combinational loop"},
		{"", "nothing drives net 4"},
	} {
		_, err := circuitOf(module(portsAB, c.cells, ""))
		if c.message == "" {
			assert.NoError(t, err, "%s", c.cells)
			continue
		}
		var wrong *FaultError
		if assert.ErrorAs(t, err, &wrong, "%s", c.cells) {
			assert.Contains(t, err.Error(), c.message)
		}
	}
	// A fault outside of the product's cone is none of the product.
	_, err := circuitOf(module(portsAB, andCell+","+gate("1", "7", "7", "8")+","+gate("2", "7", "8", "8"), ""))
	assert.NoError(t, err)
	// An x is a bit that is tried as 0, 1 and random.
	c, err := circuitOf(module(portsAB, gate("1", "2", "\"x\"", "4"), ""))
	require.NoError(t, err)
	assert.Equal(t, []string{"x"}, c.Structure.Open)
	seen := map[uint32]bool{}
	for _, fill := range []cosim.Fill{cosim.FillZeros, cosim.FillOnes} {
		seen[eval(t, c, fill, 1, 1)] = true
	}
	assert.Len(t, seen, 2)
}

// eval returns the product of one pair.
func eval(t *testing.T, c *Circuit, fill cosim.Fill, a, b uint32) uint32 {
	d, err := c.open(t.Context())
	require.NoError(t, err)
	require.NoError(t, d.Reset(t.Context(), fill))
	p := []uint32{0}
	require.NoError(t, d.Eval(t.Context(), []uint32{a}, []uint32{b}, p))
	return p[0]
}

// FuzzJSON: no netlist makes the reader panic or ask for unbounded memory.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(module(portsAB, andCell, `"p": {"bits": [4], "attributes": {"init": "1"}}`)))
	for _, kind := range []string{"$_DFF_P_", "$_DFF_", "$_DFFE_PP_", "$_DFF_PN0_", "$_SDFFCE_PP0P_", "$_ALDFFE_PNN_", "$_DFFSRE_PPPP_", "$_SDFF_", "$_DLATCH_P_", "$_TBUF_"} {
		pins, dirs := "", ""
		for i, p := range []string{"C", "D", "R", "S", "E", "L", "AD", "A"} {
			pins += fmt.Sprintf(`"%s": [%d], `, p, 2+i%2)
			dirs += fmt.Sprintf(`"%s": "input", `, p)
		}
		f.Add([]byte(module(portsAB, fmt.Sprintf(`"r": {"type": %q, "port_directions": {%s"Q": "output"}, "connections": {%s"Q": [4]}}`, kind, dirs, pins), `"p": {"bits": [4], "attributes": {"init": "x"}}`)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		n, err := parse(data, "m")
		if err != nil {
			return
		}
		iface := plain(len(n.inputs["a"]), len(n.inputs["b"]), len(n.outputs["p"]))
		if _, ok := n.inputs["clk"]; ok && len(n.inputs["clk"]) == 1 {
			iface.Clock = "clk"
		}
		if iface.Shape.A+iface.Shape.B > 20 || iface.Shape.P > 32 {
			return
		}
		c, err := newCircuit(n, iface)
		if err != nil {
			return
		}
		d, err := c.open(t.Context())
		require.NoError(t, err)
		require.NoError(t, d.Eval(t.Context(), []uint32{1}, []uint32{1}, []uint32{0}))
	})
}
