package golden

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

func TestNamesRoundTrip(t *testing.T) {
	list := Names()
	seen := map[string]bool{}
	for _, name := range list {
		m, err := Lookup(name)
		require.NoError(t, err)
		assert.Equal(t, name, m.Name)
		assert.NoError(t, m.Format.Validate())
		seen[name] = true
	}
	assert.Equal(t, 101+146, len(list)) // floats, integers
	assert.Equal(t, len(list), len(seen))
}

func TestLookupRTL(t *testing.T) {
	type params = map[string]string
	fp := func(design string, p params) RTL {
		p["DESIGN"] = `"` + design + `"`
		return RTL{"fp_mul", "fp/fp_mul.v", p, lut.FloatPorts}
	}
	sint := func(design string, p params) RTL {
		p["DESIGN"] = `"` + design + `"`
		return RTL{"sint_mul", "sint_mul.v", p, lut.SignedPorts}
	}
	for _, c := range []struct {
		name   string
		format lut.Format
		rtl    RTL
	}{
		{"mitchell_e8m7", lut.FloatFormat(7, 7), fp("mitchell", params{"M": "7"})},
		{"exact-full_e8m7", lut.FloatFormat(7, 15), fp("exact-full", params{"M": "7", "P": "15"})},
		{"realm16_e8m11", lut.FloatFormat(11, 11), fp("realm", params{"M": "11", "K": "16"})},
		{"drum6_e8m10", lut.FloatFormat(10, 10), fp("drum", params{"M": "10", "K": "6"})},
		{"bamh0v4_e8m7", lut.FloatFormat(7, 7), fp("bam", params{"M": "7", "K": "0", "V": "4"})},
		{"udm_u8", lut.UintFormat(8, 8), RTL{"uint_udm", "uint_udm.v", params{"N": "8"}, lut.UnsignedPorts}},
		{"trunc2_u6", lut.UintFormat(6, 6), RTL{"uint_trunc", "uint_trunc.v", params{"N": "6", "K": "2"}, lut.UnsignedPorts}},
		{"bamh2v6_u8", lut.UintFormat(8, 8),
			RTL{"uint_bam", "uint_bam.v", params{"N": "8", "K": "2", "V": "6"}, lut.UnsignedPorts}},
		{"roba_s8", lut.SintFormat(8, 8), sint("roba", params{"N": "8"})},
		{"drum4_s12", lut.SintFormat(12, 12), sint("drum", params{"N": "12", "K": "4"})},
	} {
		m, err := Lookup(c.name)
		require.NoError(t, err)
		assert.Equal(t, c.format, m.Format, c.name)
		assert.Equal(t, c.rtl, m.RTL, c.name)
	}
}

func TestVariants(t *testing.T) {
	m := lookup(t, "mbm_e8m5")
	p, err := m.Variant(Pipelined)
	require.NoError(t, err)
	assert.Equal(t, RTL{"fp_mul_pipe", "fp/fp_mul_pipe.v", m.RTL.Params, lut.FloatPorts}, p.RTL)
	assert.Equal(t, "fp_mul", m.RTL.Top)
	s, err := lookup(t, "exact_u8").Variant(Sequential)
	require.NoError(t, err)
	assert.Equal(t, RTL{"uint_mul_seq", "uint_mul_seq.v", map[string]string{"N": "8"}, lut.UnsignedPorts}, s.RTL)
	for name, variant := range map[string]string{
		"exact_e8m7": Sequential, "mitchell_u8": Sequential, "exact_s8": Sequential, "exact_u8": Pipelined,
	} {
		_, err := lookup(t, "%s", name).Variant(variant)
		assert.ErrorContains(t, err, "no "+variant+" variant", name)
	}
	_, err = m.Variant("folded")
	assert.ErrorContains(t, err, `unknown variant "folded"`)
}

