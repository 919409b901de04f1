// "Done" stays until the next start.
module right_level(input clk, rst, start, input [3:0] a, b, output reg done, output reg [7:0] p);
  reg [3:0] y;
  reg [7:0] x;
  reg run;
  always @(posedge clk)
    if (rst) {run, done} <= 0;
    else if (start && !run) begin
      {run, done, p} <= {2'b10, 8'b0};
      x <= a;
      y <= b;
    end else if (run) begin
      if (y[0]) p <= p + x;
      x <= x << 1;
      y <= y >> 1;
      if (y == 0) {run, done} <= 2'b01;
    end
endmodule
