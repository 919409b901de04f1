// Two instances drive the wire carry.
module half (input x, y, output c); assign c = x & y; endmodule
module two_cells (input [3:0] a, b, output [7:0] p);
  wire carry;
  half h0 (a[0], b[0], carry);
  half h1 (a[1], b[1], carry);
  assign p = a * b + carry - (a[0] & b[0]);
endmodule
