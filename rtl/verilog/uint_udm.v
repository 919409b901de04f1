// SPDX-License-Identifier: Apache-2.0
//
// uint_udm: underdesigned multiplier, built of inaccurate 2 x 2 cells.
//
// The cell gives 3 bits, which is right everywhere but at 3 * 3 = 7:
//   p3 = 0, p2 = a1 b1, p1 = a1 b0 | a0 b1, p0 = a0 b0.
// A larger multiplier is one cell for every digit (pair of bits) of a and of b,
// shifted to its place and summed exactly. Never above the exact product, so P
// fits.
//
// Parameters: N 2, 4, 8 or 16 as published; any even N up to 16 works.
// Source: P. Kulkarni, P. Gupta, M. Ercegovac, "Trading accuracy for power with
// an underdesigned multiplier architecture", VLSI Design 2011.

`default_nettype none

module uint_udm #(
    parameter N = 8
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  generate
    if (N < 2 || N % 2 != 0) begin : gen_bad_n
      uint_udm_needs_an_even_n u_bad_n ();
    end
  endgenerate

  // The low bits of all digits of a, and the high ones, each in its place.
  localparam [N-1:0] LOW_BITS = {(N / 2) {2'b01}};
  wire [2*N-1:0] a0 = {{N{1'b0}}, a_i & LOW_BITS};
  wire [2*N-1:0] a1 = {{N{1'b0}}, a_i & ~LOW_BITS};

  // One row per digit of b, with the cells of all digits of a side by side.
  // Where a cell's p2 lies the next one's p0 does too, so a row is two vectors.
  genvar j;
  generate
    for (j = 0; j < N / 2; j = j + 1) begin : gen_row
      wire [2*N-1:0] b0 = {(2 * N) {b_i[2*j]}};
      wire [2*N-1:0] b1 = {(2 * N) {b_i[2*j+1]}};

      wire [2*N-1:0] p1p0 = (a0 & b0) | (a1 & b0) | ((a0 & b1) << 1);
      wire [2*N-1:0] p2 = (a1 & b1) << 1;
      wire [2*N-1:0] cells = p1p0 + p2;
      wire [2*N-1:0] sum;
      if (j == 0) begin : gen_first
        assign sum = cells;
      end else begin : gen_next
        assign sum = gen_row[j-1].sum + (cells << (2 * j));
      end
    end
  endgenerate

  assign p_o = gen_row[N/2-1].sum;

endmodule

`default_nettype wire
