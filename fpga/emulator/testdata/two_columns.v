// SPDX-License-Identifier: Apache-2.0
//
// two_columns: an 8-bit multiplier with two wrong products in every row. The two
// errors together are a multiple of the polynomial of CRC-16/CCITT-FALSE, so the
// row's CRC-16 in a .lut file stays as it is: 512 of 65,536 products are wrong.

module two_columns (
    input  wire [ 7:0] a,
    input  wire [ 7:0] b,
    output wire [15:0] p
);

  assign p = a * b ^ (b == 8'd100 ? 16'h0100 : b == 8'd101 ? 16'h2110 : 16'h0000);

endmodule
