// SPDX-License-Identifier: Apache-2.0
//
// uint_exact: the exact unsigned product, p_o = a_i * b_i.
//
// The adder tree is left to the synthesiser; this is the yardstick the other
// multipliers are measured with.
//
// Parameters: N 1..16.

`default_nettype none

module uint_exact #(
    parameter N = 8
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  assign p_o = {{N{1'b0}}, a_i} * {{N{1'b0}}, b_i};

endmodule

`default_nettype wire
