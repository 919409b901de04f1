// Answers twice where the product had to wait for two cycles.
module twice_stalled(input clk, rst, in_valid, out_ready, input [3:0] a, b,
                     output in_ready, output reg out_valid, output reg [7:0] p);
  reg [1:0] stalled;
  assign in_ready = !out_valid;
  always @(posedge clk)
    if (rst) {out_valid, stalled} <= 0;
    else if (!out_valid) begin
      out_valid <= in_valid;
      stalled   <= 0;
      if (in_valid) p <= a * b;
    end else if (!out_ready) begin
      if (stalled != 2) stalled <= stalled + 1;
    end else begin
      out_valid <= stalled == 2;
      stalled   <= 0;
    end
endmodule
