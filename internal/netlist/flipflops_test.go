package netlist

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// levels lists the texts of a pattern's letters: n a level, v a value.
func levels(pattern string) []string {
	out := []string{""}
	for _, c := range pattern {
		var longer []string
		for _, o := range out {
			for _, l := range map[rune]string{'n': "NP", 'v': "01"}[c] {
				longer = append(longer, o+string(l))
			}
		}
		out = longer
	}
	return out
}

// TestFlipFlops has every flip-flop that Yosys has, with all levels of its pins: what
// it takes at the edge, and what an asynchronous control makes it show, are those of
// Yosys's simcells.v.
func TestFlipFlops(t *testing.T) {
	const d, enable, reset, load = 0, 1, 2, 3 // inputs of the netlist
	checked := 0
	for _, k := range []struct {
		name, levels string
		pins         string // of each level but the clock's and the value's
		async        bool
	}{
		{"DFF", "n", "", false}, {"DFFE", "nn", "E", false},
		{"DFF", "nnv", "R", true}, {"DFFE", "nnvn", "RE", true},
		{"SDFF", "nnv", "R", false}, {"SDFFE", "nnvn", "RE", false}, {"SDFFCE", "nnvn", "RE", false},
		{"ALDFF", "nn", "L", true}, {"ALDFFE", "nnn", "LE", true},
		{"DFFSR", "nnn", "SR", true}, {"DFFSRE", "nnnn", "SRE", true},
	} {
		for _, l := range levels(k.levels) {
			kind := fmt.Sprintf("$_%s_%s_", k.name, l)
			value, level := byte('0'), map[byte]byte{}
			rest := l[1:]
			for i := range len(k.pins) {
				level[k.pins[i]] = rest[0]
				rest = rest[1:]
				if k.pins[i] == 'R' && strings.Contains(k.levels, "v") {
					value, rest = rest[0], rest[1:]
				}
			}
			// Asynchronous controls are constants: each is active or not.
			controls := ""
			if k.async {
				controls = strings.TrimSuffix(k.pins, "E")
			}
			for active := range 1 << len(controls) {
				pins := []string{`"C": [2]`, `"D": [10]`, `"Q": [20]`}
				if level['E'] != 0 {
					pins = append(pins, `"E": [11]`)
				}
				if k.pins != "" && k.pins[0] == 'R' && !k.async {
					pins = append(pins, `"R": [12]`)
				}
				if level['L'] != 0 {
					pins = append(pins, `"AD": [13]`)
				}
				on := map[byte]bool{}
				for i := range len(controls) {
					on[controls[i]] = active>>i&1 == 1
					bit := "0"
					if on[controls[i]] == (level[controls[i]] == 'P') {
						bit = "1"
					}
					pins = append(pins, fmt.Sprintf(`"%c": ["%s"]`, controls[i], bit))
				}
				var dirs []string
				for _, p := range pins {
					name, _, _ := strings.Cut(p, ":")
					dirs = append(dirs, name+map[bool]string{true: `: "output"`, false: `: "input"`}[name == `"Q"`])
				}
				n, err := parse([]byte(module(`"clk": {"direction": "input", "bits": [2]}, "a": {"direction": "input", "bits": [10, 11, 12, 13]}`,
					fmt.Sprintf(`"r": {"type": %q, "port_directions": {%s}, "connections": {%s}}`, kind, strings.Join(dirs, ","), strings.Join(pins, ",")), "")), "m")
				require.NoError(t, err, kind)
				g := newGraph(4)
				b := newBuilder(n, g, assignment{10: inputLit(d), 11: inputLit(enable), 12: inputLit(reset), 13: inputLit(load)}, 2)
				out, err := b.roots([]bit{20})
				require.NoError(t, err, kind)
				require.Equal(t, l[0] == 'N', b.flops[0].fall, kind)
				for v := range 32 { // the inputs and the register's value
					source := func(k nodeKind, number int) bool {
						if k == nState {
							return v>>4 == 1
						}
						return v>>number&1 == 1
					}
					in := func(i int) bool { return v>>i&1 == 1 }
					q := v>>4 == 1
					enabled := level['E'] == 0 || in(enable) == (level['E'] == 'P')
					next, shown := q, q
					if enabled {
						next = in(d)
					}
					if level['R'] != 0 && !k.async && in(reset) == (level['R'] == 'P') && (k.name != "SDFFCE" || enabled) {
						next = value == '1'
					}
					switch {
					case on['R']:
						next, shown = value == '1', value == '1'
					case on['S']:
						next, shown = true, true
					case on['L']:
						next, shown = in(load), in(load)
					}
					require.Equal(t, next, naive(g, b.flops[0].next, source), "%s: next value of inputs %05b", kind, v)
					require.Equal(t, shown, naive(g, out[0], source), "%s: output of inputs %05b", kind, v)
					checked++
				}
			}
		}
	}
	t.Logf("%d values of flip-flops", checked)
	assert.Equal(t, 32*(2+4+2*8+2*16+8+16+16+2*4+2*8+4*8+4*16), checked)
}
