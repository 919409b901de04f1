// SPDX-License-Identifier: Apache-2.0
//
// pair_held: for a multiplier whose operands must stay until it has the product,
// LATENCY rising edges, 1 at least, after they stand at its ports.
//
// This module and pair_handshake say when
//
//   load_o     the registers before the multiplier take the operands,
//   capture_o  the register behind it takes the product,
//   valid_o    that register holds the product of the next pair.

`default_nettype none

module pair_held #(
    parameter LATENCY = 1
) (
    input  wire clk_i,
    input  wire rst_i,
    input  wire valid_i,
    output wire ready_o,
    output wire load_o,
    output wire capture_o,
    output reg  valid_o
);

  localparam BITS = $clog2(LATENCY + 1);
  localparam [31:0] WAIT = LATENCY;

  reg            busy_q;
  reg [BITS-1:0] left_q;  // edges until the product is at the port

  assign ready_o   = !busy_q;
  assign load_o    = valid_i && ready_o;
  assign capture_o = busy_q && left_q == 0;

  always @(posedge clk_i) begin
    if (rst_i) begin
      busy_q  <= 1'b0;
      left_q  <= 0;
      valid_o <= 1'b0;
    end else begin
      valid_o <= capture_o;
      if (load_o) begin
        busy_q <= 1'b1;
        left_q <= WAIT[BITS-1:0];
      end else if (capture_o) begin
        busy_q <= 1'b0;
      end else if (busy_q) begin
        left_q <= left_q - 1'b1;
      end
    end
  end

endmodule

`default_nettype wire
