// SPDX-License-Identifier: Apache-2.0
//
// norm_step: one stage of a normalising left shifter.
//
// If the top STEP bits of v_i are all zero, v_o is v_i moved up by STEP and
// zero_o is 1; otherwise v_o is v_i. Where STEP >= N there is nothing to test
// (N - 1 is the furthest a set bit can travel), and the stage is a wire.
//
// Parameters: N 1..16, the width; STEP, a power of two.

`default_nettype none

module norm_step #(
    parameter N    = 8,
    parameter STEP = 4
) (
    input  wire [N-1:0] v_i,
    output wire [N-1:0] v_o,
    output wire         zero_o
);

  generate
    if (STEP < N) begin : gen_step
      assign zero_o = ~|v_i[N-1-:STEP];
      assign v_o    = zero_o ? v_i << STEP : v_i;
    end else begin : gen_wire
      assign zero_o = 1'b0;
      assign v_o    = v_i;
    end
  endgenerate

endmodule

`default_nettype wire
