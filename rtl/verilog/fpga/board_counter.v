// SPDX-License-Identifier: Apache-2.0
//
// board_counter: counts events, up to ffff, where it stays.

`default_nettype none

module board_counter (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        event_i,
    output reg  [15:0] count_o
);

  always @(posedge clk_i) begin
    if (rst_i) count_o <= 16'd0;
    else if (event_i && count_o != 16'hffff) count_o <= count_o + 16'd1;
  end

endmodule

`default_nettype wire
