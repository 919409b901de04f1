// SPDX-License-Identifier: Apache-2.0
//
// antilog: back from the logarithmic domain, for the Mitchell family.
//
// p_o = (sig_i << exp_i) >> F with F = N - 1, modulo 2^(2N); 0 if zero_i.
// sig_i is a significand with F fraction bits; it has one bit above its units so
// that a correction term may carry it to 2 or beyond.
//
// Parameters: N 1..16, the width of the multiplier's operands.

`default_nettype none

module antilog #(
    parameter N = 8
) (
    input  wire [    N:0] sig_i,
    input  wire [    4:0] exp_i,
    input  wire           zero_i,
    output wire [2*N-1:0] p_o
);

  localparam F = N - 1;

  // The bits below the binary point are what an integer product drops; shifted
  // out first, they would be lost to the products of large operands as well.
  // verilator lint_off UNUSEDSIGNAL
  wire [2*N+F-1:0] shifted = {{(2 * N + F - N - 1) {1'b0}}, sig_i} << exp_i;
  // verilator lint_on UNUSEDSIGNAL

  assign p_o = zero_i ? {(2 * N) {1'b0}} : shifted[F+:2*N];

endmodule

`default_nettype wire
