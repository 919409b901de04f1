// SPDX-License-Identifier: Apache-2.0
//
// mant_exact_full: the exact product of two significands, nothing dropped.
//
// Q = (2^M + x)(2^M + y) normalised to carry and all 2M + 1 fraction bits; without
// a carry there are only 2M and a zero is appended.
//
// Parameters: M 1..11 (2M + 1 <= 23, what binary32 can hold).

`default_nettype none

module mant_exact_full #(
    parameter M = 7
) (
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    output wire         carry_o,
    output wire [2*M:0] frac_o
);

  wire [2*M+1:0] q = {{(M + 1) {1'b0}}, 1'b1, x_i} * {{(M + 1) {1'b0}}, 1'b1, y_i};

  assign carry_o = q[2*M+1];
  assign frac_o  = carry_o ? q[2*M:0] : {q[2*M-1:0], 1'b0};

endmodule

`default_nettype wire
