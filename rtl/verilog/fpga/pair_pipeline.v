// SPDX-License-Identifier: Apache-2.0
//
// pair_pipeline: for a multiplier that takes a pair in every cycle and has its
// product LATENCY rising edges after the operands stand at its ports, 0 for a
// combinational one. (See pair_held for what the ports mean.)

`default_nettype none

module pair_pipeline #(
    parameter LATENCY = 0
) (
    input  wire clk_i,
    input  wire rst_i,
    input  wire valid_i,
    output wire ready_o,
    output wire load_o,
    output wire capture_o,
    output wire valid_o
);

  // Bit 0: operands at the ports; bit LATENCY: product at the port, one more: it
  // is captured.
  reg [LATENCY+1:0] valid_q;

  assign ready_o   = 1'b1;
  assign load_o    = 1'b1;
  assign capture_o = 1'b1;
  assign valid_o   = valid_q[LATENCY+1];

  always @(posedge clk_i) begin
    if (rst_i) valid_q <= {LATENCY + 2{1'b0}};
    else valid_q <= {valid_q[LATENCY:0], valid_i};
  end

endmodule

`default_nettype wire
