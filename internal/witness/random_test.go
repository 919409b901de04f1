package witness_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lutgen"
)

var (
	randomModels = flag.Int("random", 2, "models of eight random netlists each that every simulator evaluates")
	randomFirst  = flag.Uint64("random-first", 1, "number of the first of these models")
	randomAlone  = flag.Bool("random-alone", false, "count the models of which Verilator alone, on the source, computes wrong products")
)

// netlistsOf is the number of netlists in a model; the high bits of A choose one.
const netlistsOf = 8

// TestRandomNetlists evaluates random netlists, of which outputs are read back inside,
// in the bit-sliced simulator, in Verilator (on single bits, since such netlists are
// UNOPTFLAT), in Icarus Verilog and by closures: all agree on every pair.
func TestRandomNetlists(t *testing.T) {
	var products, split, wrong int
	for n := range uint64(*randomModels) {
		rng := rand.New(rand.NewPCG(*randomFirst+n, 2))
		var text strings.Builder
		var nets []randomNetlist
		for i := range netlistsOf {
			r := newRandomNetlist(rng)
			nets = append(nets, r)
			text.WriteString(r.verilog(rng, fmt.Sprintf("net%d", i)))
		}
		text.WriteString("module random(input [6:0] A, input [3:0] B, output [10:0] O);\n")
		choose := "8'd0"
		for i := range nets {
			fmt.Fprintf(&text, "  wire [7:0] o%d;\n  net%d n%d(.A(A[3:0]), .B(B), .O(o%d));\n", i, i, i, i)
			choose = fmt.Sprintf("A[6:4] == %d ? o%d : %s", i, i, choose)
		}
		fmt.Fprintf(&text, "  assign O = {3'b0, %s};\nendmodule\n", choose)
		s := source(t, text.String())
		s.Top = "random"
		tab, w, err := table(t.Context(), s, cosim.Overrides{}, witness.Options{})
		require.NoError(t, err, "model %d:\n%s", *randomFirst+n, text.String())
		require.Empty(t, w.Alone)
		third := icarusProducts(t, s.Files[0], "random", 7, 4, 11)
		for i, p := range third {
			a, b := uint32(i)>>4, uint32(i)&15
			truth := nets[a>>4].product(a&15, b)
			require.Equal(t, truth, tab.At(a, b), "model %d, a = %d, b = %d:\n%s", *randomFirst+n, a, b, text.String())
			if p != "" {
				require.Equal(t, fmt.Sprintf("%011b", truth), p, "Icarus Verilog, model %d, a = %d, b = %d:\n%s", *randomFirst+n, a, b, text.String())
			}
			products++
		}
		if w.RTL.Split {
			split++
		}
		if *randomAlone && wrongAlone(t, w.RTL, func(a, b uint32) uint32 { return nets[a>>4].product(a&15, b) }) > 0 {
			wrong++
		}
	}
	require.Equal(t, *randomModels<<11, products)
	t.Logf("%d netlists, %d products of each simulator; %d of %d models are UNOPTFLAT", *randomModels*netlistsOf, products, split, *randomModels)
	if *randomAlone {
		t.Logf("Verilator alone is wrong for %d of %d models", wrong, *randomModels)
	}
	assert.Positive(t, split)
}

// randomNetlist is a netlist over A[3:0] and B[3:0] with O[7:0].
type randomNetlist struct{ signals []randomSignal }

// randomSignal is an input, a wire or an output bit.
type randomSignal struct {
	name, expression string
	value            func(v []bool) bool // of the signals before it; nil for inputs
}

func newRandomNetlist(rng *rand.Rand) randomNetlist {
	var n randomNetlist
	for _, port := range []string{"A", "B"} {
		for i := range 4 {
			n.signals = append(n.signals, randomSignal{name: fmt.Sprintf("%s[%d]", port, i)})
		}
	}
	// Output bits come in between, in random places, so that others read them.
	wires := 8 + rng.IntN(24)
	outputs := rng.Perm(8)
	made := 0
	for len(outputs) > 0 || made < wires {
		name := fmt.Sprintf("n%d", made)
		if len(outputs) > 0 && (made >= wires || rng.IntN(wires+8-made) < len(outputs)+3) {
			name, outputs = fmt.Sprintf("O[%d]", outputs[0]), outputs[1:]
		} else {
			made++
		}
		n.signals = append(n.signals, n.gate(rng, name))
	}
	return n
}

