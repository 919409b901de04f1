// SPDX-License-Identifier: Apache-2.0
//
// fp_class: what can be said of a floating-point product before multiplying.
//
// Operands are sign, 8 exponent bits, M fraction bits. A zero exponent field is
// zero whatever the fraction: there are no subnormals. The flags are in order of
// rank, a higher one making the lower irrelevant:
//
//   nan_o   an operand is NaN, or infinity meets zero
//   inf_o   an operand is infinite
//   zero_o  an operand is zero
//
// exp_o is the plain sum of the biased exponents; taking the bias off can wait
// until the carry is known (see fp_pack), and an unsigned 9-bit sum suffices.
//
// Parameters: M 1..23.

`default_nettype none

module fp_class #(
    parameter M = 7
) (
    input  wire [8+M:0] a_i,
    input  wire [8+M:0] b_i,
    output wire         sign_o,
    output wire [  8:0] exp_o,
    output wire         nan_o,
    output wire         inf_o,
    output wire         zero_o
);

  wire [7:0] exp_a = a_i[M+:8];
  wire [7:0] exp_b = b_i[M+:8];

  wire max_a = &exp_a;
  wire max_b = &exp_b;
  wire frac_a = |a_i[M-1:0];
  wire frac_b = |b_i[M-1:0];

  assign sign_o = a_i[8+M] ^ b_i[8+M];
  assign exp_o  = {1'b0, exp_a} + {1'b0, exp_b};
  assign inf_o  = max_a | max_b;
  assign zero_o = ~|exp_a | ~|exp_b;
  assign nan_o  = (max_a & frac_a) | (max_b & frac_b) | (inf_o & zero_o);

endmodule

`default_nettype wire
