// Start, ready (it is idle) and done; the operands are read while it works.
module right_held(input clk, rst, start, input [3:0] a, b, output ready, output reg done, output reg [7:0] p);
  reg [2:0] n;
  assign ready = n == 0;
  always @(posedge clk)
    if (rst) {n, done} <= 0;
    else begin
      done <= n == 1;
      if (n == 0) begin
        if (start) begin n <= 4; p <= 0; end
      end else begin
        p <= (p << 1) + (b[n - 1] ? a : 0);
        n <= n - 1;
      end
    end
endmodule
