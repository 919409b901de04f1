// One bit of a carry chain was forgotten.
module undriven_bit (input [3:0] a, b, output [7:0] p);
  wire [3:0] carry;
  assign carry[1:0] = a[1:0] & b[1:0];
  assign carry[3] = 1'b0;
  assign p = a * b + carry - (a[1:0] & b[1:0]);
endmodule
