// SPDX-License-Identifier: Apache-2.0
//
// uint_trunc: operand truncation.
//
// The low K bits of both operands (K is the rule's t) are dropped:
// P = ((A >> K)(B >> K)) << 2K. The zeros shifted in at the top of the operands
// are constants, so what is built is an (N - K) x (N - K) multiplier.
//
// Parameters: N 1..16; K 0..N. K = 0 is exact, K = N always gives 0.

`default_nettype none

module uint_trunc #(
    parameter N = 8,
    parameter K = 2
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  generate
    if (K < 0 || K > N) begin : gen_bad_k
      uint_trunc_needs_k_0_to_n u_bad_k ();
    end
  endgenerate

  wire [N-1:0] top_a = a_i >> K;
  wire [N-1:0] top_b = b_i >> K;

  assign p_o = ({{N{1'b0}}, top_a} * {{N{1'b0}}, top_b}) << (2 * K);

endmodule

`default_nettype wire
