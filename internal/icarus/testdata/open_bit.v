// Bit 5 of the product has no driver.
module mul(input [3:0] a, b, output [7:0] p);
  wire [7:0] q = a * b;
  assign p[7:6] = q[7:6];
  assign p[4:0] = q[4:0];
endmodule
