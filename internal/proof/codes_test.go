package proof

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
)

// codeCase is a design of testdata/codes and the coding of its operands and product.
type codeCase struct {
	file, top, coding string
	params            []string
	pairs             int
}

var codeCases = []codeCase{
	{"fp4.v", "fp4", "fp4e2m1", nil, 256},
	{"fp4.v", "fp4_permuted", "testdata/codes/fp4_permuted.csv", nil, 256},
	{"fp4.v", "fp4_twos", "testdata/codes/fp4_twos.csv", nil, 256},
	{"lns8.v", "lns8", "lns8", nil, 65536},
	{"posit8.v", "posit8", "posit8es0", []string{"ES=0"}, 65536},
	{"posit8.v", "posit8", "posit8es1", []string{"ES=1"}, 65536},
	{"posit8.v", "posit8", "posit8es2", []string{"ES=2"}, 65536},
}

// options reads the design as codes.
func (c codeCase) options(t *testing.T, s witness.Simulators) Options {
	t.Helper()
	coding, err := lut.FindCoding(c.coding)
	require.NoError(t, err)
	codes := lut.Codings{A: coding, B: coding, P: coding}
	n := coding.Bits()
	return Options{Source: cosim.Source{Files: []string{"testdata/codes/" + c.file}, Top: c.top, Params: c.params}, Codes: codes,
		Over:    cosim.Overrides{Kind: cosim.Unsigned, Format: &lut.Format{Kind: lut.Unsigned, A: n, B: n, P: n}},
		Witness: witness.Options{Simulators: s}}
}

// check compares the design with a golden model, all pairs.
func (c codeCase) check(t *testing.T, s witness.Simulators, golden string) *Outcome {
	t.Helper()
	o := c.options(t, s)
	d, err := o.OpenRTL(t.Context())
	require.NoError(t, err)
	ref, err := multiplier.Parse(golden, multiplier.Golden...)
	require.NoError(t, err)
	out, err := o.Check(t.Context(), d, CheckOptions{Golden: ref})
	require.NoError(t, err)
	require.NotNil(t, out.CheckResult)
	require.EqualValues(t, c.pairs, out.Pairs.Compared)
	require.Equal(t, lut.Coded, out.Format.Kind)
	return out
}

// RTL that computes with bits has the codes of golden models that compute with fractions.
func TestCodes(t *testing.T) {
	for _, c := range []codeCase{codeCases[2], codeCases[5]} {
		assert.True(t, c.check(t, witness.Netlist, "exact").Passed, "%s %s", c.top, c.coding)
	}
	broken := codeCases[5]
	broken.params = []string{"ES=1", "BROKEN=1"}
	out := broken.check(t, witness.Netlist, "exact")
	assert.False(t, out.Passed)
	require.EqualValues(t, 1, out.Pairs.Mismatched)
	m := out.Pairs.First[0]
	assert.Equal(t, []uint32{0x5d, 0x35, 0x53, 0x52}, []uint32{m.A, m.B, m.Want, m.Got})
	assert.Equal(t, map[string]uint64{"product too small": 1}, out.Pairs.Classes)
}

func TestCodesLong(t *testing.T) {
	for _, c := range codeCases {
		assert.True(t, c.check(t, witness.Both, "exact").Passed, "%s %s", c.top, c.coding)
	}
	other := codeCases[5] // read as another coding the same design is wrong
	other.coding = "posit8es2"
	assert.False(t, other.check(t, witness.Both, "exact").Passed)
}

// editor returns a function that writes a file with a change into a folder.
func editor(t *testing.T, dir string) func(name, old, new, text string) string {
	return func(name, old, new, text string) string {
		require.Contains(t, text, old)
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(text, old, new, 1)), 0o644))
		return path
	}
}

// Functions in C take and return codes.
func TestCodesInCLong(t *testing.T) {
	text, err := os.ReadFile("testdata/codes/fp4.c")
	require.NoError(t, err)
	edit := editor(t, t.TempDir())
	c := codeCases[0]
	assert.True(t, c.check(t, witness.Netlist, "testdata/codes/fp4.c").Passed)
	assert.False(t, c.check(t, witness.Netlist, edit("wrong.c", "c % 2 == 0", "1", string(text))).Passed)
	o := c.options(t, witness.Netlist)
	o.Source.Files = nil
	exact, err := multiplier.Parse("exact", multiplier.Golden...)
	require.NoError(t, err)
	for path, want := range map[string]string{"testdata/codes/fp4.c": "", edit("large.c", "return best |", "return 16 |", string(text)): "4 bits"} {
		d, err := o.OpenC(t.Context(), multiplier.Ref{Kind: multiplier.CFunc, Path: path}, 0, 0)
		require.NoError(t, err)
		m, err := o.Make(t.Context(), d, "", 0, exact)
		if want != "" {
			assert.ErrorContains(t, err, want)
			continue
		}
		require.NoError(t, err)
		assert.True(t, m.Proof.Equal())
	}
}

