// SPDX-License-Identifier: Apache-2.0
//
// fp_pack: a floating-point product from its parts.
//
// exp_i is the sum of the operands' biased exponents, one bias too many; with
// E = exp_i + carry_i - 127 the first row that applies gives the result:
//
//   nan_i            | the canonical NaN: 0 11111111 10...0
//   inf_i            | infinity, with the sign
//   zero_i or E <= 0 | +0 (never -0, never a subnormal)
//   E >= 255         | infinity, with the sign
//   otherwise        | sign, E, frac_i
//
// Parameters: P 1..23, the fraction bits of the result.

`default_nettype none

module fp_pack #(
    parameter P = 7
) (
    input  wire         sign_i,
    input  wire [  8:0] exp_i,
    input  wire         nan_i,
    input  wire         inf_i,
    input  wire         zero_i,
    input  wire         carry_i,
    input  wire [P-1:0] frac_i,
    output wire [8+P:0] p_o
);

  localparam [8:0] BIAS = 9'd127;
  localparam [8:0] EXP_MAX = 9'd255;  // the field of infinities and NaNs
  localparam [P-1:0] QUIET = ~({P{1'b1}} >> 1);  // 10...0

  wire [8:0] sum = exp_i + {8'd0, carry_i};  // at most 2 * 255 + 1, so 9 bits do

  wire underflow = sum <= BIAS;
  wire overflow = sum >= BIAS + EXP_MAX;

  // A difference outside 8 bits is one of the two cases above.
  wire [7:0] exponent = sum[7:0] - BIAS[7:0];

  // One select a row, at most one of them set, so that the rows can be ORed: a
  // chain of multiplexers would be slower, in gates and under Verilator.
  wire infinite = ~nan_i & (inf_i | (~zero_i & overflow));
  wire ordinary = ~(nan_i | inf_i | zero_i | underflow | overflow);

  assign p_o = ({(9 + P) {nan_i}}    & {1'b0, EXP_MAX[7:0], QUIET})
             | ({(9 + P) {infinite}} & {sign_i, EXP_MAX[7:0], {P{1'b0}}})
             | ({(9 + P) {ordinary}} & {sign_i, exponent, frac_i});

endmodule

`default_nettype wire
