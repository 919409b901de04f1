// SPDX-License-Identifier: Apache-2.0
//
// uint_bam: broken-array multiplier.
//
// The array multiplier's cells a_i b_j 2^(i+j) are kept only where j >= K
// (horizontal break: the rows of the low K bits of b are left out) and
// i + j >= V (vertical break: the columns below V are left out). Not commutative
// for K > 0. Never above the exact product, so P fits.
//
// Parameters: N 1..16; K 0..N, the rule's h; V 0..2N, the rule's v.
// Source: H. R. Mahdiani et al., "Bio-inspired imprecise computational blocks for
// efficient VLSI implementation of soft-computing applications", IEEE TCAS I,
// 2010; the counting of the breaks follows ariths-gen.

`default_nettype none

module uint_bam #(
    parameter N = 8,
    parameter K = 0,
    parameter V = 4
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  generate
    if (K < 0 || K > N || V < 0 || V > 2 * N) begin : gen_bad_break
      uint_bam_needs_k_0_to_n_and_v_0_to_2n u_bad_break ();
    end
  endgenerate

  localparam [N-1:0] ROWS = {N{1'b1}} << K;
  localparam [2*N-1:0] COLUMNS = {(2 * N) {1'b1}} << V;

  wire [N-1:0] b = b_i & ROWS;

  // One row of the array per bit of b; i + j is the column, so the vertical
  // break is a constant mask on the shifted row.
  genvar j;
  generate
    for (j = 0; j < N; j = j + 1) begin : gen_row
      wire [2*N-1:0] cells = b[j] ? ({{N{1'b0}}, a_i} << j) & COLUMNS : {(2 * N) {1'b0}};
      wire [2*N-1:0] sum;
      if (j == 0) begin : gen_first
        assign sum = cells;
      end else begin : gen_next
        assign sum = gen_row[j-1].sum + cells;
      end
    end
  endgenerate

  assign p_o = gen_row[N-1].sum;

endmodule

`default_nettype wire
