// SPDX-License-Identifier: Apache-2.0
//
// uint_roba: rounding-based approximate multiplier.
//
// (A - Ar)(B - Br) is left out of A * B, with Ar and Br the operands rounded to
// powers of two (see roba_round):  P = Ar * B + Br * A - Ar * Br.
// The three products are shifts. A zero operand gives 0.
//
// P = A*B - (A - Ar)(B - Br) is within 1/9 of A*B and, as A or B above its power
// of two is at most 3/4 of 2^N, never reaches 2^(2N). Ar * Br and the sum of the
// first two may, and are taken modulo 2^(2N), which leaves the difference right.
//
// Parameters: N 1..16.
// Source: R. Zendegani et al., "RoBA multiplier: a rounding-based approximate
// multiplier for high-speed yet energy-efficient digital signal processing",
// IEEE TVLSI, 2017.

`default_nettype none

module uint_roba #(
    parameter N = 8
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  localparam [2*N-1:0] UNIT = ~({(2 * N) {1'b1}} << 1);  // 1, in 2N bits

  wire [4:0] shift_a, shift_b;
  wire zero_a, zero_b;

  roba_round #(.N(N)) u_round_a (.a_i(a_i), .shift_o(shift_a), .zero_o(zero_a));
  roba_round #(.N(N)) u_round_b (.a_i(b_i), .shift_o(shift_b), .zero_o(zero_b));

  wire [2*N-1:0] ar_b = {{N{1'b0}}, b_i} << shift_a;
  wire [2*N-1:0] br_a = {{N{1'b0}}, a_i} << shift_b;
  wire [    5:0] shift = {1'b0, shift_a} + {1'b0, shift_b};
  wire [2*N-1:0] ar_br = UNIT << shift;

  assign p_o = (zero_a | zero_b) ? {(2 * N) {1'b0}} : ar_b + br_a - ar_br;

endmodule

`default_nettype wire
