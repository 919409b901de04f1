package proof

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
)

// floatCase is testdata/fpmul.v in a format, and its golden model.
type floatCase struct {
	format, golden string
	params         []string
	signedZeros    bool
}

var floatCases = []floatCase{
	{"e4m3fn-ieee", "exact-rne", []string{"X=4", "M=3", "FINITE=1"}, true},
	{"e4m3fn-saturate", "exact-rne", []string{"X=4", "M=3", "FINITE=1", "SATURATE=1", "GRADUAL=0"}, true},
	{"e4m3b11", "exact", []string{"X=4", "M=3", "BIAS=11", "NEAREST=0", "GRADUAL=0", "PLUS=1"}, false},
	{"e5m2-ieee", "exact-rne", []string{"X=5", "M=2"}, true},
	{"e5m2-ieee-saturate", "exact", []string{"X=5", "M=2", "NEAREST=0", "SATURATE=1"}, true},
	{"e3m4-ieee", "exact-rne", []string{"X=3", "M=4", "PLUS=1"}, false},
	{"e3m4-ieee", "exact", []string{"X=3", "M=4", "NEAREST=0"}, true},
	{"e2m1fn-ieee", "exact-rne", []string{"X=2", "M=1", "FINITE=1"}, true},
	{"e2m5", "exact-rne", []string{"X=2", "M=5", "GRADUAL=0"}, true},
}

var halfCases = []floatCase{
	{"e5m10-ieee", "exact-rne", []string{"X=5", "M=10"}, true},
	{"e5m10-ieee", "exact", []string{"X=5", "M=10", "NEAREST=0"}, true},
}

// check compares the design with its golden model, all pairs.
func (c floatCase) check(t *testing.T, s witness.Simulators) *Outcome {
	t.Helper()
	format, err := lut.ParseFormat(c.format)
	require.NoError(t, err)
	o := Options{Source: cosim.Source{Files: []string{"testdata/fpmul.v"}, Params: c.params},
		Over: cosim.Overrides{Format: &format}, Witness: witness.Options{Simulators: s}}
	d, err := o.OpenRTL(t.Context())
	require.NoError(t, err)
	ref, err := multiplier.Parse(c.golden, multiplier.Golden...)
	require.NoError(t, err)
	out, err := o.Check(t.Context(), d, CheckOptions{Golden: ref, Full: true})
	require.NoError(t, err)
	require.NotNil(t, out.CheckResult)
	require.EqualValues(t, 1<<(2*(format.FloatExtra()+format.A)), out.All.Compared)
	return out
}

func (c floatCase) pass(t *testing.T, s witness.Simulators) {
	out := c.check(t, s)
	assert.True(t, out.Passed, "%v", out.All)
	assert.Equal(t, c.signedZeros, out.All.SignedZeros)
	assert.Positive(t, out.All.NaNs, "a NaN has the exclusive or of the signs, which IEEE 754 leaves open")
	assert.Equal(t, c.format, out.Format.String())
}

// RTL that is written from the standards has the products of golden models that are written from formulas.
func TestFloats(t *testing.T) {
	for _, c := range floatCases[:3] {
		t.Run(c.format+" "+c.golden, func(t *testing.T) { c.pass(t, witness.Netlist) })
	}
}

func TestFloatsLong(t *testing.T) {
	for _, c := range floatCases {
		t.Run(c.format+" "+c.golden, func(t *testing.T) { c.pass(t, witness.Both) })
	}
}

// All 2^32 pairs of 16 bits, by the netlist, which is the faster simulator: 80 s of processor time each. make
// exhaustive has all cases.
func TestHalvesLong(t *testing.T) {
	cases := halfCases[:1]
	if os.Getenv("APPROXTRAIN_EVERY_PAIR") != "" {
		cases = halfCases
	}
	for _, c := range cases {
		t.Run(c.format+" "+c.golden, func(t *testing.T) { c.pass(t, witness.Netlist) })
	}
}

// Each fault is found, and named for what it is.
func TestFloatFaults(t *testing.T) {
	for _, c := range []floatFault{
		{"FAULT=1", floatCases[0], "value"},
		{"FAULT=2", floatCases[0], "zero or subnormal not expected"},
		{"FAULT=5", floatCases[0], "sign of zero"},
	} {
		c.check(t, 0)
	}
}

func TestFloatFaultsLong(t *testing.T) {
	for _, c := range []floatFault{
		{"FAULT=3", floatCases[3], "sign"},
		{"GRADUAL=0", floatCases[3], "subnormal expected"},
		{"SATURATE=1", floatCases[3], "infinity expected"},
		{"FINITE=0", floatCases[0], "NaN expected"},
	} {
		c.check(t, 0)
	}
	floatFault{"FAULT=4", halfCases[0], "value"}.check(t, 1) // one pair of 2^32
}

