package netlist

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/approxtrain/approxtrain/internal/hostile"
)

// open makes a circuit of a file and evaluates one product of it.
func openHostile(t *testing.T) func(path string) (any, error) {
	return func(path string) (any, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		product, err := evaluate(t, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return product, nil
	}
}

func evaluate(t *testing.T, data []byte) (uint32, error) {
	n, err := parse(data, "m")
	if err != nil {
		return 0, err
	}
	c, err := newCircuit(n, plain(1, 1, 1))
	if err != nil {
		return 0, err
	}
	d, err := c.open(t.Context())
	if err != nil {
		return 0, err
	}
	defer d.Close()
	p := []uint32{7}
	return p[0], errorsOr(d.Eval(t.Context(), []uint32{1}, []uint32{1}, p), &p[0])
}

// errorsOr returns an error, or one that says that a product of 1 and 1 is not 1.
func errorsOr(err error, product *uint32) error {
	if err == nil && *product != 1 {
		return fmt.Errorf("1 × 1 is %d, expected 1 of an and gate", *product)
	}
	return err
}

func TestHostileJSON(t *testing.T) {
	good := module(portsAB, andCell, `"p": {"bits": [4], "attributes": {"src": "/x/y.v:2.1-2.4"}}`)
	if p, err := evaluate(t, []byte(good)); err != nil {
		t.Fatal(p, err)
	}
	var c hostile.Cases
	for k := range 100 {
		c.Text(fmt.Sprintf("cut after %d", len(good)*k/100), "%s", good[:len(good)*k/100])
	}
	var wrapped hostile.Cases
	wrapped.Wrapped([]byte(good), false)
	for _, w := range wrapped {
		if w.Name != "a blank in front" { // which JSON may have
			c = append(c, w)
		}
	}
	for name, s := range map[string]string{"itself": good, "a brace": "}", "a word": "x", "a null": "\x00"} {
		c.Text(name+" behind it", "%s%s", good, s)
	}
	edit := func(name, old, new string, may bool) {
		if !strings.Contains(good, old) {
			t.Fatalf("%s: no %s", name, old)
		}
		s := []byte(strings.Replace(good, old, new, 1))
		if may {
			c.May(name, s)
		} else {
			c.Add(name, s)
		}
	}
	values := []string{`null`, `-1`, `-2147483648`, `16777217`, `2147483648`, `9223372036854775808`, `1.5`, `1e3`, `NaN`, `"2"`, `"X"`, `"Z"`, `""`, `"\u0030"`, `" 0"`, `[2]`, `{}`, `true`, `"x"`, `"z"`, `02`, `0x2`, `+2`}
	for i, v := range values {
		for _, pin := range []string{"A", "B", "Y"} {
			old := map[string]string{"A": `"A": [2]`, "B": `"B": [3]`, "Y": `"Y": [4]`}[pin]
			edit(fmt.Sprintf("pin %s is evil %d", pin, i), old, fmt.Sprintf(`"%s": [%s]`, pin, v), false)
		}
		edit(fmt.Sprintf("port a is evil %d", i), `"bits": [2]`, `"bits": [`+v+`]`, false)
		edit(fmt.Sprintf("port p is evil %d", i), `"output", "bits": [4]`, `"output", "bits": [`+v+`]`, false)
	}
	for i, v := range []string{`null`, `[]`, `[2, 2]`, `[2, 3]`, `2`, `"2"`, `{}`, `[` + strings.Repeat("2,", 100_000) + `2]`} {
		edit(fmt.Sprintf("pin A has evil bits %d", i), `"A": [2]`, `"A": `+v, false)
		edit(fmt.Sprintf("port a has evil bits %d", i), `"bits": [2]`, `"bits": `+v, false)
	}
	for i, v := range []string{`"inout"`, `"none"`, `""`, `null`, `1`, `[]`, `"INPUT"`, `"\u001b"`, `"output"`} {
		edit(fmt.Sprintf("port a has evil direction %d", i), `"direction": "input"`, `"direction": `+v, v == `"inout"`)
		edit(fmt.Sprintf("pin A has evil direction %d", i), `"A": "input"`, `"A": `+v, v != `"output"` && v != `1` && v != `[]`)
		if v != `"output"` {
			edit(fmt.Sprintf("pin Y has evil direction %d", i), `"Y": "output"`, `"Y": `+v, false)
		}
	}
	for i, v := range []string{`"$_OR_X_"`, `"$and"`, `"AND"`, `""`, `null`, `1`, `[]`, `"$_AND_ "`, `"\u001b[2J"`, `"$_DFF_P_"`, `"$_DLATCH_P_"`, `"$_TBUF_"`, `"$_MUX_"`, `"$_NOT_"`, `"$_DFFSR_PPP_"`, `"$_SDFFCE_PP0P_"`, `"$_` + strings.Repeat("A", 100_000) + `_"`, `"$mem"`, `"$_FF_"`, `"$assert"`} {
		edit(fmt.Sprintf("evil type %d", i), `"$_AND_"`, v, false)
	}
	for i, v := range []string{`null`, `[]`, `1`, `"x"`, `{"m": null}`, `{"m": []}`, `{"m": {}}`, `{"M": {}}`, `{"": {}}`} {
		c.Text(fmt.Sprintf("evil modules %d", i), `{"modules": %s}`, v)
	}
	for name, s := range map[string]string{"deep": strings.Repeat("[", 1<<20), "deep attributes": strings.Replace(good, `"src": "/x/y.v:2.1-2.4"`, `"src": `+strings.Repeat("[", 100)+strings.Repeat("]", 100), 1), "deep objects": strings.Repeat(`{"a":`, 1<<18),
		"a port twice": strings.Replace(good, `"b": {`, `"a": {`, 1), "a cell twice": strings.Replace(good, `"g": {`, `"g": {"type": "$_OR_"}, "g": {`, 1), "a pin twice": strings.Replace(good, `"A": [2], `, `"A": [2], "A": [3], `, 1), "modules twice": strings.Replace(good, `{"modules"`, `{"modules": {}, "modules"`, 1),
		"a loop": strings.Replace(good, `"A": [2]`, `"A": [4]`, 1), "two drivers": strings.Replace(good, `"cells": {`, `"cells": {"h": {"type": "$_OR_", "port_directions": {"A": "input", "B": "input", "Y": "output"}, "connections": {"A": [2], "B": [3], "Y": [4]}}, `, 1),
		"a driver of an input": strings.Replace(good, `"Y": [4]`, `"Y": [2]`, 1), "nothing drives": strings.Replace(good, `"Y": [4]`, `"Y": [5]`, 1), "an input that is undriven": strings.Replace(good, `"A": [2]`, `"A": [9]`, 1), "no cells": strings.Replace(good, andCell, "", 1),
		"no port p": strings.Replace(good, `"p": {"direction"`, `"q": {"direction"`, 1), "no port a": strings.Replace(good, `"a": {"direction"`, `"c": {"direction"`, 1), "an inout p": strings.Replace(good, `"output", "bits": [4]`, `"inout", "bits": [4]`, 1)} {
		c.Text(name, "%s", s)
	}
	// What is only shown to people may be anything, as long as the product is right.
	for what, name := range hostile.Names {
		quoted := strings.NewReplacer("\x1b", `\u001b`, "\a", `\u0007`, "\x00", `\u0000`, "\n", `\n`, "\r", `\r`, "\b", `\b`).Replace(name)
		edit("a net is named "+what, `"p": {"bits"`, `"`+quoted+`": {"bits"`, true)
		edit("a cell is named "+what, `"g": {`, `"`+quoted+`": {`, true)
		edit("a source is "+what, `/x/y.v:3.5-3.9`, quoted, true)
		edit("an unknown cell is named "+what, `"g": {"type": "$_AND_"`, `"`+quoted+`": {"type": "$evil"`, false)
		edit("a port is named "+what, `"b": {"direction"`, `"`+quoted+`": {"direction"`, false)
	}
	for i, v := range []string{`"x"`, `"1"`, `"0"`, `""`, `"` + strings.Repeat("1", 100_000) + `"`, `null`, `1`, `[]`} {
		edit(fmt.Sprintf("evil init %d", i), `"src": "/x/y.v:2.1-2.4"`, `"init": `+v, true)
		edit(fmt.Sprintf("evil hide_name %d", i), `"p": {"bits"`, `"p": {"hide_name": `+v+`, "bits"`, true)
	}
	hostile.Reader{Name: "gates.json", Least: 300, Memory: 96 << 20, Read: openHostile(t), Right: func(any) error { return nil }}.Run(t, c)
}
