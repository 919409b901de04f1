// SPDX-License-Identifier: Apache-2.0
//
// mant_mbm: Mitchell with a constant against its bias, ApproxTrain's variant.
//
// x' = x | 1, y' = y | 1; s = x' + y'; c = s >> M; f = s mod 2^M;
// C = floor(0.078125 * 2^M); g = f + (C >> c). Then
//
//   c | g >= 2^M | carry | frac
//   0 |    no    |   0   | g
//   0 |   yes    |   1   | ((2^M + g) >> 1) mod 2^M
//   1 |    no    |   1   | g
//   1 |   yes    |   1   | f          (no room to carry: uncorrected)
//
// In the second row 2^M + g is at least 2^(M+1), so halving it and dropping the
// units leaves the low M bits of g moved down by one.
// The forced low bits stand for the fraction that operand truncation cut off.
//
// Parameters: M 1..11. For M = 1 this is the constant 2.0.
// Source: H. Saadat, H. Bokhari, S. Parameswaran, "Minimally biased multipliers
// for approximate integer and floating-point multiplication", IEEE TCAD, 2018.

`default_nettype none

module mant_mbm #(
    parameter M = 7
) (
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    output wire         carry_o,
    output wire [M-1:0] frac_o
);

  // 0.078125 = 5/64, so C is exact in integers.
  localparam integer C_INT = (5 << M) / 64;
  localparam [M-1:0] C = C_INT[M-1:0];
  localparam [M-1:0] LSB = ~({M{1'b1}} << 1);

  wire [M:0] s = {1'b0, x_i | LSB} + {1'b0, y_i | LSB};
  wire       c = s[M];
  wire [M:0] g = {1'b0, s[M-1:0]} + {1'b0, c ? C >> 1 : C};

  assign carry_o = c | g[M];
  assign frac_o  = !g[M] ? g[M-1:0] : c ? s[M-1:0] : g[M-1:0] >> 1;

endmodule

`default_nettype wire
