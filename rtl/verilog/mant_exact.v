// SPDX-License-Identifier: Apache-2.0
//
// mant_exact: the exact product of two significands, cut to M fraction bits.
//
// x and y are the fractions of 1.x and 1.y; Q = (2^M + x)(2^M + y);
// carry = Q >> (2M + 1); frac = (Q >> (M + carry)) mod 2^M. With M = 7 this is a
// truncating bfloat16 multiplier.
//
// Parameters: M 1..11.

`default_nettype none

module mant_exact #(
    parameter M = 7
) (
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    output wire         carry_o,
    output wire [M-1:0] frac_o
);

  // Truncation is the rule: the low bits of q go nowhere.
  // verilator lint_off UNUSEDSIGNAL
  wire [2*M+1:0] q = {{(M + 1) {1'b0}}, 1'b1, x_i} * {{(M + 1) {1'b0}}, 1'b1, y_i};
  // verilator lint_on UNUSEDSIGNAL

  assign carry_o = q[2*M+1];
  assign frac_o  = carry_o ? q[M+1+:M] : q[M+:M];

endmodule

`default_nettype wire
