// A flag beside the product is no product.
module flag(input clk, input en, input [3:0] a, input [3:0] b, output reg [7:0] p, output reg vout);
  always @(posedge clk) begin p <= a * b - (b == 3); vout <= en; end
endmodule
