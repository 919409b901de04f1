package proof

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
)

// shaped is a design of which only the shape is known.
type shaped struct {
	cosim.Opener
	shape cosim.Shape
}

func (s shaped) Shape() cosim.Shape { return s.shape }

func unsigned(a, b, p int) *Design {
	return &Design{Opener: shaped{shape: cosim.Shape{Kind: cosim.Unsigned, A: a, B: b, P: p}}}
}

func TestGoldenTable(t *testing.T) {
	drum, err := golden.Lookup("drum6_u8")
	require.NoError(t, err)
	builtin := unsigned(8, 8, 16)
	builtin.Golden = &drum
	for _, c := range []struct {
		name, golden string
		design       *Design
		what         string
	}{
		{"the built-in itself", "", builtin, "golden model drum6_u8"},
		{"a design in the format of the ports", "mitchell", unsigned(8, 8, 16), "golden model mitchell_u8"},
		{"a name with its format", "drum6_u8", unsigned(8, 8, 16), "golden model drum6_u8"},
		{"operands that differ in width", "exact", unsigned(8, 6, 14), "exact products"},
	} {
		var ref multiplier.Ref
		if c.golden != "" {
			ref, err = multiplier.Parse(c.golden, multiplier.Golden...)
			require.NoError(t, err)
		}
		table, what, err := new(Options).GoldenTable(t.Context(), ref, c.design)
		require.NoError(t, err, c.name)
		assert.Equal(t, c.what, what, c.name)
		assert.Equal(t, c.design.Shape().A, table.Format.A, c.name)
		assert.Equal(t, c.design.Shape().B, table.Format.B, c.name)
	}
}

// What is wrong with the golden model is wrong usage, in errors that a command line can word with its flags.
func TestGoldenErrors(t *testing.T) {
	var named *GoldenError
	_, _, err := new(Options).GoldenTable(t.Context(), multiplier.Ref{}, unsigned(8, 8, 16))
	require.ErrorIs(t, err, ErrNoGolden)
	assert.Equal(t, fault.Usage, fault.Status(err))

	exact, err := multiplier.Parse("exact", multiplier.Golden...)
	require.NoError(t, err)
	_, _, err = new(Options).GoldenTable(t.Context(), exact, unsigned(8, 6, 13))
	require.ErrorAs(t, err, &named)
	assert.Equal(t, "exact", named.Name)
	assert.EqualError(t, err, "golden model exact: the product port has 13 bits, the exact product has 14")
	assert.Equal(t, fault.Usage, fault.Status(err))

	wide := unsigned(16, 16, 32)
	table := multiplier.Ref{Kind: multiplier.Table, Text: "mul.lut", Path: "mul.lut"}
	_, _, err = new(Options).goldenOfAll(t.Context(), wide, table, false)
	require.ErrorAs(t, err, &named)
	assert.Equal(t, "mul.lut", named.Name)
	assert.Equal(t, fault.Usage, fault.Status(err))
	_, _, err = new(Options).goldenOfAll(t.Context(), wide, multiplier.Ref{}, false)
	require.ErrorIs(t, err, ErrNoGolden)
}

// A design is not its own golden model, unless another module of the file is meant.
func TestSameDesign(t *testing.T) {
	file := "golden_test.go"                                   // any file that is there
	o := &Options{Source: cosim.Source{Files: []string{file}}} // whose top module nobody names: it is found
	d := &Design{Opener: shaped{}, RTL: &cosim.RTL{Design: &cosim.Design{Top: "mul"}}}
	for _, top := range []string{"", "mul"} {
		_, err := o.openGolden(t.Context(), multiplier.Ref{Kind: multiplier.RTL, Path: file, Func: top}, d)
		var same *SameError
		require.ErrorAs(t, err, &same)
		assert.Equal(t, file, same.File)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
}
