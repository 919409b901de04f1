// Two drivers of a bus, neither of which is on it for b = 3.
module floating_tri (input [3:0] a, b, output [7:0] p);
  wire [7:0] bus;
  assign bus = b < 3 ? a * b : 8'bz;
  assign p = b > 3 ? a * b : bus;
endmodule
