// e8m1. The sign of an infinity is a register that nobody sets.
module fmul(input [9:0] a, b, output reg [9:0] p);
  reg sign;
  wire [3:0] m = {1'b1, a[0]} * {1'b1, b[0]};
  wire [9:0] e = a[8:1] + b[8:1] + m[3];
  always @* begin
    p = {a[9] ^ b[9], 9'b0};
    if (a[8:1] == 255 || b[8:1] == 255) p = {sign, 8'hff, 1'b0};
    else if (a[8:1] != 0 && b[8:1] != 0 && e > 127 && e < 382) p[8:0] = {e[7:0] - 8'd127, m[3] ? m[2] : m[1]};
  end
endmodule
