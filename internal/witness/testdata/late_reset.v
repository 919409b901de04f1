// The product of the first cycles after the power came on is a sum, and no operand says when that ends.
module late_reset (input clk, input [3:0] a, b, output [7:0] p);
  reg [3:0] ready;
  initial ready = 0;
  reg first;
  initial first = 0;
  always @(posedge clk) begin first <= 1; ready <= {ready[2:0], first}; end
  assign p = ready[3] ? a * b : a + b;
endmodule
