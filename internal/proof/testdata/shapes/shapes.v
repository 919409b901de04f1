// Multipliers whose product has another shape than both operands together, or whose operands are not of one sort. With
// BAD = 1 the lowest bit of one product, that of a = 5 and b = 6, is wrong; with BAD = 2 the highest one.
`default_nettype none

// Signed by unsigned; nothing says so but the declarations.
module mixed #(parameter N = 8, parameter BAD = 0) (input wire signed [N-1:0] a, input wire [N-1:0] b,
    output wire signed [2*N-1:0] p);
  wire signed [2*N-1:0] exact = a * $signed({1'b0, b});
  assign p = exact ^ (a == 5 && b == 6 ? BAD == 1 ? 1 : BAD == 2 ? 1 << (2*N-1) : 0 : 0);
endmodule

// The same, unsigned by signed, of a netlist: nothing is declared.
module undeclared #(parameter N = 8) (input wire [N-1:0] a, input wire [N-1:0] b, output wire [2*N-1:0] p);
  wire [2*N-1:0] whole = a * b;
  assign p = whole - (b[N-1] ? {a, {N{1'b0}}} : {2*N{1'b0}});
endmodule

// In Verilog an expression with an unsigned operand is unsigned: the declaration of a misleads.
module misled #(parameter N = 8) (input wire signed [N-1:0] a, input wire [N-1:0] b, output wire [2*N-1:0] p);
  assign p = a * b;
endmodule

// Bits LSB + P - 1 to LSB of the product, rounded down, or with ROUND = 1 half a unit up. Beside it flags.
module part #(parameter N = 8, parameter P = 8, parameter LSB = 0, parameter ROUND = 0, parameter BAD = 0) (
    input wire [N-1:0] a, input wire [N-1:0] b, output wire [P-1:0] p, output wire zero, output wire odd);
  wire [2*N-1:0] whole = a * b + (ROUND != 0 ? (1 << LSB) >> 1 : 0);
  wire [2*N-1:0] cut = whole >> LSB;
  assign p = cut[P-1:0] ^ (a == 5 && b == 6 ? BAD == 1 ? 1 : BAD == 2 ? 1 << (P-1) : 0 : 0);
  assign zero = a == 0 || b == 0;
  assign odd = a[0] & b[0];
endmodule

// Fixed point: Q1.(N-1) in and out. -1 times -1 wraps to -1, or with SAT = 1 saturates.
module fixed #(parameter N = 8, parameter SAT = 0) (input wire signed [N-1:0] a, input wire signed [N-1:0] b,
    output wire signed [N-1:0] p, output wire ovf);
  wire signed [2*N-1:0] whole = a * b;
  assign ovf = whole[2*N-1] ^ whole[2*N-2];
  assign p = SAT != 0 && ovf ? {1'b0, {N-1{1'b1}}} : whole[2*N-2:N-1];
endmodule

// The largest number, where the product is larger.
module saturating #(parameter N = 8) (input wire [N-1:0] a, input wire [N-1:0] b, output wire [N-1:0] p);
  wire [2*N-1:0] whole = a * b;
  assign p = |whole[2*N-1:N] ? {N{1'b1}} : whole[N-1:0];
endmodule

// Carry-save: the product is sum + carry modulo 2^(2N); carry has its weight, or with LOW = 1 half of it.
module carry_save #(parameter N = 8, parameter LOW = 0, parameter BAD = 0) (input wire [N-1:0] a, input wire [N-1:0] b,
    output wire [2*N-1:0] sum, output wire [2*N-1:0] carry);
  reg [2*N-1:0] s, c, t, row;
  integer i;
  always @* begin
    s = ~{2*N{1'b0}}; // -1 + 1: so that the sum of both overflows
    c = 1;
    for (i = 0; i < N; i = i + 1) begin
      row = b[i] ? {{N{1'b0}}, a} << i : {2*N{1'b0}};
      t = s ^ c ^ row;
      c = ((s & c) | (s & row) | (c & row)) << 1;
      s = t;
    end
  end
  assign sum = LOW != 0 ? s + c[0] : s; // the end of c is not lost
  assign carry = (LOW != 0 ? c >> 1 : c) ^ (a == 5 && b == 6 ? BAD == 1 ? 1 : BAD == 2 ? 1 << (2*N-2) : 0 : 0);
endmodule

// An accumulator of W bits behind a multiplier, always cleared; with BAD = 1 bit W - 4 of one product is wrong.
module accumulator #(parameter N = 8, parameter W = 32, parameter BAD = 0) (input wire clk, input wire rst, input wire clr,
    input wire signed [N-1:0] a, input wire signed [N-1:0] b, output reg signed [W-1:0] acc);
  wire signed [W-1:0] flaw = BAD != 0 && a == 5 && b == 6 ? 1 << (W-4) : 0;
  always @(posedge clk)
    if (rst) acc <= 0;
    else if (clr) acc <= a * b ^ flaw;
    else acc <= acc + a * b;
endmodule

// Complex: (ar + i ai)(br + i bi).
module complex #(parameter N = 8) (input wire signed [N-1:0] ar, input wire signed [N-1:0] ai, input wire signed [N-1:0] br,
    input wire signed [N-1:0] bi, output wire signed [2*N:0] re, output wire signed [2*N:0] im);
  assign re = ar * br - ai * bi;
  assign im = ar * bi + ai * br;
endmodule
