package proof

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
)

// TestBitsOfFunctions has functions in C whose types are unsigned: some of them multiply two's complement.
func TestBitsOfFunctions(t *testing.T) {
	for _, c := range []struct {
		name, source string
		over         cosim.Overrides
		width        int
		want         string // the shape
		why          string // a part of why; empty: the types say it
	}{
		{name: "signed", source: "#include <stdint.h>\nuint16_t f(uint8_t a, uint8_t b) { return (int8_t)a * (int8_t)b; }", want: "sint 8×8→16 (s8)",
			why: "read as sint: the mean relative error is 0 % so, and"},
		{name: "signed and unsigned", source: "#include <stdint.h>\nuint16_t f(uint8_t a, uint8_t b) { return (int8_t)a * b; }", want: "sxu 8×8→16 (s8xu8)",
			why: "read as sxu: the mean relative error is 0 % so, and"},
		{name: "roughly signed", source: "#include <stdint.h>\nuint16_t f(uint8_t a, uint8_t b) { return ((int8_t)a & ~1) * (int8_t)b; }", want: "sint 8×8→16 (s8)", why: "read as sint"},
		{name: "unsigned", source: "#include <stdint.h>\nuint16_t f(uint8_t a, uint8_t b) { return a * b; }", want: "uint 8×8→16 (u8)"},
		{name: "nonsense", source: "#include <stdint.h>\nuint16_t f(uint8_t a, uint8_t b) { return a * 77 ^ b * 991; }", want: "uint 8×8→16 (u8)"},
		{name: "signed, and the user says otherwise", source: "#include <stdint.h>\nuint16_t f(uint8_t a, uint8_t b) { return (int8_t)a * (int8_t)b; }",
			over: cosim.Overrides{Kind: cosim.Unsigned}, width: 8, want: "uint 8×8→16 (u8)"},
		{name: "types wider than the operands", source: "#include <stdint.h>\nuint16_t f(uint16_t a, uint16_t b) { return a * b; }", width: 8, want: "uint 8×8→16 (u8)"},
		{name: "a published case", want: "sint 8×8→16 (s8)", why: "read as sint: the mean relative error is 0 % so, and"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f.c")
			if c.source == "" {
				path = cases.File(t, "interfaces/signed_bits.c")
			} else {
				require.NoError(t, os.WriteFile(path, []byte(c.source), 0o644))
			}
			o := Options{Over: c.over}
			d, err := o.OpenC(t.Context(), multiplier.Ref{Kind: multiplier.CFunc, Path: path}, c.width, c.width)
			require.NoError(t, err)
			assert.Contains(t, d.Describe(), c.want)
			if c.why == "" {
				assert.Empty(t, d.Reading)
			}
			assert.Contains(t, d.Reading, c.why)
		})
	}
}

// TestPublishedFP8 has the fp8 multiplier of ../shared/cases, which saturates: all pairs of codes.
func TestPublishedFP8(t *testing.T) {
	f, err := lut.ParseFormat("e4m3fn-saturate")
	require.NoError(t, err)
	o := &Options{Source: cosim.Source{Files: []string{cases.File(t, "interfaces/fp8_e4m3.v")}}, Over: cosim.Overrides{Format: &f},
		Witness: witness.Options{Simulators: witness.Netlist}, Jobs: 1}
	d, err := o.OpenRTL(t.Context())
	require.NoError(t, err)
	e, err := d.Opener.Open(t.Context())
	require.NoError(t, err)
	defer e.Close()
	// 1 · 1 = 1; 1.5 · 1.5 = 2.25; 448 · 448 saturates; a subnormal operand counts as 0
	p := make([]uint32, 4)
	require.NoError(t, e.Eval(t.Context(), []uint32{0x38, 0x3c, 0x7e, 0x07}, []uint32{0x38, 0x3c, 0x7e, 0x38}, p))
	assert.Equal(t, []uint32{0x38, 0x41, 0x7e, 0}, p)
}
