package cosim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

func TestParseBeats(t *testing.T) {
	low := func(n int) Beat { return Beat{Count: n, Ordered: true} }
	high := func(n int) Beat { return Beat{Count: n, HighFirst: true, Ordered: true} }
	for _, c := range []struct {
		text string
		want Beats
		as   string // String; empty: text
	}{
		{text: "a=2,b=2,p=4,lsb", want: Beats{A: low(2), B: low(2), P: low(4)}},
		{text: "b=2,a=3,p=1,msb", want: Beats{A: high(3), B: high(2), P: low(1), BFirst: true}},
		{text: "msb, p=4:lsb, a=2", as: "a=2:msb,b=1,p=4:lsb", want: Beats{A: high(2), B: low(1), P: low(4)}},
		{text: "a=2,b=2,p=4", want: Beats{A: Beat{Count: 2}, B: Beat{Count: 2}, P: Beat{Count: 4}}},
		{text: "a=1,b=1,p=1", want: Beats{A: low(1), B: low(1), P: low(1)}},
		{text: "a=8:msb,b=8:msb,p=128", want: Beats{A: high(8), B: high(8), P: Beat{Count: 128}}, as: "a=8,b=8,p=128,msb"},
		{text: "b=2,a=2,p=4,msb,turns", want: Beats{A: high(2), B: high(2), P: high(4), BFirst: true, InTurn: true}},
	} {
		got, err := ParseBeats(c.text)
		require.NoError(t, err, c.text)
		assert.Equal(t, c.want, got, c.text)
		assert.Equal(t, c.want.A.Ordered && c.want.B.Ordered && c.want.P.Ordered, got.Ordered(), c.text)
		as := c.as
		if as == "" {
			as = c.text
		}
		assert.Equal(t, as, got.String())
	}
	for text, says := range map[string]string{
		"a=0": "0 is not from 1 to 128", "a=129": "129 is not from 1 to 128", "a=2,a=2": "a twice", "lsb,msb": "two orders", "q=2": `"q=2" is none of`,
		"a=2:low": `"a=2:low" is none of`, "": `"" is none of`, "a=-1": "is none of",
		"a=2,b=3,turns": "operands that come in turns have as many parts, 2 or more, not 2 and 3", "p=2,turns": "not 1 and 1",
	} {
		_, err := ParseBeats(text)
		assert.ErrorContains(t, err, says, text)
	}
}

// TestBeatPorts has designs with one port for operands: how many beats the ports say, and what they leave open.
func TestBeatPorts(t *testing.T) {
	ports := func(in, out int, more ...Port) *Design {
		return &Design{Top: "m", Ports: append([]Port{{Name: "clk", Dir: In, Width: 1}, {Name: "din", Dir: In, Width: in}, {Name: "din_valid", Dir: In, Width: 1},
			{Name: "dout", Dir: Out, Width: out}, {Name: "dout_valid", Dir: Out, Width: 1}}, more...)}
	}
	last := Port{Name: "s_tlast", Dir: In, Width: 1}
	u8 := lut.Format{Kind: lut.Unsigned, A: 8, B: 8, P: 16}
	for _, c := range []struct {
		name  string
		d     *Design
		over  Overrides
		beats string // of the result; empty: none
		says  string
	}{
		{name: "one part of each", d: ports(8, 16), beats: "a=1,b=1,p=1"},
		{name: "two parts of each", d: ports(4, 16), beats: "a=2,b=2,p=1"},
		{name: "a last", d: ports(4, 16, last), beats: "a=2,b=2,p=1"},
		{name: "the format says", d: ports(4, 4), over: Overrides{Format: &u8}, beats: "a=2,b=2,p=4"},
		{name: "the widths do not say", d: ports(8, 8), says: "say in how many clock cycles each: option beats a=2,b=2"},
		{name: "a product that is no multiple", d: ports(8, 24), says: "option beats a=2,b=2"},
		{name: "given", d: ports(8, 8), over: Overrides{Beats: "a=2,b=2,p=4,msb", Wide: true}, beats: "a=2,b=2,p=4,msb"},
		{name: "parts of the port", d: ports(8, 4), over: Overrides{A: "din[7:4]", B: "din[3:0]", Beats: "a=2,b=2,p=4,lsb"}, beats: "a=2,b=2,p=4,lsb"},
		{name: "bits left over", d: ports(8, 4), over: Overrides{A: "din[7:4]", B: "din[7:4]", Beats: "a=2,b=2"}, says: "4 of the 8 bits of port din"},
		{name: "unequal at the same time", d: ports(8, 4), over: Overrides{A: "din[7:4]", B: "din[3:0]", Beats: "a=2,b=3"}, says: "as many beats, or one"},
		{name: "in turns", d: ports(8, 8), over: Overrides{Beats: "a=2,b=2,p=4,msb,turns", Wide: true}, beats: "a=2,b=2,p=4,msb,turns"},
		{name: "in turns through two ports", d: ports(8, 4), over: Overrides{A: "din[7:4]", B: "din[3:0]", Beats: "a=2,b=2,lsb,turns"}, says: "come in turns through one port"},
		{name: "a sum", d: &Design{Top: "m", Ports: ports(8, 4).Ports, sum: &sum{}}, over: Overrides{P: "dout", Beats: "p=2"}, says: "a sum of ports is a product in one beat"},
		{name: "no clock", d: &Design{Ports: ports(8, 8).Ports[1:]}, over: Overrides{Beats: "a=2,b=2"}, says: "need a clock"},
		{name: "no valid", d: &Design{Ports: append(ports(8, 8).Ports[:2:2], ports(8, 8).Ports[3:]...)}, over: Overrides{Beats: "a=2,b=2"}, says: "marks each of them as valid"},
		{name: "no product valid", d: &Design{Ports: ports(8, 8).Ports[:4]}, over: Overrides{Beats: "a=2,b=2"}, says: "when the product is valid"},
		{name: "not a number", d: ports(8, 8), over: Overrides{Beats: "two"}, says: "option beats two"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, d, err := c.d.inferBeats(Source{}, c.over)
			if c.says != "" {
				assert.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			b, inferred, ok := f.iface.Beats()
			require.True(t, ok)
			assert.Equal(t, c.beats, b.String())
			assert.Equal(t, c.over.Beats == "", inferred)
			assert.Equal(t, beatsTop, d.Holder)
			assert.Contains(t, d.Adapter, "module approxtrain_beats")
			i, err := Wiring(d, Source{}, f.iface)
			require.NoError(t, err)
			assert.Equal(t, beatsTop, i.Module)
		})
	}
}

// TestBeatWords has the words for beats in the line that says what was inferred.
func TestBeatWords(t *testing.T) {
	for text, want := range map[string]string{
		"a=2,b=2,p=4,lsb":         "operands in 4 beats (a, then b, low bits first), the product in 4, low bits first",
		"b=2,a=2,msb":             "operands in 4 beats (b, then a, high bits first)",
		"b=2,a=2,msb,turns":       "operands in 4 beats (b, in turns with a, high bits first)",
		"a=1,b=1":                 "operands in 2 beats (a, then b)",
		"a=2:lsb,b=2:msb,p=4:msb": "operands in 4 beats (a=2:lsb,b=2:msb,p=4:msb), the product in 4, high bits first",
	} {
		b, err := ParseBeats(text)
		require.NoError(t, err)
		assert.Equal(t, want, (&beaten{Beats: b}).words(true))
	}
	b, err := ParseBeats("a=2,b=1,lsb")
	require.NoError(t, err)
	assert.Equal(t, "a in 2 beats, low bits first, b in 1", (&beaten{Beats: b}).words(false))
}
