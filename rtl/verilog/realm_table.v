// SPDX-License-Identifier: Apache-2.0
//
// realm_table: REALM's correction for a pair of fractions, in 64ths.
//
// Rows go with the top log2(SEGMENTS) bits of x, columns with those of y, and
// each entry is one hexadecimal digit. Where they come from: Mitchell's relative
// error, with T = (1+x)(1+y), is E = (1+x+y)/T - 1 for x + y < 1 and
// 2(x+y)/T - 1 from there on; s_ij = -(integral of E) / (integral of 1/T) over
// segment (i, j) is the correction that makes the segment's mean relative error
// 0; the entry is round(64 s_ij). The inner integral and the denominator are
// logarithms in closed form; the outer one was taken by 24-point Gauss-Legendre
// quadrature. No 64 s_ij is nearer than 0.046 to a rounding boundary, so the
// digits do not hang on the quadrature. SEGMENTS = 4 is the published table.
//
// Parameters: M 6 or more, the fraction bits; SEGMENTS 4, 8 or 16.
// Source: H. Saadat et al., "REALM: reduced-error approximate log-based integer
// multiplier", DATE 2020.

`default_nettype none

module realm_table #(
    parameter M        = 7,
    parameter SEGMENTS = 8
) (
    // Only the bits that choose the segment are looked at.
    // verilator lint_off UNUSEDSIGNAL
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    // verilator lint_on UNUSEDSIGNAL
    output wire [  3:0] q_o
);

  // Segment (0, 0) is written first and so has the highest bits: the index
  // counts from the other end, which is its complement.
  generate
    if (SEGMENTS == 4) begin : gen_4
      localparam [63:0] Q = {
        16'h1354,
        16'h39c5,
        16'h5c93,
        16'h4531
      };
      assign q_o = Q[{~{x_i[M-1-:2], y_i[M-1-:2]}, 2'b00}+:4];
    end else if (SEGMENTS == 8) begin : gen_8
      localparam [255:0] Q = {
        32'h01122332,
        32'h12457883,
        32'h1469bc83,
        32'h259ceb72,
        32'h27bec952,
        32'h38cb9641,
        32'h38875421,
        32'h23322110
      };
      assign q_o = Q[{~{x_i[M-1-:3], y_i[M-1-:3]}, 2'b00}+:4];
    end else if (SEGMENTS == 16) begin : gen_16
      localparam [1023:0] Q = {
        64'h0000111111112221,
        64'h0111222334445552,
        64'h0122334556778852,
        64'h01234567789aa852,
        64'h12345678abcca741,
        64'h1235689acdec9741,
        64'h124679bcefdb8641,
        64'h13578acefeca7531,
        64'h1357acefeca87531,
        64'h1468bdfecb976421,
        64'h1479cedca9865321,
        64'h147accba87654321,
        64'h258aa98776543210,
        64'h2588776554332210,
        64'h2555444332221110,
        64'h1222111111110000
      };
      assign q_o = Q[{~{x_i[M-1-:4], y_i[M-1-:4]}, 2'b00}+:4];
    end else begin : gen_bad_segments
      realm_needs_4_8_or_16_segments u_bad_segments ();
      assign q_o = 4'd0;
    end
  endgenerate

endmodule

`default_nettype wire