// gate makes a signal of those that there are, the output bits among them more often
// than others.
func (n *randomNetlist) gate(rng *rand.Rand, name string) randomSignal {
	pick := func() int {
		if rng.IntN(3) == 0 {
			var back []int
			for i, s := range n.signals {
				if s.name[0] == 'O' {
					back = append(back, i)
				}
			}
			if len(back) > 0 {
				return back[rng.IntN(len(back))]
			}
		}
		return rng.IntN(len(n.signals))
	}
	x, y, z := pick(), pick(), pick()
	a, b, c := n.signals[x].name, n.signals[y].name, n.signals[z].name
	g := randomSignal{name: name}
	switch rng.IntN(12) {
	case 0:
		g.expression, g.value = a, func(v []bool) bool { return v[x] }
	case 1:
		g.expression, g.value = "~"+a, func(v []bool) bool { return !v[x] }
	case 2:
		if rng.IntN(4) == 0 {
			one := rng.IntN(2) == 1
			g.expression, g.value = map[bool]string{false: "1'b0", true: "1'b1"}[one], func([]bool) bool { return one }
			break
		}
		fallthrough
	case 3, 4:
		g.expression, g.value = a+" & "+b, func(v []bool) bool { return v[x] && v[y] }
	case 5:
		g.expression, g.value = a+" | "+b, func(v []bool) bool { return v[x] || v[y] }
	case 6, 7:
		g.expression, g.value = a+" ^ "+b, func(v []bool) bool { return v[x] != v[y] }
	case 8:
		g.expression, g.value = "~("+a+" ^ "+b+")", func(v []bool) bool { return v[x] == v[y] }
	case 9:
		g.expression, g.value = "~("+a+" | "+b+")", func(v []bool) bool { return !v[x] && !v[y] }
	case 10:
		g.expression, g.value = "~("+a+" & "+b+")", func(v []bool) bool { return !v[x] || !v[y] }
	default:
		g.expression, g.value = a+" ? "+b+" : "+c, func(v []bool) bool { return v[x] && v[y] || !v[x] && v[z] }
	}
	return g
}

// verilog writes the statements in random order.
func (n *randomNetlist) verilog(rng *rand.Rand, name string) string {
	var wires, assigns []string
	for _, s := range n.signals {
		if s.value == nil {
			continue
		}
		if s.name[0] == 'n' {
			wires = append(wires, s.name)
		}
		assigns = append(assigns, fmt.Sprintf("  assign %s = %s;\n", s.name, s.expression))
	}
	rng.Shuffle(len(assigns), func(i, j int) { assigns[i], assigns[j] = assigns[j], assigns[i] })
	return fmt.Sprintf("module %s(A, B, O);\n  input [3:0] A, B;\n  output [7:0] O;\n  wire %s;\n%sendmodule\n", name, strings.Join(wires, ", "), strings.Join(assigns, ""))
}

func (n *randomNetlist) product(a, b uint32) (p uint32) {
	v := make([]bool, len(n.signals))
	for i, s := range n.signals {
		if s.value != nil {
			v[i] = s.value(v)
		} else if v[i] = a>>i&1 == 1; i >= 4 {
			v[i] = b>>(i-4)&1 == 1
		}
		if s.name[0] == 'O' && v[i] {
			p |= 1 << (s.name[2] - '0')
		}
	}
	return p
}

