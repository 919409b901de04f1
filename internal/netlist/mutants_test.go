package netlist

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/yosys"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

var mutantModels = flag.Int("mutants", 1, "models of four mutants each, spread over the designs, that Verilator simulates too; -1: all")

// mutated are the built-in designs of whose netlists the mutants are made.
var mutated = []string{"exact_u8", "mitchell_u8", "drum6_u8", "roba_u8", "udm_u8", "bamh2v6_u8", "mitchell_s8", "udm_u4", "mbm_e8m3", "exact_e8m7"}

const (
	mutantsOfEach     = 50
	mutantModelsInAll = 130 // 13 of each design
)

// TestMutantsLong changes one gate of a netlist at a time and sees that a check fails for
// every mutant whose table differs from the golden one, in as many products as differ,
// and passes for the others. What a mutant's table is, an evaluator tells that shares
// nothing with this package: rawNetlist.products.
func TestMutantsLong(t *testing.T) {
	var differ, equal, refused, models, all int
	for n, name := range mutated {
		d := openMutated(t, name)
		rng := rand.New(rand.NewPCG(uint64(n), 500))
		var batch []mutant
		for len(batch) < mutantsOfEach {
			m := d.mutate(rng)
			m.wrong = d.wrong(m.net.products(d.rect))
			if m.wrong > 0 {
				differ++
			} else {
				equal++
			}
			refused += d.check(t, m)
			batch = append(batch, m)
		}
		for four := range slices.Chunk(batch, 4) {
			if all++; *mutantModels < 0 || *mutantModels > 0 && (all-1)%max(1, mutantModelsInAll / *mutantModels) == 0 {
				d.checkVerilated(t, four)
				if models++; *mutantModels != 1 {
					t.Logf("model %d: %d mutants of %s, in Verilator too", models, len(four), name)
				}
			}
		}
	}
	t.Logf("%d mutants: %d differ from the golden table and fail (%d of them are refused as no multipliers), %d are equivalent and pass; Verilator simulated %d models",
		differ+equal, differ, refused, equal, models)
	assert.Equal(t, 500, differ+equal)
	assert.Greater(t, differ, 200)
	assert.Greater(t, equal, 20)
}

// design is a built-in whose mutants are made.
type design struct {
	name   string
	rtl    *cosim.RTL
	golden *lut.Table
	raw    []byte
	net    *rawNetlist
	rect   cosim.Rect
	shift  int // zero bits behind the golden product at the port
	good   *Circuit
}

// mutant is a netlist with one change.
type mutant struct {
	net    *rawNetlist
	change string
	wrong  uint64 // products that differ from the golden ones
}

func openMutated(t *testing.T, name string) *design {
	m, err := golden.Lookup(name)
	require.NoError(t, err)
	s, err := cosim.Builtin(m.RTL.File, m.RTL.Top, m.RTL.Params)
	require.NoError(t, err)
	r, err := cosim.ElaborateRTL(t.Context(), s, cosim.Overrides{Kind: m.RTL.Kind}, cosim.Options{})
	require.NoError(t, err)
	tool, err := yosys.Find(t.Context())
	require.NoError(t, err)
	made, err := tool.Gates(t.Context(), r.YosysSource())
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(made.Dir, yosys.GatesFile))
	require.NoError(t, err)
	d := &design{name: name, rtl: r, golden: m.Table(), raw: raw, net: readRaw(t, raw, r.Iface)}
	f := d.golden.Format
	d.rect = cosim.Rect{NA: uint32(f.Rows()), NB: uint32(f.Cols())}
	if r.Shape().Kind == cosim.Float {
		d.rect.A0, d.rect.B0 = cosim.One<<f.A, cosim.One<<f.B
		sf, err := r.Shape().Format()
		require.NoError(t, err)
		d.shift = sf.P - f.P
	}
	d.good = d.circuit(t, d.net)
	require.Zero(t, d.wrong(d.net.products(d.rect)), "%s: the evaluator and the golden model differ", name)
	return d
}

// wrong counts the products, as at the port, that are not the golden ones.
func (d *design) wrong(got []uint32) (wrong uint64) {
	for i, p := range got {
		want := d.golden.At(uint32(i)/d.rect.NB, uint32(i)%d.rect.NB) << d.shift
		if d.rtl.Shape().Kind == cosim.Float {
			want += cosim.One << (d.golden.Format.P + d.shift)
		}
		if p != want {
			wrong++
		}
	}
	return wrong
}

