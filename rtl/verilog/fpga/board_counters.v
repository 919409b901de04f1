// SPDX-License-Identifier: Apache-2.0
//
// board_counters: counts four kinds of events, each up to ffff, where it stays.
// The counts lie in block RAM; an event takes three cycles, and no kind has one
// as often as that.
//
// The count of the kind index_i is on count_o some cycles later.

`default_nettype none

module board_counters (
    input  wire        clk_i,
    input  wire        rst_i,    // for four cycles at least
    input  wire [ 3:0] event_i,
    input  wire [ 1:0] index_i,
    output reg  [15:0] count_o
);

  localparam [1:0] SHOW = 2'd0;
  localparam [1:0] FETCH = 2'd1;
  localparam [1:0] STORE = 2'd2;

  // A count that is read while it is written may be the old or the new one, or,
  // for a cycle, neither: count_o has it right long before anybody looks.
  (* no_rw_check, ram_style = "block" *)
  reg [15:0] mem[0:3];
  reg [15:0] read_q;
  reg [ 3:0] waiting_q;  // events that are not counted yet
  reg [ 1:0] kind_q;     // of the one that is being counted; in reset, what is cleared
  reg [ 1:0] state_q;
  reg        shown_q;    // read_q is what index_i asked for

  wire       any = |waiting_q;
  wire [1:0] kind = waiting_q[0] ? 2'd0 : waiting_q[1] ? 2'd1 : waiting_q[2] ? 2'd2 : 2'd3;
  wire [3:0] counted = (state_q == STORE) ? 4'd1 << kind_q : 4'd0;

  always @(posedge clk_i) begin
    if (rst_i || state_q == STORE) mem[kind_q] <= rst_i ? 16'd0 : read_q + {15'd0, read_q != 16'hffff};
    read_q <= mem[(state_q == FETCH) ? kind_q : index_i];
  end

  always @(posedge clk_i) begin
    shown_q <= (state_q != FETCH);
    if (shown_q) count_o <= read_q;
    if (rst_i) begin
      waiting_q <= 4'd0;
      kind_q    <= kind_q + 2'd1;  // from anywhere, round
      state_q   <= SHOW;
    end else begin
      waiting_q <= (waiting_q & ~counted) | event_i;
      case (state_q)
        SHOW:
        if (any) begin
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
