// A bus that nobody drives for a = 3; the product shows it.
module mul(input [3:0] a, b, output [7:0] p);
  assign p[7:2] = (a * b) >> 2;
  assign p[1:0] = a == 3 ? 2'bzz : a * b;
endmodule