// circuit makes the circuit of a netlist as Open does.
func (d *design) circuit(t *testing.T, net *rawNetlist) *Circuit {
	data, err := json.Marshal(map[string]any{"modules": map[string]any{cosim.ShellTop: net.module}})
	require.NoError(t, err)
	n, err := parse(data, cosim.ShellTop)
	require.NoError(t, err)
	c, err := newCircuit(n, d.rtl.Iface)
	require.NoError(t, err)
	c.rtl = d.rtl
	require.True(t, c.Structure.Pure())
	return c
}

// check compares a mutant with the golden table and with the netlist that is right. It
// returns 1 if the mutant is refused because it is no multiplier of floats at all.
func (d *design) check(t *testing.T, m mutant) (refused int) {
	c := d.circuit(t, m.net)
	tab, err := lutgen.Make(t.Context(), c, lutgen.Options{Jobs: 1})
	if err != nil {
		require.Equal(t, cosim.Float, d.rtl.Shape().Kind, "%s, %s: %v", d.name, m.change, err)
		require.ErrorContains(t, err, "is not between 1 and 4")
		require.Positive(t, m.wrong, "%s, %s: refused, but equivalent", d.name, m.change)
		refused = 1
	} else {
		cmp, err := lutgen.CompareTables(tab, d.golden)
		require.NoError(t, err)
		require.Equal(t, d.rect.Pairs(), cmp.Compared)
		require.Equal(t, m.wrong == 0, cmp.Equal(), "%s, %s: %d products are wrong", d.name, m.change, m.wrong)
		require.Equal(t, m.wrong, cmp.Mismatched, "%s, %s", d.name, m.change)
	}
	// A simulator that has the mutant's products is caught by one that has the others.
	_, err = lutgen.Make(t.Context(), d.good, lutgen.Options{Jobs: 1, Others: []cosim.Opener{c}})
	var differ *lutgen.DisagreeError
	if m.wrong == 0 {
		require.NoError(t, err, "%s, %s", d.name, m.change)
	} else {
		require.ErrorAs(t, err, &differ, "%s, %s", d.name, m.change)
		require.Equal(t, m.wrong, differ.Differ, "%s, %s", d.name, m.change)
	}
	return refused
}

// checkVerilated puts mutants into one design, in which the high bits of a choose one,
// and compares it in Verilator and in the netlist of Yosys with the golden table.
func (d *design) checkVerilated(t *testing.T, batch []mutant) {
	var v strings.Builder
	rows, cols, width := bits.Len32(d.rect.NA-1), bits.Len32(d.rect.NB-1), d.rtl.Shape().P
	choose := "'0"
	for i, m := range batch {
		v.WriteString(m.net.verilog(fmt.Sprintf("mutant%d", i)))
		choose = fmt.Sprintf("a[%d:%d] == %d ? p%d : %s", rows+1, rows, i, i, choose)
	}
	fmt.Fprintf(&v, "module mutants(input [%d:0] a, input [%d:0] b, output [%d:0] p);\n", rows+1, cols-1, width-1)
	for i := range batch {
		fmt.Fprintf(&v, "  wire [%d:0] p%d;\n  mutant%d m%d(.a(%d'd%d + a[%d:0]), .b(%d'd%d + b), .p(p%d));\n", width-1, i, i, i,
			d.rtl.Shape().A, d.rect.A0, rows-1, d.rtl.Shape().B, d.rect.B0, i)
	}
	fmt.Fprintf(&v, "  assign p = %s;\nendmodule\n", choose)
	file := filepath.Join(t.TempDir(), "mutants.v")
	require.NoError(t, os.WriteFile(file, []byte(v.String()), 0o644))
	r, err := cosim.OpenRTL(t.Context(), cosim.Source{Files: []string{file}, Top: "mutants"}, cosim.Overrides{Kind: cosim.Unsigned}, cosim.Options{})
	require.NoError(t, err)
	c, err := Open(t.Context(), r)
	require.NoError(t, err)
	tab, err := lutgen.Make(t.Context(), r, lutgen.Options{Jobs: 1, Others: []cosim.Opener{c}})
	require.NoError(t, err)
	for i, m := range batch {
		got := make([]uint32, d.rect.Pairs())
		for k := range got {
			got[k] = tab.At(uint32(i)<<rows|uint32(k)/d.rect.NB, uint32(k)%d.rect.NB)
		}
		require.Equal(t, m.wrong, d.wrong(got), "%s, %s", d.name, m.change)
	}
}
