// A reset that holds a part of the product: with either level there are products.
module part_reset(input clk, input rst, input [3:0] a, input [3:0] b, output reg [7:0] p);
  wire [7:0] f = a * b - (b == 3);
  always @(posedge clk) begin
    if (!rst) p[7:4] <= 0; else p[7:4] <= f[7:4];
    p[3:0] <= f[3:0];
  end
endmodule
