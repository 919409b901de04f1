// SPDX-License-Identifier: Apache-2.0
//
// board_identity: the bytes of the response to "identify" (docs/protocol.md), by
// their number. Combinational, but for the counters.

`default_nettype none

module board_identity #(
    parameter [ 7:0] KIND       = 0,
    parameter [ 7:0] A_BITS     = 8,
    parameter [ 7:0] B_BITS     = 8,
    parameter [ 7:0] P_BITS     = 16,
    parameter [ 7:0] FLAGS      = 0,
    parameter [15:0] LATENCY    = 0,
    parameter [63:0] DIGEST     = 64'd0,  // its first byte in the highest place
    parameter [31:0] CLK_HZ     = 12000000,
    parameter [15:0] QUEUE_SIZE = 512
) (
    input  wire [ 4:0] index_i,
    output wire [ 1:0] counter_o,  // the counter that is to be on count_i
    input  wire [15:0] count_i,
    output wire [ 7:0] byte_o
);

  // Byte n has the places 8n and up.
  // To Verilator a parameter that an instance overrides is unsized.
  // verilator lint_off WIDTHCONCAT
  localparam [167:0] FIXED = {
    QUEUE_SIZE, CLK_HZ,
    DIGEST[7:0], DIGEST[15:8], DIGEST[23:16], DIGEST[31:24],
    DIGEST[39:32], DIGEST[47:40], DIGEST[55:48], DIGEST[63:56],
    LATENCY, FLAGS, P_BITS, B_BITS, A_BITS, KIND
  };
  // verilator lint_on WIDTHCONCAT

  // The counters follow byte 20, so that odd numbers are low bytes.
  wire [255:0] fixed = {88'd0, FIXED};
  assign counter_o = {index_i >= 5'd25, index_i >= 5'd27 || (index_i >= 5'd23 && index_i < 5'd25)};
  assign byte_o    = (index_i < 5'd21) ? fixed[{index_i, 3'd0}+:8] : index_i[0] ? count_i[7:0] : count_i[15:8];

endmodule

`default_nettype wire
