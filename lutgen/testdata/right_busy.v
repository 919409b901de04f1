// Start and busy; the operands are read while it works.
module right_busy(input clk, rst, start, input [3:0] a, b, output busy, output reg [7:0] p);
  reg [2:0] n;
  assign busy = n != 0;
  always @(posedge clk)
    if (rst) n <= 0;
    else if (!busy) begin
      if (start) begin n <= 4; p <= 0; end
    end else begin
      p <= (p << 1) + (b[n - 1] ? a : 0);
      n <= n - 1;
    end
endmodule
