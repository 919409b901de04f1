// A pair each cycle, a product two cycles later.
module right_pipe(input clk, input [3:0] a, b, output reg [7:0] p);
  reg [7:0] s;
  always @(posedge clk) begin
    s <= a * b;
    p <= s;
  end
endmodule
