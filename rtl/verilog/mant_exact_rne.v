// SPDX-License-Identifier: Apache-2.0
//
// mant_exact_rne: the exact product, rounded to P bits, to nearest, ties to even.
//
// Q as in mant_exact_full, its 2M + 1 fraction bits rounded to P; where P is more
// than that, zeros are appended. Rounding up from all ones carries out: then frac
// is 0 and the carry is bumped. If the carry is 1 already, the product rounds to
// 4.0, which one carry bit cannot say; the largest value (carry 1, frac all ones)
// is given instead. That takes P <= M - 2 and operands near 2.
//
// Parameters: M 1..11; P 1..23, the fraction bits of the result.

`default_nettype none

module mant_exact_rne #(
    parameter M = 7,
    parameter P = M
) (
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    output wire         carry_o,
    output wire [P-1:0] frac_o
);

  wire         carry;
  wire [2*M:0] full;

  mant_exact_full #(.M(M)) u_exact (.x_i(x_i), .y_i(y_i), .carry_o(carry), .frac_o(full));

  // With P + 1 zeros below there are a guard and a sticky bit for every P, and
  // no cases to tell apart; the constants cost no gates.
  wire [2*M+P+1:0] wide = {full, {(P + 1) {1'b0}}};

  wire [P-1:0] kept = wide[2*M+P+1-:P];
  wire         guard = wide[2*M+1];
  wire         sticky = |wide[2*M:0];
  wire         up = guard & (sticky | kept[0]);

  wire [P:0] rounded = {1'b0, kept} + {{P{1'b0}}, up};
  wire       four = carry & rounded[P];

  assign carry_o = carry | rounded[P];
  assign frac_o  = four ? {P{1'b1}} : rounded[P-1:0];

endmodule

`default_nettype wire
