package proof_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// TestReadByProductsLong has ports of one width that may be those of floats, of the low bits of an integer product, or of
// the high ones: the products tell. Nonsense stays what the widths say first.
func TestReadByProductsLong(t *testing.T) {
	const low = "module m(input [W-1:0] a, b, output [W-1:0] p); parameter W = 8; assign p = a * b; endmodule"
	const high = "module m(input [W-1:0] a, b, output [W-1:0] p); parameter W = 8; wire [2*W-1:0] w = a * b; assign p = w[2*W-1:W]; endmodule"
	const signed = "module m(input [W-1:0] a, b, output [W-1:0] p); parameter W = 8; wire signed [2*W-1:0] w = $signed(a) * $signed(b); assign p = w[2*W-1:W]; endmodule"
	for _, c := range []struct {
		name, verilog, width string
		over                 cosim.Overrides
		format               string
	}{
		{name: "low half", verilog: low, width: "32", format: "u32p32mod"},
		{name: "high half", verilog: high, width: "32", format: "u32p32lsb32"},
		{name: "high half in two's complement", verilog: signed, width: "32", format: "s32p32lsb32"},
		{name: "between binary32 and bfloat16", verilog: low, width: "24", format: "u24p24mod"},
		{name: "16 bits", verilog: high, width: "16", format: "u16p16lsb16"},
		{name: "12 bits, which a table holds", verilog: low, width: "12", format: "u12p12mod"},
		{name: "the user says so", verilog: low, width: "32", over: cosim.Overrides{Kind: cosim.Float}, format: "e8m23"},
		{name: "neither", verilog: "module m(input [31:0] a, b, output [31:0] p); parameter W = 8; assign p = {a[7:0] ^ b[31:24], a[31:8] + b[23:0]}; endmodule",
			width: "32", format: "e8m23"},
		{name: "floats", verilog: "module m(input [19:0] a, b, output [19:0] p); parameter W = 8; wire [7:0] e = a[18:11] + b[18:11] - 127; " +
			"assign p = {a[19] ^ b[19], e, a[10:0] & b[10:0]}; endmodule", width: "20", format: "e8m11"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "m.v")
			require.NoError(t, os.WriteFile(file, []byte(c.verilog), 0o644))
			c.over.Wide, c.over.Sample = true, true
			o := proof.Options{Source: cosim.Source{Files: []string{file}, Params: []string{"W=" + c.width}}, Over: c.over,
				Witness: witness.Options{Simulators: witness.Netlist}}
			d, err := o.OpenRTL(t.Context())
			require.NoError(t, err)
			f := d.Shape().Numbers()
			assert.Equal(t, c.format, f.String(), d.Describe())
			if f.Kind != 0 {
				assert.Contains(t, d.Reading, "products fit e8m")
			}
		})
	}
}
