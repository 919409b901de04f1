// SPDX-License-Identifier: Apache-2.0
//
// board_identity: the bytes of the response to "identify" (docs/protocol.md), by
// their number, and the counters among them. All of it lies in one block RAM,
// in words of two bytes, of which the counters are the last four; the others are
// there from the start.
//
// Each of the four kinds of events is counted up to ffff, where it stays. An event
// takes three cycles, and no kind has one as often as that. A byte is on byte_o
// some cycles after its number is on index_i.

`default_nettype none

module board_identity #(
    parameter [ 7:0] KIND       = 0,
    parameter [ 7:0] A_BITS     = 8,
    parameter [ 7:0] B_BITS     = 8,
    parameter [ 7:0] P_BITS     = 16,
    parameter [ 7:0] FLAGS      = 0,
    parameter [15:0] LATENCY    = 0,
    parameter [63:0] DIGEST     = 64'd0,  // its first byte in the highest place
    parameter [31:0] CLK_HZ     = 12000000,
    parameter [15:0] QUEUE_SIZE = 512
) (
    input  wire       clk_i,
    input  wire       rst_i,    // for four cycles at least
    input  wire [3:0] event_i,
    input  wire [4:0] index_i,
    output wire [7:0] byte_o
);

  localparam [1:0] SHOW = 2'd0;
  localparam [1:0] FETCH = 2'd1;
  localparam [1:0] STORE = 2'd2;
  localparam [3:0] COUNTERS = 4'd11;  // number of the first one's word

  // Byte n + 1 has the places 8n and up: the first byte is a word's upper one.
  // To Verilator a parameter that an instance overrides is unsized.
  // verilator lint_off WIDTHCONCAT
  localparam [175:0] FIXED = {
    QUEUE_SIZE, CLK_HZ,
    DIGEST[7:0], DIGEST[15:8], DIGEST[23:16], DIGEST[31:24],
    DIGEST[39:32], DIGEST[47:40], DIGEST[55:48], DIGEST[63:56],
    LATENCY, FLAGS, P_BITS, B_BITS, A_BITS, KIND, 8'd0
  };
  // verilator lint_on WIDTHCONCAT

  // A count that is read while it is written may be the old or the new one, or,
  // for a cycle, neither: word_q has it right long before anybody looks.
  (* no_rw_check, ram_style = "block" *)
  reg [15:0] mem[0:15];
  integer n;
  initial begin
    for (n = 0; n < 11; n = n + 1) mem[n] = FIXED[16*n+:16];
    for (n = 11; n < 16; n = n + 1) mem[n] = 16'd0;
  end

  reg [15:0] read_q;
  reg [15:0] word_q;
  reg [ 3:0] waiting_q;  // events that are not counted yet
  reg [ 1:0] kind_q;     // of the one that is being counted; in reset, what is cleared
  reg [ 1:0] state_q;
  reg        shown_q;    // read_q is what index_i asked for

  wire [1:0] kind = waiting_q[0] ? 2'd0 : waiting_q[1] ? 2'd1 : waiting_q[2] ? 2'd2 : 2'd3;
  wire [3:0] counted = (state_q == STORE) ? 4'd1 << kind_q : 4'd0;
  wire [3:0] counter = COUNTERS + {2'd0, kind_q};
  wire [4:0] place = index_i + 5'd1;

  assign byte_o = place[0] ? word_q[15:8] : word_q[7:0];

  always @(posedge clk_i) begin
    if (rst_i || state_q == STORE) mem[counter] <= rst_i ? 16'd0 : read_q + {15'd0, read_q != 16'hffff};
    read_q <= mem[(state_q == FETCH) ? counter : place[4:1]];
  end

  always @(posedge clk_i) begin
    shown_q <= (state_q != FETCH);
    if (shown_q) word_q <= read_q;
    if (rst_i) begin
      waiting_q <= 4'd0;
      kind_q    <= kind_q + 2'd1;  // from anywhere, round
      state_q   <= SHOW;
    end else begin
      waiting_q <= (waiting_q & ~counted) | event_i;
      case (state_q)
        SHOW:
        if (waiting_q != 4'd0) begin
          kind_q  <= kind;
          state_q <= FETCH;
        end
        FETCH:   state_q <= STORE;
        default: state_q <= SHOW;
      endcase
    end
  end

endmodule

`default_nettype wire
