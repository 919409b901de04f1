// SPDX-License-Identifier: Apache-2.0
//
// board_timer: a tick every 10 ms, for the time-outs, and a heartbeat: a light
// that is on for half of each 0.64 s.

`default_nettype none

module board_timer #(
    parameter CLK_HZ = 12000000
) (
    input  wire clk_i,
    input  wire rst_i,
    output reg  tick_o,
    output wire heart_o
);

  localparam PERIOD = CLK_HZ / 100;
  localparam BITS = $clog2(PERIOD);
  localparam [31:0] LAST = PERIOD - 1;

  reg [BITS-1:0] count_q;
  reg [     5:0] beat_q;

  assign heart_o = beat_q[5];

  always @(posedge clk_i) begin
    if (rst_i) begin
      count_q <= 0;
      tick_o  <= 1'b0;
      beat_q  <= 6'd0;
    end else begin
      tick_o  <= (count_q == LAST[BITS-1:0]);
      count_q <= (count_q == LAST[BITS-1:0]) ? 0 : count_q + 1'b1;
      if (tick_o) beat_q <= beat_q + 6'd1;
    end
  end

endmodule

`default_nettype wire
