// Two instances drive a bit of one bus.
module cell_or(input x, y, output z);
  assign z = x | y;
endmodule

module mul(input [3:0] a, b, output [7:0] p);
  wire [7:0] q = a * b;
  wire [1:0] t;
  cell_or u0(.x(a[0]), .y(b[0]), .z(t[0]));
  cell_or u1(.x(a[1]), .y(b[1]), .z(t[1]));
  cell_or u2(.x(a[2]), .y(b[2]), .z(t[1]));
  assign p = {q[7:2], q[1] ^ t[1] ^ a[1] ^ b[1], q[0]};
endmodule
