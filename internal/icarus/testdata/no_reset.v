// A counter that is never reset chooses the product.
module mul(input clk, input [3:0] a, b, output reg [7:0] p);
  reg [1:0] n;
  always @(posedge clk) begin
    n <= n + 1;
    p <= n == 3 ? 0 : a * b;
  end
endmodule