func TestLookupErrors(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"mitchel_e8m7", "is not built in; nearest names: mitchell_e8m7,"},
		{"drumm6_u8", "nearest names: drum6_u8,"},
		{"mitchell", "is not built in"},
		{"", "is not built in"},
		{"drum06_u8", "is not built in; nearest names: drum6_u8"},
		{"realm8_e8m5", "realm8 needs at least 6 mantissa bits, e8m5 has 5; nearest names: realm8_e8m6"},
		{"realm7_e8m7", "realm7 has 7, with the 8-bit significands of e8m7 it may be 4, 8, 16"},
		{"drum9_u8", "drum9 has 9, with the 8-bit operands of u8 it may be 2 to 8"},
		{"bamh0v15_s8", "bamh0v15 has v15, with the 8-bit operands of s8 it may be 0 to 14"},
		{"udm_e8m6", "udm needs a power of two as operand width, e8m6 has 7-bit significands"},
		{"exact_u1", "exact needs operands of at least 2 bits, u1 has 1"},
		{"exact-rne_u8", "exact-rne is a design for floats (e8mM), u8 is an integer format"},
		{"exact_u16", "a table holds integer operands of 1 to 12 bits"},
		{"exact_u8x6", "built-in multipliers come in eXmY, uN and sN, not u8x6"},
		{"exact_e8m07", "not e8m07"},
		{"exact-full_e8m7p15", "not e8m7p15"},
	} {
		_, err := Lookup(c.name)
		assert.ErrorContains(t, err, c.want)
	}
}

// IsName knows the names that the look-ups know, and no others.
func TestIsName(t *testing.T) {
	all := append(append(Names(), WideNames()...), "", "_", "_u8", "exact_", "exact_u8x6", "drum06_u8", "exact_e8m07")
	for _, name := range append(Names(), WideNames()...) {
		title, format, _ := strings.Cut(name, "_")
		all = append(all, title, format, name+"_", title+"9_"+format, title[1:]+"_"+format, "drum6_"+format, "realm8_"+format)
	}
	for _, d := range []string{"exact", "drum6", "drum14", "udm", "realm8", "exact-full", "mitchell", "no"} {
		for n := range 30 {
			all = append(all, fmt.Sprintf("%s_u%d", d, n), fmt.Sprintf("%s_s%d", d, n), fmt.Sprintf("%s_e8m%d", d, n))
		}
	}
	known := 0
	for _, name := range all {
		_, err := Lookup(name)
		_, wide := LookupWide(name)
		_, integer := LookupInteger(name)
		is := err == nil || wide == nil || integer == nil
		require.Equal(t, is, IsName(name), name)
		if is {
			known++
		}
	}
	assert.Greater(t, known, 500)
	assert.Greater(t, len(all)-known, 500)
}

// FuzzLookup: any string gives an error or a multiplier of that very name whose
// corner entries fit its format.
func FuzzLookup(f *testing.F) {
	for _, name := range append(Names()[:40], "bamh2v6_u8", "drum99_u8", "exact_", "_u8", "exact_u8x6", "realm8_e8m5") {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		m, err := Lookup(name)
		if err != nil {
			return
		}
		require.True(t, IsName(name))
		require.Equal(t, name, m.Name)
		require.NoError(t, m.Format.Validate())
		require.NotEmpty(t, m.RTL.Top)
		last := uint32(m.Format.Rows() - 1)
		for _, a := range []uint32{0, 1, last} {
			for _, b := range []uint32{0, 1, last} {
				require.Zero(t, m.Entry(a, b)>>m.Format.ValueBits())
			}
		}
	})
}

// Every number that a design takes at 6 bits: the name is found, and the design
// keeps zero and fits its product there, as an integer and between significands.
func TestEveryNumber(t *testing.T) {
	multipliers, pairs := 0, 0
	var titles []string
	for k := 2; k <= 6; k++ {
		titles = append(titles, fmt.Sprintf("drum%d", k))
	}
	for h := range 6 {
		titles = append(titles, fmt.Sprintf("trunc%d", h))
		for v := range 11 {
			titles = append(titles, fmt.Sprintf("bamh%dv%d", h, v))
		}
	}
	for _, title := range titles {
		for _, format := range []string{"u6", "s6", "e8m5"} {
			m := lookup(t, "%s_%s", title, format)
			multipliers++
			pairs += each(t, m.Format, func(a, b uint32) bool {
				p := m.Entry(a, b)
				return p>>m.Format.ValueBits() == 0 && (a*b != 0 || p == 0 || m.Format.Kind == lut.Mantissa)
			}, m.Name)
		}
	}
	assert.Equal(t, 3*(5+6+66), multipliers)
	assert.Equal(t, 77*(2*4096+1024), pairs)
}

// A table is its entries, whatever the number of workers.
func TestTable(t *testing.T) {
	m := lookup(t, "bamh2v6_u8") // does not commute
	table := m.Table()
	assert.Equal(t, m.Name, table.Name)
	assert.Equal(t, []string{"approxtrain golden"}, table.Tools)
	pairs := each(t, m.Format, func(a, b uint32) bool { return table.At(a, b) == m.Entry(a, b) }, m.Name)
	assert.Equal(t, 65536, pairs)
}
