// A product that is not taken at once is replaced by the operands' sum.
module withdrawn(input clk, rst, in_valid, out_ready, input [3:0] a, b,
                 output in_ready, output reg out_valid, output reg [7:0] p);
  assign in_ready = !out_valid;
  always @(posedge clk)
    if (rst) out_valid <= 0;
    else if (!out_valid) begin
      out_valid <= in_valid;
      if (in_valid) p <= a * b;
    end else if (out_ready) out_valid <= 0;
    else p <= a + b;
endmodule
