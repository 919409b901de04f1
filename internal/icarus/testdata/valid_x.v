// done depends on a register that nobody sets.
module mul(input clk, rst, start, input [3:0] a, b, output reg done, output reg [7:0] p);
  reg failed;
  always @(posedge clk) begin
    if (start) p <= a * b;
    done <= !rst && start && !failed;
  end
endmodule
