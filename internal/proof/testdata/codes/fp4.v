`default_nettype none

// OCP MX FP4 (E2M1): the product of magnitudes in quarters, rounded to nearest, ties to the even code, saturated.
module fp4_core (
  input  wire [3:0] a,
  input  wire [3:0] b,
  output wire [3:0] p
);
  function [3:0] halves(input [2:0] code);
    case (code)
      0: halves = 0;
      1: halves = 1;
      2: halves = 2;
      3: halves = 3;
      4: halves = 4;
      5: halves = 6;
      6: halves = 8;
      default: halves = 12;
    endcase
  endfunction
  wire [7:0] q = halves(a[2:0]) * halves(b[2:0]);
  wire [2:0] m = q <= 1 ? 0 : q < 3 ? 1 : q <= 5 ? 2 : q < 7 ? 3 : q <= 10 ? 4 : q < 14 ? 5 : q <= 20 ? 6 : 7;
  assign p = {a[3] ^ b[3], m};
endmodule

module fp4 (
  input  wire [3:0] a,
  input  wire [3:0] b,
  output wire [3:0] p
);
  fp4_core core (.a(a), .b(b), .p(p));
endmodule

// The same number in another order of bits: exponent, sign, fraction, of which fp4_permuted.csv is the decode table.
module fp4_permuted (
  input  wire [3:0] a,
  input  wire [3:0] b,
  output wire [3:0] p
);
  wire [3:0] q;
  fp4_core core (.a({a[1], a[3:2], a[0]}), .b({b[1], b[3:2], b[0]}), .p(q));
  assign p = {q[2:1], q[3], q[0]};
endmodule

// In two's complement: 8 is no number. fp4_twos.csv is the decode table.
module fp4_twos (
  input  wire signed [3:0] a,
  input  wire signed [3:0] b,
  output wire signed [3:0] p
);
  wire [3:0] x = a[3] ? -a : a;
  wire [3:0] y = b[3] ? -b : b;
  wire [3:0] q;
  fp4_core core (.a({1'b0, x[2:0]}), .b({1'b0, y[2:0]}), .p(q));
  wire [3:0] r = a[3] ^ b[3] ? -q : q;
  assign p = a == -4'sd8 || b == -4'sd8 ? 4'b1000 : r;
endmodule

`default_nettype wire
