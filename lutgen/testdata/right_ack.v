// "Done" stays until it is acknowledged.
module right_ack(input clk, rst, start, ack, input [3:0] a, b, output reg done, output reg [7:0] p);
  always @(posedge clk)
    if (rst) done <= 0;
    else if (done) begin
      if (ack) done <= 0;
    end else if (start) begin
      done <= 1;
      p <= a * b;
    end
endmodule
