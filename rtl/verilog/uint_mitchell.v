// SPDX-License-Identifier: Apache-2.0
//
// uint_mitchell: logarithmic multiplier.
//
// log2(2^k (1 + x)) is taken as k + x, so that multiplying is adding logarithms.
// With F = N - 1 and k the index of the leading one:
//   x = (A - 2^kA) << (F - kA), y likewise;  s = x + y;
//   c = s >> F;  f = s mod 2^F;  P = ((2^F + f) << (kA + kB + c)) >> F.
// Never above the exact product, at worst 1/9 below it. A zero operand gives 0.
// P < 2^(2F + 2) = 2^(2N), so it always fits.
//
// Parameters: N 1..16.
// Source: J. N. Mitchell, "Computer multiplication and division using binary
// logarithms", IRE Trans. Electronic Computers, 1962.

`default_nettype none

module uint_mitchell #(
    parameter N = 8
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  localparam [N-1:0] ONE = ~({N{1'b1}} >> 1);  // 2^F, that is 1.0

  wire [N-1:0] norm_a, norm_b;
  wire [3:0] k_a, k_b;

  normalize #(.N(N)) u_norm_a (.a_i(a_i), .norm_o(norm_a), .k_o(k_a));
  normalize #(.N(N)) u_norm_b (.a_i(b_i), .norm_o(norm_b), .k_o(k_b));

  // Both terms are below 2^F, so N bits hold the sum and its top bit is c.
  wire [N-1:0] s = (norm_a & ~ONE) + (norm_b & ~ONE);
  wire         c = s[N-1];

  // 2^F + f is s with bit F set, whether or not the sum carried.
  antilog #(
      .N(N)
  ) u_antilog (
      .sig_i ({1'b0, s | ONE}),
      .exp_i ({1'b0, k_a} + {1'b0, k_b} + {4'b0, c}),
      .zero_i(~(norm_a[N-1] & norm_b[N-1])),
      .p_o   (p_o)
  );

endmodule

`default_nettype wire