type floatFault struct {
	param string
	floatCase
	class string
}

// check requires so many mismatches, 0 for any number.
func (c floatFault) check(t *testing.T, mismatches uint64) {
	t.Run(c.param, func(t *testing.T) {
		name, _, _ := strings.Cut(c.param, "=")
		params := []string{c.param}
		for _, p := range c.params {
			if !strings.HasPrefix(p, name+"=") {
				params = append(params, p)
			}
		}
		c.params = params
		out := c.floatCase.check(t, witness.Netlist)
		assert.False(t, out.Passed)
		assert.Positive(t, out.All.Classes[c.class], fmt.Sprint(out.All.Classes))
		if mismatches > 0 {
			assert.Equal(t, mismatches, out.All.Mismatched)
		}
	})
}

// Ports of 16 bits are read as what their products say.
func TestReading(t *testing.T) {
	readingOf(t, "../../../shared/cases/interfaces/fp16.v", "e5m10", "512 of 512 products fit e5m10")
}

func TestReadingLong(t *testing.T) {
	readingOf(t, "testdata/fpmul.v", "e5m10-ieee", "512 of 512 products fit e5m10")
	readingOf(t, "testdata/fpmul.v", "e5m10-saturate", "512 of 512 products fit e5m10", "GRADUAL=0", "SATURATE=1")
	readingOf(t, "testdata/fpmul.v", "e8m7", "", "X=8", "M=7")
}

func readingOf(t *testing.T, file, format, why string, params ...string) {
	t.Helper()
	o := Options{Source: cosim.Source{Files: []string{file}, Params: params}, Witness: witness.Options{Simulators: witness.Netlist}}
	d, err := o.OpenRTL(t.Context())
	require.NoError(t, err)
	assert.Equal(t, format, d.Shape().Numbers().String())
	assert.Contains(t, d.Reading, why)
	assert.Equal(t, why == "", d.Reading == "")
	t.Log(d.Reading)
}

// computed is a design whose product is a function.
type computed struct {
	cosim.Opener
	cosim.DUT
	product func(call int, a, b uint32) uint32
	calls   int
}

func (c *computed) Open(context.Context) (cosim.DUT, error) { return c, nil }
func (c *computed) Close() error                            { return nil }
func (c *computed) Reset(context.Context, cosim.Fill) error { return nil }
func (c *computed) Shape() cosim.Shape                      { return cosim.Shape{Kind: cosim.Float, A: 16, B: 16, P: 16} }
func (c *computed) Eval(_ context.Context, a, b, p []uint32) error {
	for i := range a {
		p[i] = c.product(c.calls, a[i], b[i])
	}
	c.calls++
	return nil
}

// How well the products of every built-in design fit the format that they are not of, and what is not clear.
func TestReadingEvidence(t *testing.T) {
	formats := []lut.Format{bfloat16, binary16}
	for own, f := range formats {
		for _, design := range []string{"exact", "exact-rne", "mitchell", "mbm", "drum3", "roba"} {
			m, err := golden.Lookup(design + "_" + f.String())
			require.NoError(t, err)
			table := m.Table()
			d := &computed{product: func(_ int, a, b uint32) uint32 { return table.MulNarrow(a, b) }}
			n, err := fitting(t.Context(), d, f)
			require.NoError(t, err)
			assert.Equal(t, readingPairs, n, m.Name)
			other, err := fitting(t.Context(), d, formats[1-own])
			require.NoError(t, err)
			t.Logf("%s: %d of %d fit %v", m.Name, other, readingPairs, formats[1-own])
			assert.Less(t, float64(other), 0.75*readingPairs, m.Name)
			got, _, err := reading(t.Context(), d)
			require.NoError(t, err)
			assert.Equal(t, own == 1, got != nil, m.Name)
		}
	}
	tables := []*lut.Table{}
	for _, f := range formats {
		m, err := golden.Lookup("exact_" + f.String())
		require.NoError(t, err)
		tables = append(tables, m.Table())
	}
	both := &computed{product: func(call int, a, b uint32) uint32 { return tables[min(call, 1)].MulNarrow(a, b) }}
	_, _, err := reading(t.Context(), both)
	require.ErrorContains(t, err, "could be of two formats")
	assert.Equal(t, fault.Usage, fault.Status(err))
	neither := &computed{product: func(_ int, a, b uint32) uint32 { return a ^ b }}
	f, why, err := reading(t.Context(), neither)
	require.NoError(t, err)
	assert.Nil(t, f)
	assert.Empty(t, why)
}
