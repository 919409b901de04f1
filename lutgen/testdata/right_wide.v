// "Done" is high for two cycles.
module right_wide(input clk, rst, start, input [3:0] a, b, output done, output reg [7:0] p);
  reg [1:0] n;
  assign done = n == 2 || n == 1;
  always @(posedge clk)
    if (rst) n <= 0;
    else if (start && (n == 0 || n == 1)) begin
      n <= 3;
      p <= a * b;
    end else if (n != 0) n <= n - 1;
endmodule
