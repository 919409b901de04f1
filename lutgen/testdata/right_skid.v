// Two pipeline stages with valid and ready; up to two products wait.
module right_skid(input clk, rst, in_valid, out_ready, input [3:0] a, b,
                  output in_ready, output out_valid, output [7:0] p);
  reg [7:0] first, second;
  reg v1, v2;
  wire move2 = !v2 || out_ready;
  assign in_ready = !v1 || move2;
  assign out_valid = v2;
  assign p = second;
  always @(posedge clk)
    if (rst) {v1, v2} <= 0;
    else begin
      if (move2) begin v2 <= v1; second <= first; end
      if (in_ready) begin v1 <= in_valid; first <= a * b; end
    end
endmodule
