// SPDX-License-Identifier: Apache-2.0
//
// pair_handshake: for a multiplier that says when it takes operands and when it
// has the product, one pair at a time. (See pair_held for load_o, capture_o and
// valid_o.)
//
// Operands stay at the ports until the product is there; the product is taken
// in the first cycle in which it is valid, the one after the operands were taken
// at the earliest. A multiplier without one of the signals has a 1 in its place.

`default_nettype none

module pair_handshake (
    input  wire clk_i,
    input  wire rst_i,
    input  wire valid_i,
    output wire ready_o,
    output wire load_o,
    output wire capture_o,
    output reg  valid_o,
    output wire in_valid_o,
    input  wire in_ready_i,
    input  wire out_valid_i
);

  // busy_q | taken_q |
  //    0   |    -    | idle: ready for a pair
  //    1   |    0    | operands are offered
  //    1   |    1    | the product is waited for
  reg busy_q;
  reg taken_q;

  assign ready_o    = !busy_q;
  assign load_o     = valid_i && ready_o;
  assign in_valid_o = busy_q && !taken_q;
  assign capture_o  = busy_q && taken_q && out_valid_i;

  always @(posedge clk_i) begin
    if (rst_i) begin
      busy_q  <= 1'b0;
      taken_q <= 1'b0;
      valid_o <= 1'b0;
    end else begin
      valid_o <= capture_o;
      if (load_o) busy_q <= 1'b1;
      if (in_valid_o && in_ready_i) taken_q <= 1'b1;
      if (capture_o) begin
        busy_q  <= 1'b0;
        taken_q <= 1'b0;
      end
    end
  end

endmodule

`default_nettype wire
