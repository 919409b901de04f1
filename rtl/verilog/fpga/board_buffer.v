// SPDX-License-Identifier: Apache-2.0
//
// board_buffer: the words of a response, in block RAM: 256 of them, written one
// after another from the first. A word is on word_o one cycle after its number is
// on index_i.

`default_nettype none

module board_buffer (
    input  wire        clk_i,
    input  wire        clear_i,
    input  wire        write_i,
    input  wire [31:0] word_i,
    output reg  [ 8:0] count_o,  // words written since it was cleared
    input  wire [ 7:0] index_i,
    output reg  [31:0] word_o
);

  // Nothing is read while something is written.
  (* no_rw_check *)
  reg [31:0] mem[0:255];

  always @(posedge clk_i) begin
    if (write_i) mem[count_o[7:0]] <= word_i;
    word_o <= mem[index_i];
  end

  always @(posedge clk_i) begin
    if (clear_i) count_o <= 9'd0;
    else if (write_i) count_o <= count_o + 9'd1;
  end

endmodule

`default_nettype wire