// A table and other RTL are golden models too; each is refuted by a product that differs.
func TestCodesGoldenLong(t *testing.T) {
	dir := t.TempDir()
	edit := editor(t, dir)
	c := codeCases[0]
	rtl, err := os.ReadFile("testdata/codes/fp4.v")
	require.NoError(t, err)
	var tables [2]string
	for i, name := range []string{"exact_fp4e2m1", "exact_fp4e2m1"} {
		u, err := multiplier.ReadTable(name)
		require.NoError(t, err)
		if i == 1 {
			u.Set(3, 5, u.At(3, 5)^1)
		}
		tables[i] = filepath.Join(dir, string(rune('a'+i))+".lut")
		require.NoError(t, u.WriteFile(tables[i]))
	}
	other := edit("other.v", "module fp4 (", "module other (", string(rtl))
	wrong := edit("wrong.v", "q < 3", "q <= 3", strings.Replace(string(rtl), "module fp4 (", "module other (", 1))
	for golden, mismatched := range map[string]uint64{
		tables[0]: 0, tables[1]: 1, other + ":other": 0, wrong + ":other": 0, "exact_fp4e2m1": 0,
	} {
		out := c.check(t, witness.Netlist, golden)
		if strings.Contains(golden, "wrong") {
			assert.Positive(t, out.Pairs.Mismatched, golden)
			mismatched = out.Pairs.Mismatched
		}
		assert.Equal(t, mismatched, out.Pairs.Mismatched, golden)
		assert.Equal(t, mismatched == 0, out.Passed)
	}
	o := c.options(t, witness.Netlist)
	d, err := o.OpenRTL(t.Context())
	require.NoError(t, err)
	for golden, want := range map[string]string{"exact_posit5es1": "cannot be compared", "drum6": "of codes, the only built-in design is exact"} {
		ref, err := multiplier.Parse(golden, multiplier.Golden...)
		require.NoError(t, err)
		_, err = o.Check(t.Context(), d, CheckOptions{Golden: ref})
		assert.ErrorContains(t, err, want)
	}
}

// Zero products may all be +0, which the outcome says, but not some of them.
func TestCodesZeros(t *testing.T) { zerosOfCodes(t, zeroCases[1:3]) }

func TestCodesZerosLong(t *testing.T) { zerosOfCodes(t, zeroCases) }

// zeroCases are signs of the products of fp4.v, the golden model that they are compared with, and whether some are
// wrong.
var zeroCases = []struct {
	sign, golden string
	wrong        bool
}{
	{"a[3] ^ b[3]", "golden model exact_fp4e2m1", false},
	{"(a[3] ^ b[3]) & |m", "golden model exact_fp4e2m1 (each zero is +0)", false},
	{"(a[3] ^ b[3]) & (|m | a == 4'hf)", "golden model exact_fp4e2m1 (each zero is +0)", true},
	{"(a[3] ^ b[3]) & (|m | a[2:0] != 1)", "golden model exact_fp4e2m1 (each zero is +0)", true},
	{"(a[3] ^ b[3]) & ~(a == 8 && b == 1)", "golden model exact_fp4e2m1", true},
}

func zerosOfCodes(t *testing.T, cases []struct {
	sign, golden string
	wrong        bool
}) {
	rtl, err := os.ReadFile("testdata/codes/fp4.v")
	require.NoError(t, err)
	edit := editor(t, t.TempDir())
	exact, err := multiplier.Parse("exact", multiplier.Golden...)
	require.NoError(t, err)
	for _, c := range cases {
		o := codeCases[0].options(t, witness.Netlist)
		o.Source.Files = []string{edit("x.v", "{a[3] ^ b[3], m}", "{"+c.sign+", m}", string(rtl))}
		d, err := o.OpenRTL(t.Context())
		require.NoError(t, err)
		out, err := o.Check(t.Context(), d, CheckOptions{Golden: exact})
		require.NoError(t, err)
		assert.Equal(t, c.golden, out.Golden, c.sign)
		assert.Equal(t, !c.wrong, out.Passed, c.sign)
		if c.wrong {
			assert.Len(t, out.Pairs.Classes, 1, "another code of the same number")
		}
	}
}

// A table of codes is made, with its codings, and its figures are those of numbers.
func TestCodesTable(t *testing.T) {
	o := codeCases[2].options(t, witness.Netlist)
	d, err := o.OpenRTL(t.Context())
	require.NoError(t, err)
	ref, err := multiplier.Parse("exact", multiplier.Golden...)
	require.NoError(t, err)
	m, err := o.Make(t.Context(), d, "", 0, ref)
	require.NoError(t, err)
	assert.True(t, m.Proof.Equal())
	assert.Equal(t, "fp4_twos", m.Name) // the coding is called as the design is
	assert.Equal(t, lut.Measure(m.Table), m.Metrics)
	path := filepath.Join(t.TempDir(), "x.lut")
	require.NoError(t, m.Table.WriteFile(path))
	again, err := lut.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, m.Table, again)
	assert.Equal(t, float32(1.5), again.Format.Codes.P.Value(3))
}