// icarusProducts returns what Icarus Verilog says of every pair, row-major, in binary;
// empty texts where it is not installed, unless CI=true.
func icarusProducts(t *testing.T, file, top string, a, b, p int) []string {
	out := make([]string, 1<<(a+b))
	iverilog, err := exec.LookPath("iverilog")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("iverilog is not installed; with CI=true it must be")
		}
		return out
	}
	dir := t.TempDir()
	bench, sim := filepath.Join(dir, "bench.v"), filepath.Join(dir, "sim.vvp")
	require.NoError(t, os.WriteFile(bench, fmt.Appendf(nil, `module bench;
  reg [%d:0] i;
  wire [%d:0] p;
  %s dut(.A(i[%d:%d]), .B(i[%d:0]), .O(p));
  initial begin
    for (i = 0; i < %d; i = i + 1) begin #1; $display("%%b", p); end
    $finish;
  end
endmodule
`, a+b, p-1, top, a+b-1, b, b-1, 1<<(a+b)), 0o644))
	text, err := exec.CommandContext(t.Context(), iverilog, "-g2012", "-s", "bench", "-o", sim, bench, file).CombinedOutput()
	require.NoError(t, err, "%s", text)
	text, err = exec.CommandContext(t.Context(), "vvp", "-n", sim).Output()
	require.NoError(t, err)
	lines := bytes.Fields(text)
	require.GreaterOrEqual(t, len(lines), len(out))
	for i := range out {
		out[i] = string(lines[i])
	}
	return out
}

// wrongAlone counts the products that Verilator gets wrong if it is given the source
// itself.
func wrongAlone(t *testing.T, r *cosim.RTL, right func(a, b uint32) uint32) (wrong int) {
	alone, err := r.WithVariant(t.Context(), cosim.Variant{Coverage: true}) // such builds are not split
	require.NoError(t, err)
	tab, err := lutgen.Make(t.Context(), alone, lutgen.Options{Jobs: 1})
	if err != nil {
		t.Logf("Verilator alone: %v", err)
		return -1
	}
	for a := range uint32(tab.Format.Rows()) {
		for b := range uint32(tab.Format.Cols()) {
			if tab.At(a, b) != right(a, b) {
				wrong++
			}
		}
	}
	return wrong
}

// TestVerilatorAloneIsWrongLong shows why Verilator 5.006 gets the netlist of single bits:
// without it, some products are wrong, and visits of every pair find nothing.
func TestVerilatorAloneIsWrongLong(t *testing.T) {
	files := []string{"testdata/readback_xor.v", "testdata/readback_gates.v"}
	if testing.Verbose() || os.Getenv("CI") == "true" {
		for _, n := range []string{"readback1.v", "readback3.v"} {
			files = append(files, cases.File(t, "trust/"+n))
		}
	}
	var faulty []string
	for _, file := range files {
		r, err := cosim.ElaborateRTL(t.Context(), cosim.Source{Files: []string{file}}, cosim.Overrides{}, cosim.Options{})
		require.NoError(t, err)
		require.NotEmpty(t, r.Design.Loops, "%s is not UNOPTFLAT", file)
		want, err := os.ReadFile(strings.TrimSuffix(file, ".v") + ".csv")
		require.NoError(t, err)
		lines := strings.Fields(string(want))[1:]
		cols := 1 << r.Shape().B
		wrong := wrongAlone(t, r, func(a, b uint32) uint32 {
			var x, y, p uint32
			_, err := fmt.Sscanf(lines[int(a)*cols+int(b)], "%d,%d,%d", &x, &y, &p)
			require.NoError(t, err)
			return p
		})
		t.Logf("%s: %d of %d products are wrong", filepath.Base(file), wrong, len(lines))
		if wrong > 0 {
			faulty = append(faulty, file)
		}
	}
	version := strings.Join(mustTools(t, files[0]), " ")
	if !strings.Contains(version, "Verilator 5.006") {
		t.Logf("%s: the fault is known of Verilator 5.006", version)
		return
	}
	assert.NotEmpty(t, faulty, "Verilator 5.006 computes every product of %v right", slices.Clone(files))
}

func mustTools(t *testing.T, file string) []string {
	r, err := cosim.ElaborateRTL(t.Context(), cosim.Source{Files: []string{file}}, cosim.Overrides{}, cosim.Options{})
	require.NoError(t, err)
	return r.Tools()
}
