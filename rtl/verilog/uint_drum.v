// SPDX-License-Identifier: Apache-2.0
//
// uint_drum: dynamic-range unbiased multiplier.
//
// Each operand is cut to K bits from its leading one down, the lowest kept bit
// set to 1 (see drum_segment); a K x K exact multiplier and one shifter do the
// rest: P = (mA * mB) << (shiftA + shiftB). A zero operand is passed as it is
// and so gives 0. With K >= N nothing is cut and the product is exact.
// P fits: each segment times its shift is below 2^N.
//
// Parameters: N 1..16; K 1 or more, the kept bits.
// Source: S. Hashemi, R. I. Bahar, S. Reda, "DRUM: a dynamic range unbiased
// multiplier for approximate applications", ICCAD 2015.

`default_nettype none

module uint_drum #(
    parameter N = 8,
    parameter K = 6
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  generate
    if (K < 1) begin : gen_bad_k
      uint_drum_needs_k_1_or_more u_bad_k ();
      assign p_o = {(2 * N) {1'b0}};
    end else if (K >= N) begin : gen_exact
      assign p_o = {{N{1'b0}}, a_i} * {{N{1'b0}}, b_i};
    end else begin : gen_drum
      wire [K-1:0] m_a, m_b;
      wire [3:0] shift_a, shift_b;

      drum_segment #(.N(N), .K(K)) u_seg_a (.a_i(a_i), .segment_o(m_a), .shift_o(shift_a));
      drum_segment #(.N(N), .K(K)) u_seg_b (.a_i(b_i), .segment_o(m_b), .shift_o(shift_b));

      wire [2*K-1:0] product = {{K{1'b0}}, m_a} * {{K{1'b0}}, m_b};
      wire [4:0] shift = {1'b0, shift_a} + {1'b0, shift_b};

      assign p_o = {{(2 * N - 2 * K) {1'b0}}, product} << shift;
    end
  endgenerate

endmodule

`default_nettype wire
