// SPDX-License-Identifier: Apache-2.0
//
// board_reset: the reset of power-up: high for 64 cycles (5 us at 12 MHz), in
// which the block RAM of an iCE40 becomes usable.
//
// It counts on registers that are 0 when the FPGA is configured, as all of an
// iCE40's are.

`default_nettype none

module board_reset (
    input  wire clk_i,
    output reg  rst_o
);

  reg [5:0] count_q;

  initial begin
    count_q = 6'd0;
    rst_o   = 1'b1;
  end

  always @(posedge clk_i) begin
    if (count_q != 6'h3f) count_q <= count_q + 6'd1;
    rst_o <= (count_q != 6'h3f);
  end

endmodule

`default_nettype wire
