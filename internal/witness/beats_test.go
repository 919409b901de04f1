package witness_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// serial is a design of 4 × 4 bits whose operands and product come in parts of 2, the low ones first. Its replacements
// are named in braces.
const serial = `module m(input clk, rst, input [1:0] din, input din_valid, output reg [1:0] dout, output reg dout_valid);
  reg [1:0] n; reg [7:0] in, p; reg [2:0] left;
  wire [7:0] all = {din, in[7:2]};
  always @(posedge clk) if (rst) begin n <= 0; left <= 0; dout_valid <= 0; in <= 0; end else begin
    dout_valid <= left != 0;
    if (left != 0) begin dout <= p[1:0]; p <= p >> 2; left <= left - 1; end
    if (din_valid{unless}) begin
      in <= all; n <= n + 1;
      if (n == {last}) begin p <= all[3:0] * all[7:4]{more}; left <= {beats}; end
    end
  end
endmodule`

// flow is the same with a valid and a ready at both sides, the high parts first.
const flow = `module m(input clk, rst_n, input [1:0] s_tdata, input s_tvalid, s_tlast, output s_tready, output [1:0] m_tdata, output m_tvalid, input m_tready);
  reg [2:0] n; reg [7:0] in, p; reg [2:0] left;
  assign s_tready = n != 4, m_tvalid = left != 0, m_tdata = p[7:6];
  always @(posedge clk) if (!rst_n) begin n <= 0; left <= 0; end else begin
    if (s_tvalid && s_tready) begin in <= {in[5:0], s_tdata}; n <= n + 1; {check} end
    if (m_tvalid{taken}) begin left <= left - 1; p <= p << 2; end
    if (n == 4 && left == 0) begin n <= 0; left <= 4; p <= in[7:4] * in[3:0]; end
  end
endmodule`

// channels has two parts of each operand through a handshake of its own, and both parts of the product at once.
const channels = `module m(input clk, rst, input [1:0] a_data, b_data, input a_valid, b_valid, output a_ready, b_ready, output reg [7:0] p, output reg p_valid);
  reg [1:0] na, nb; reg [3:0] a, b; reg slow;
  assign a_ready = na != 2, b_ready = nb != 2 && slow;
  always @(posedge clk) if (rst) begin na <= 0; nb <= 0; p_valid <= 0; slow <= 0; end else begin
    slow <= ~slow; p_valid <= 0;
    if (a_valid && a_ready) begin na <= na + 1; a <= {a_data, a[3:2]}; end
    if (b_valid && b_ready) begin nb <= nb + 1; b <= {b_data, b[3:2]}; end
    if (na == 2 && nb == 2) begin na <= 0; nb <= 0; p_valid <= 1; p <= a * b; end
  end
endmodule`

// bitSerial multiplies a number by one whose bits come one after the other, and gives the product's bits at once.
const bitSerial = `module m(input clk, rst, input [3:0] a, input b, valid, output reg p, output reg p_valid);
  reg [4:0] sum; reg [2:0] n; reg [3:0] x;
  wire [4:0] next = sum + ((n == 0 ? a : x) & {4{b}});
  always @(posedge clk) if (rst) begin n <= 0; p_valid <= 0; sum <= 0; end else begin
    p_valid <= 0;
    if (n < 4) begin if (valid) begin if (n == 0) x <= a; {p, p_valid} <= {next[0], 1'b1}; sum <= next >> 1; n <= n + 1; end end
    else begin {p, p_valid} <= {sum[0], 1'b1}; sum <= n == 7 ? 0 : sum >> 1; n <= n + 1; end
  end
endmodule`

func of(design string, replaced ...string) string {
	all := []string{"{unless}", "", "{last}", "3", "{more}", "", "{beats}", "4", "{check}", "", "{taken}", " && m_tready"}
	return strings.NewReplacer(append(replaced, all...)...).Replace(design)
}

// TestBeats has a design that takes its operands in parts, in both simulators, and one that mixes up pairs.
func TestBeats(t *testing.T) { testBeats(t, false) }

