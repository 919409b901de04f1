// SPDX-License-Identifier: Apache-2.0
//
// sint_mul: a signed multiplier around an unsigned one.
//
// The magnitudes go through uint_core and the product is negated, in two's
// complement, if the signs differ. |-2^(N-1)| = 2^(N-1) fits N unsigned bits.
// No magnitude is larger, so no design's product exceeds 2N signed bits (the
// largest, "mbm"'s at 2^(N-1) squared, is below 1.08 * 2^(2N-2)).
//
// Parameters: DESIGN, N, K, V as in uint_core.

`default_nettype none

module sint_mul #(
    parameter DESIGN = "exact",
    parameter N      = 8,
    parameter K      = 0,
    parameter V      = 0
) (
    input  wire signed [  N-1:0] a_i,
    input  wire signed [  N-1:0] b_i,
    output wire signed [2*N-1:0] p_o
);

  wire [  N-1:0] magnitude_a = a_i[N-1] ? -a_i : a_i;
  wire [  N-1:0] magnitude_b = b_i[N-1] ? -b_i : b_i;
  wire [2*N-1:0] magnitude_p;

  uint_core #(
      .DESIGN(DESIGN),
      .N     (N),
      .K     (K),
      .V     (V)
  ) u_core (
      .a_i(magnitude_a),
      .b_i(magnitude_b),
      .p_o(magnitude_p)
  );

  assign p_o = (a_i[N-1] ^ b_i[N-1]) ? -magnitude_p : magnitude_p;

endmodule

`default_nettype wire
