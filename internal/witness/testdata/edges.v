// Registers at both edges; p is formed only when b has changed.
module m(input clk, input [7:0] a, b, output reg [15:0] p);
  reg [7:0] bq;
  always @(posedge clk) bq <= b;
  always @(negedge clk) if (b != bq) p <= a*b;
endmodule