// TestBeatsLong has the other designs that take operands in parts.
func TestBeatsLong(t *testing.T) { testBeats(t, true) }

func testBeats(t *testing.T, long bool) {
	for _, c := range []struct {
		name, verilog string
		over          cosim.Overrides
		opts          witness.Options
		short         bool
		says          string // of a design that is refused; empty: its products are right
	}{
		{name: "low parts first, valid", short: true, verilog: of(serial), over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"}},
		{name: "with junk of the pair before", short: true, verilog: of(serial, "{more}", " + (n_before == 5)", "reg [2:0] left;",
			"reg [2:0] left; reg [2:0] n_before; always @(posedge clk) if (rst) n_before <= 0; else if (din_valid && n == 3) n_before <= all[2:0];"),
			over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"}, says: "earlier operands"},
		{name: "b first", verilog: of(serial), over: cosim.Overrides{Beats: "b=2,a=2,p=4,lsb"}},
		{name: "the netlist alone", verilog: of(serial), over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"}, opts: witness.Options{Simulators: witness.Netlist}},
		{name: "high parts first, valid and ready, last", verilog: of(flow, "{check}", "if (s_tlast != (n == 3)) n <= 5;"), over: cosim.Overrides{Beats: "a=2,b=2,p=4,msb"}},
		{name: "a channel for each operand", verilog: of(channels), over: cosim.Overrides{Beats: "a=2,b=2,lsb"}},
		{name: "bit by bit, with an operand that is held", verilog: of(bitSerial), over: cosim.Overrides{A: "a", B: "b", P: "p", Beats: "b=4,p=8,lsb"}},
		{name: "the first pair without valid", verilog: of(serial, "{unless}", " || n != 0"), over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"},
			says: "the product is no function of the operands"},
		{name: "a part of the product too many", verilog: of(serial, "{beats}", "5"), over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"},
			says: "port dout gives more than 4 parts of a product for a pair"},
		{name: "a part of the product too many, the netlist alone", short: true, verilog: of(serial, "{beats}", "5"), over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"},
			opts: witness.Options{Simulators: witness.Netlist}, says: "port dout gives more than 4 parts of a product for a pair"},
		{name: "a part too many, later, the netlist alone", verilog: of(serial, "dout_valid <= left != 0;", "dout_valid <= left != 0 && left != 2; ", "{beats}", "6"),
			over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"}, opts: witness.Options{Simulators: witness.Netlist}, says: "port dout gives more than 4 parts"},
		{name: "in turns", verilog: of(serial, "all[3:0] * all[7:4]", "{all[5:4], all[1:0]} * {all[7:6], all[3:2]}"),
			over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb,turns"}},
		{name: "in turns, b first, high parts first", verilog: of(flow, "in[7:4] * in[3:0]", "{in[7:6], in[3:2]} * {in[5:4], in[1:0]}"),
			over: cosim.Overrides{Beats: "b=2,a=2,p=4,msb,turns"}},
		{name: "a part of the product too few", verilog: of(serial, "{beats}", "3"), over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"},
			says: "the product was not valid within 65,536 cycles"},
		{name: "operands of more parts", verilog: of(serial, "{last}", "2", "n <= n + 1", "n <= n == 2 ? 0 : n + 1"), over: cosim.Overrides{Beats: "a=2,b=2,p=4,lsb"},
			says: "earlier operands"},
		{name: "ready is not waited for", verilog: of(flow, "{taken}", ""), over: cosim.Overrides{Beats: "a=2,b=2,p=4,msb"}, says: "operands a ="},
	} {
		if c.short == long {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			tab, w, err := table(t.Context(), source(t, c.verilog), c.over, c.opts)
			if c.says != "" {
				assert.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			if c.opts.Simulators == "" {
				require.Empty(t, w.Alone)
				require.Len(t, tab.Witnesses, 2)
			}
			for a := range uint32(16) {
				for b := range uint32(16) {
					require.Equal(t, a*b, tab.At(a, b), "%d × %d", a, b)
				}
			}
		})
	}
}
