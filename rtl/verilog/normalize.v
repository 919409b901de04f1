// SPDX-License-Identifier: Apache-2.0
//
// normalize: leading-one detector and left shifter in one.
//
// norm_o is a_i shifted left until its leading one sits in bit N-1, and k_o is
// the index the leading one had. a_i = 0 has no leading one: norm_o is then 0
// (so norm_o[N-1] doubles as "a_i is not zero") and k_o means nothing.
//
// Halving steps (8, 4, 2, 1) find the index and do the shift with the same
// log2(N) levels of multiplexers, where a priority encoder followed by a barrel
// shifter would need them twice.
//
// Parameters: N 1..16, the width.

`default_nettype none

module normalize #(
    parameter N = 8
) (
    input  wire [N-1:0] a_i,
    output wire [N-1:0] norm_o,
    output wire [  3:0] k_o
);

  generate
    if (N < 1 || N > 16) begin : gen_bad_n
      normalize_needs_n_1_to_16 u_bad_n ();
    end
  endgenerate

  localparam integer F = N - 1;  // where the leading one ends up

  wire [N-1:0] v8, v4, v2;
  wire [3:0] leading_zeros;

  norm_step #(.N(N), .STEP(8)) u_step8 (.v_i(a_i), .v_o(v8),     .zero_o(leading_zeros[3]));
  norm_step #(.N(N), .STEP(4)) u_step4 (.v_i(v8),  .v_o(v4),     .zero_o(leading_zeros[2]));
  norm_step #(.N(N), .STEP(2)) u_step2 (.v_i(v4),  .v_o(v2),     .zero_o(leading_zeros[1]));
  norm_step #(.N(N), .STEP(1)) u_step1 (.v_i(v2),  .v_o(norm_o), .zero_o(leading_zeros[0]));

  assign k_o = F[3:0] - leading_zeros;

endmodule

`default_nettype wire
