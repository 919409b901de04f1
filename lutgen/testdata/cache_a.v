// Valid and ready; the last product is given again while a stays.
module cache_a(input clk, rst, in_valid, out_ready, input [7:0] a, b,
               output in_ready, output reg out_valid, output reg [15:0] p);
  reg [8:0] last;
  assign in_ready = !out_valid || out_ready;
  always @(posedge clk)
    if (rst) begin
      out_valid <= 0;
      last <= 9'h100;
    end else if (in_ready) begin
      out_valid <= in_valid;
      if (in_valid && last != {1'b0, a}) begin
        p    <= a * b;
        last <= {1'b0, a};
      end
    end
endmodule
