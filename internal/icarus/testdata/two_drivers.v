// A net with two drivers, which disagree where bit 1 of b is set.
module mul(input [3:0] a, b, output [7:0] p);
  wire [7:0] q = a * b;
  wire t;
  assign t = a[2];
  assign t = a[2] ^ b[1];
  assign p = q ^ {8{t}};
endmodule
