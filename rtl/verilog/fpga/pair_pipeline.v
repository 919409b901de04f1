// SPDX-License-Identifier: Apache-2.0
//
// pair_pipeline: for a multiplier that takes a pair in every cycle and has its
// product LATENCY rising edges after the operands stand at its ports, 0 for a
// combinational one: valid_i says that they do, valid_o that the register behind
// the multiplier, which takes the product in every cycle, holds theirs.

`default_nettype none

module pair_pipeline #(
    parameter LATENCY = 0
) (
    input  wire clk_i,
    input  wire rst_i,
    input  wire valid_i,
    output wire valid_o
);

  // Bit n: of the operands that were at the ports n + 1 cycles ago.
  reg [LATENCY:0] valid_q;

  assign valid_o = valid_q[LATENCY];

  generate
    if (LATENCY == 0) begin : gen_combinational
      always @(posedge clk_i) valid_q <= valid_i && !rst_i;
    end else begin : gen_pipeline
      always @(posedge clk_i) begin
        if (rst_i) valid_q <= {LATENCY + 1{1'b0}};
        else valid_q <= {valid_q[LATENCY-1:0], valid_i};
      end
    end
  endgenerate

endmodule

`default_nettype wire
