// SPDX-License-Identifier: Apache-2.0
//
// row_digest: a CRC of 32 bits whose polynomial is a key, over one bit at a time.
//
// load_i takes the key: the polynomial x^32 + key, of which the lowest bit of key_i
// is the coefficient of 1. It counts two cycles later. start_i makes the CRC
// ffffffff; valid_i takes a bit. digest_o is the CRC of the bits so far.
//
// All bits of the key are needed at once, and an iCE40 has more block RAM than
// registers to spare: the key stands in the output registers of two block RAMs.

`default_nettype none

module row_digest (
    input  wire        clk_i,
    input  wire [31:0] key_i,
    input  wire        load_i,
    input  wire        start_i,
    input  wire        bit_i,
    input  wire        valid_i,
    output reg  [31:0] digest_o
);

  // nomem2reg: yosys would make registers of a memory with a fixed address.
  // What is read while it is written is not used.
  (* nomem2reg, no_rw_check, ram_style = "block" *)
  reg [31:0] mem[0:1];
  reg [31:0] key_q;

  always @(posedge clk_i) begin
    if (load_i) mem[0] <= key_i;
    key_q <= mem[0];
  end

  wire over = digest_o[31] ^ bit_i;

  always @(posedge clk_i) begin
    if (start_i) digest_o <= 32'hffffffff;
    else if (valid_i) digest_o <= {digest_o[30:0], 1'b0} ^ (over ? key_q : 32'd0);
  end

endmodule

`default_nettype wire
