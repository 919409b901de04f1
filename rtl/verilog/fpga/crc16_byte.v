// SPDX-License-Identifier: Apache-2.0
//
// crc16_byte: one step of CRC-16/CCITT-FALSE (polynomial 1021, not reflected)
// over a byte. The first value is ffff; combinational.
//
// The byte joins the upper half. What eight shifts of the polynomial
// x^16 + x^12 + x^5 + 1 make of that half t is t + (t >> 4) at the places 12, 5
// and 0.

`default_nettype none

module crc16_byte (
    input  wire [15:0] crc_i,
    input  wire [ 7:0] data_i,
    output wire [15:0] crc_o
);

  wire [7:0] top = crc_i[15:8] ^ data_i;
  wire [7:0] t = top ^ {4'd0, top[7:4]};

  assign crc_o = {crc_i[7:0], 8'd0} ^ {t[3:0], 12'd0} ^ {3'd0, t, 5'd0} ^ {8'd0, t};

endmodule

`default_nettype wire
