// SPDX-License-Identifier: Apache-2.0
//
// crc16_entry: the CRC-16 (see crc16_byte) of a table's entry of 1, 2 or 4 bytes,
// low byte first, in one step, so that a row's CRC keeps up with a multiplier
// that has a product in every cycle. Combinational.

`default_nettype none

module crc16_entry #(
    parameter BYTES = 1
) (
    input  wire [       15:0] crc_i,
    input  wire [8*BYTES-1:0] entry_i,
    output wire [       15:0] crc_o
);

  wire [15:0] crc[0:BYTES];

  assign crc[0] = crc_i;
  assign crc_o  = crc[BYTES];

  genvar i;
  generate
    for (i = 0; i < BYTES; i = i + 1) begin : gen_byte
      crc16_byte u_crc (
          .crc_i (crc[i]),
          .data_i(entry_i[8*i+:8]),
          .crc_o (crc[i+1])
      );
    end
  endgenerate

endmodule

`default_nettype wire
