// A gated clock: p is formed only when b has changed.
module m(input clk, input [7:0] a, b, output reg [15:0] p);
  reg [7:0] bq; wire g = clk & (b != bq);
  always @(posedge clk) bq <= b;
  always @(posedge g) p <= a*b;
endmodule
