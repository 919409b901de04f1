// No product for a = b: that of the pair before stays.
module latch (input [3:0] a, b, output reg [7:0] p);
  always @*
    if (a != b) p = a * b;
endmodule
