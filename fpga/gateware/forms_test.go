package gateware_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// TestFormsLong puts designs of other forms on a board: what it streams is the table
// that cosim makes, which drives the design in another way.
func TestFormsLong(t *testing.T) {
	t.Parallel()
	lib := library(t)
	for _, c := range []struct {
		name   string
		source cosim.Source
		over   cosim.Overrides
	}{
		{"held.v", cosim.Source{Defines: []string{"EXTRA=1"}, Params: []string{"W=4"}},
			cosim.Overrides{P: "hi,lo", Tie: []string{"mode=2"}, Kind: cosim.Unsigned}},
		{"netlist.v", cosim.Source{}, cosim.Overrides{}},
		{"rests.v", cosim.Source{}, cosim.Overrides{}},
		{"one_bus.v", cosim.Source{}, cosim.Overrides{A: "bus[7:4]", B: "bus[3:0]", Tie: []string{"bus[8]=1"}}},
		{"../../../internal/witness/testdata/interfaces/channels.v", cosim.Source{}, cosim.Overrides{}},
	} {
		t.Run(filepath.Base(c.name), func(t *testing.T) {
			t.Parallel()
			c.source.Files = []string{filepath.Join("testdata", c.name)}
			r, err := cosim.OpenRTL(t.Context(), c.source, c.over, cosim.Options{})
			if err != nil {
				t.Fatal(err)
			}
			table, err := lutgen.Make(t.Context(), r, lutgen.Options{})
			if err != nil {
				t.Fatal(err)
			}
			b := startSlow(t, adapt(t, r))
			if n := b.stream(table, 0, table.Format.Rows()); n != table.Format.Pairs() || n < 64 {
				t.Errorf("%d products, expected %d", n, table.Format.Pairs())
			}
		})
	}
	t.Run("wide.sv", func(t *testing.T) {
		t.Parallel()
		s := cosim.Source{Files: []string{"testdata/wide.sv"}, Include: []string{lib, filepath.Join(lib, "fp")}}
		r, err := cosim.OpenRTL(t.Context(), s, cosim.Overrides{Kind: cosim.Float}, cosim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if table, err := lutgen.Make(t.Context(), r, lutgen.Options{}); err != nil || table.Format != lut.FloatFormat(3, 7) {
			t.Fatalf("%v, %v", table, err)
		}
		// One bit too few: products that need it cannot be entries.
		m, err := gateware.New(r, lut.FloatFormat(3, 6))
		if err != nil {
			t.Fatal(err)
		}
		b := startSlow(t, m)
		exact, err := golden.Lookup("exact-full_e8m3")
		if err != nil {
			t.Fatal(err)
		}
		irregular := 0
		for row := range uint32(8) {
			want := append(pair16(int(row), 0), 0)
			for col := range uint32(8) {
				e := exact.Entry(row, col)
				want = append(want, byte(e>>1))
				want[4] |= byte(e & 1)
			}
			irregular += int(want[4])
			if got := b.ask(0x23, 3, pair16(int(row), 1)...).payload; !bytes.Equal(got, want) {
				t.Errorf("row %d:\n got % x\nwant % x", row, got, want)
			}
		}
		if irregular == 0 || irregular == 8 {
			t.Errorf("%d of 8 rows are irregular", irregular)
		}
	})
}

// TestFormats refuses a table that the ports cannot have.
func TestFormats(t *testing.T) {
	t.Parallel()
	r, _ := openBuiltin(t, "drum6_u8", "")
	for _, f := range []lut.Format{lut.UintFormat(8, 7), lut.SintFormat(8, 8), {Kind: lut.Unsigned, A: 8, B: 8, P: 15}} {
		if _, err := gateware.New(r, f); err == nil {
			t.Errorf("ports of 8, 8 and 16 bits have a table of format %v", f)
		}
	}
}

// TestShapes refuses what a board's protocol has no format for.
func TestShapes(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"module m(input signed [3:0] a, input [3:0] b, output [7:0] p); assign p = a * $signed({1'b0, b}); endmodule": "not s4xu4: its protocol has no other",
		"module m(input [3:0] a, input [3:0] b, output [7:4] p); wire [7:0] w = a * b; assign p = w[7:4]; endmodule":  "not u4p4lsb4: its protocol has no other",
		"module m(input signed [3:0] a, input signed [3:0] b, output signed [11:0] p); assign p = a * b; endmodule":   "the product's port has 12 bits, the product 8: name its bits with option p 'port[7:0]'",
	} {
		file := filepath.Join(t.TempDir(), "m.v")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		o := proof.Options{Source: cosim.Source{Files: []string{file}}, Witness: witness.Options{Simulators: witness.Netlist}}
		if strings.Contains(says, "lsb") {
			o.Over.LSB, o.Over.LSBGiven = 4, true
		}
		d, err := o.OpenRTL(t.Context())
		require.NoError(t, err)
		f, err := d.Shape().Format()
		require.NoError(t, err)
		_, err = gateware.New(d.RTL, f)
		require.ErrorContains(t, err, says)
	}
}
