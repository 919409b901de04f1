// SPDX-License-Identifier: Apache-2.0
//
// uint_mbm: Mitchell's multiplier with one constant that removes its mean error.
//
// With uint_mitchell's kA, kB, c, f, F and C = floor(0.078125 * 2^F):
//   g = f + (C >> c);  P = ((2^F + g) << (kA + kB + c)) >> F.
// A zero operand gives 0.
//
// g may reach 2^F. It is not renormalised: 2^F + g simply grows to 2 or a little
// beyond, which N + 1 bits hold. Such a P fits 2N bits except in one case: both
// operands have their top bit set, c = 1 and g >= 2^F, where P >= 2^(2F + 2) =
// 2^(2N). P is then 2^(2N) - 1: wrapping round would turn the largest products
// into the smallest. As f <= 2^F - 2 when c = 1, the case needs C >> 1 to be 2 or
// more, which is N >= 7; at N = 8 it arises for 10 of the 65,536 pairs, all with
// a + b >= 507.
//
// Parameters: N 1..16.
// Source: H. Saadat, H. Bokhari, S. Parameswaran, "Minimally biased multipliers
// for approximate integer and floating-point multiplication", IEEE TCAD, 2018.

`default_nettype none

module uint_mbm #(
    parameter N = 8
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  localparam [N-1:0] ONE = ~({N{1'b1}} >> 1);  // 2^F, that is 1.0

  // 0.078125 = 5/64, so C is exact in integers.
  localparam integer C_INT = (5 << (N - 1)) / 64;
  localparam [N-1:0] C = C_INT[N-1:0];

  wire [N-1:0] norm_a, norm_b;
  wire [3:0] k_a, k_b;

  normalize #(.N(N)) u_norm_a (.a_i(a_i), .norm_o(norm_a), .k_o(k_a));
  normalize #(.N(N)) u_norm_b (.a_i(b_i), .norm_o(norm_b), .k_o(k_b));

  wire [N-1:0] s = (norm_a & ~ONE) + (norm_b & ~ONE);
  wire         c = s[N-1];
  wire [  N:0] sig = {1'b0, s | ONE} + {1'b0, c ? C >> 1 : C};  // 2^F + g

  wire [2*N-1:0] p;

  antilog #(
      .N(N)
  ) u_antilog (
      .sig_i (sig),
      .exp_i ({1'b0, k_a} + {1'b0, k_b} + {4'b0, c}),
      .zero_i(~(norm_a[N-1] & norm_b[N-1])),
      .p_o   (p)
  );

  wire overflow = a_i[N-1] & b_i[N-1] & c & sig[N];
  assign p_o = overflow ? {(2 * N) {1'b1}} : p;

endmodule

`default_nettype wire
