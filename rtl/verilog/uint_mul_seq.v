// SPDX-License-Identifier: Apache-2.0
//
// uint_mul_seq: exact unsigned shift-and-add multiplier, one bit per cycle.
//
// Handshake on both sides: operands are taken on a rising edge with valid_i and
// ready_o, the product is given on one with valid_o and ready_i. p_o and valid_o
// hold until then; one product is in flight at a time.
//
// It stops as soon as no bit of b is left, so that latency depends on the data:
// from the edge that takes the operands, valid_o follows after as many further
// edges as b has significant bits (none for b = 0, at most N).
//
// Parameters: N 1..16.

`default_nettype none

module uint_mul_seq #(
    parameter N = 8
) (
    input  wire           clk_i,
    input  wire           rst_ni,
    input  wire           valid_i,
    output wire           ready_o,
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire           valid_o,
    input  wire           ready_i,
    output wire [2*N-1:0] p_o
);

  reg           busy_q;
  reg [2*N-1:0] multiplicand_q;  // a, moved up once per step
  reg [  N-1:0] multiplier_q;    // what is left of b, moved down likewise
  reg [2*N-1:0] sum_q;

  // busy_q | bits left | state
  //   0    |     -     | idle: ready for operands
  //   1    |    yes    | adding
  //   1    |    no     | done: product waits to be taken
  assign ready_o = ~busy_q;
  assign valid_o = busy_q & ~|multiplier_q;
  assign p_o     = sum_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q         <= 1'b0;
      multiplicand_q <= {(2 * N) {1'b0}};
      multiplier_q   <= {N{1'b0}};
      sum_q          <= {(2 * N) {1'b0}};
    end else if (!busy_q) begin
      if (valid_i) begin
        busy_q         <= 1'b1;
        multiplicand_q <= {{N{1'b0}}, a_i};
        multiplier_q   <= b_i;
        sum_q          <= {(2 * N) {1'b0}};
      end
    end else if (valid_o) begin
      if (ready_i) busy_q <= 1'b0;
    end else begin
      if (multiplier_q[0]) sum_q <= sum_q + multiplicand_q;
      multiplicand_q <= multiplicand_q << 1;
      multiplier_q   <= multiplier_q >> 1;
    end
  end

endmodule

`default_nettype wire
