// SPDX-License-Identifier: Apache-2.0
//
// mant_realm: Mitchell's product plus a correction looked up per segment.
//
// With mant_mitchell's c and f and the entry q of realm_table (in 64ths):
// g = f + ((q * 2^(M-6)) >> c). Below 2^M, carry = c and frac = g. From 2^M on the
// product has left its power of two: with c = 0, carry = 1 and
// frac = ((2^M + g) >> 1) mod 2^M; with c = 1 it has no entry, and is the largest.
//
// Parameters: M 6..11 (q has 6 fraction bits); SEGMENTS 4, 8 or 16.
// Source: H. Saadat et al., "REALM: reduced-error approximate log-based integer
// multiplier", DATE 2020.

`default_nettype none

module mant_realm #(
    parameter M        = 7,
    parameter SEGMENTS = 8
) (
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    output wire         carry_o,
    output wire [M-1:0] frac_o
);

  localparam Q_FRACTION = 6;  // q counts 64ths

  generate
    if (M < Q_FRACTION) begin : gen_bad_m
      mant_realm_needs_m_6_or_more u_bad_m ();
    end
  endgenerate

  wire [M-1:0] f;
  wire [3:0] q;
  wire c;

  mant_mitchell #(.M(M)) u_mitchell (.x_i(x_i), .y_i(y_i), .carry_o(c), .frac_o(f));
  realm_table #(.M(M), .SEGMENTS(SEGMENTS)) u_table (.x_i(x_i), .y_i(y_i), .q_o(q));

  wire [M-1:0] aligned = {{(M - 4) {1'b0}}, q} << (M - Q_FRACTION);
  wire [M:0] sum = {1'b0, f} + {1'b0, c ? aligned >> 1 : aligned};
  wire over = sum[M];

  assign carry_o = c | over;
  assign frac_o = !over ? sum[M-1:0] : c ? {M{1'b1}} : {1'b0, sum[M-1:1]};

endmodule

`default_nettype wire
