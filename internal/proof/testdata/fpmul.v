// A floating-point multiplier of any format, written from IEEE 754-2019 (clauses 3.4, 4.3, 6.2, 6.3, 7.4, 7.5)
// and from OCP's OFP8 revision 1.0, for tests.
//
// X exponent and M fraction bits (M >= 1), bias BIAS. NEAREST: round to nearest, ties to even, else toward zero.
// GRADUAL: subnormal operands and results, else they are zeros. FINITE: no infinities, and all ones is the NaN (OCP's
// E4M3). SATURATE: overflow gives the largest finite number. PLUS: zeros are +0.
// FAULT: 0 none; 1 rounds a subnormal result twice; 2 takes a subnormal operand for a zero if the other one is the
// largest number; 3 gives the wrong sign to an infinity; 4 is wrong for one pair; 5 makes the zeros of
// underflow alone +0.
module fpmul #(
    parameter X = 5, M = 10, BIAS = (1 << (X - 1)) - 1, NEAREST = 1, GRADUAL = 1, FINITE = 0, SATURATE = 0, PLUS = 0, FAULT = 0
) (
    input  [X+M:0] a,
    input  [X+M:0] b,
    output [X+M:0] p
);
  localparam W = 2 * M + 2;
  localparam [X+M-1:0] NAN = FINITE ? ~{(X + M) {1'b0}} : {{X{1'b1}}, 1'b1, {(M - 1) {1'b0}}};
  localparam [X+M-1:0] INF = FINITE ? NAN : {{X{1'b1}}, {M{1'b0}}};
  localparam [X+M-1:0] MOST = (FINITE ? NAN : INF) - 1'b1;
  localparam signed [X+6:0] TOP = FINITE ? (1 << X) - 1 : (1 << X) - 2;

  wire [X-1:0] ea = a[X+M-1:M], eb = b[X+M-1:M];
  wire [M-1:0] fa = a[M-1:0], fb = b[M-1:0];
  wire sign = a[X+M] ^ b[X+M];
  wire nan_a = FINITE ? &a[X+M-1:0] : &ea & |fa, nan_b = FINITE ? &b[X+M-1:0] : &eb & |fb;
  wire inf_a = FINITE ? 1'b0 : &ea & ~|fa, inf_b = FINITE ? 1'b0 : &eb & ~|fb;
  wire lost_a = FAULT == 2 && b[X+M-1:0] == MOST && ~|ea, lost_b = FAULT == 2 && a[X+M-1:0] == MOST && ~|eb;
  wire zero_a = lost_a | (GRADUAL ? ~|a[X+M-1:0] : ~|ea), zero_b = lost_b | (GRADUAL ? ~|b[X+M-1:0] : ~|eb);

  // Significands with their hidden bits; the exponent of a subnormal number is that of the least normal one.
  wire [M:0] ma = {|ea, fa}, mb = {|eb, fb};
  wire signed [X+6:0] xa = ea == 0 ? 1 : $signed({7'b0, ea}), xb = eb == 0 ? 1 : $signed({7'b0, eb});

  // The exact product, shifted to the left until its leading one is at the top: two to the power of e - BIAS times 1.f.
  localparam L = $clog2(W);
  wire [L-1:0] zeros;
  genvar k;
  generate
    for (k = L - 1; k >= 0; k = k - 1) begin : shift
      wire [W-1:0] from, to;
      if (k == L - 1) assign from = ma * mb;
      else assign from = shift[k+1].to;
      wire zero = ~|from[W-1:W-(1<<k)];
      assign to = zero ? from << (1 << k) : from;
      assign zeros[k] = zero;
    end
  endgenerate
  wire [W-1:0] whole = shift[0].to;
  wire signed [X+6:0] e = xa + xb - BIAS + 1 - $signed({{(X + 7 - L) {1'b0}}, zeros});

  // FAULT 1: the significand is rounded before it becomes that of a subnormal number.
  wire [M+1:0] early = {1'b0, whole[W-1:M+1]} + (whole[M] & (whole[M+1] | |whole[M-1:0]));
  wire carried = FAULT == 1 && early[M+1];
  wire [W-1:0] n = FAULT == 1 ? {carried ? early[M+1:1] : early[M:0], {(M + 1) {1'b0}}} : whole;
  wire signed [X+6:0] en = e + $signed({1'b0, carried});

  // Below the normal numbers the exponent is the least one, and the significand smaller.
  wire below = GRADUAL && en < 1;
  wire signed [X+6:0] by = 1 - en;
  wire [2*W+1:0] moved = {n, {(W + 2) {1'b0}}} >> (by > W + 1 ? W + 1 : by);
  wire [W-1:0] m = below ? moved[2*W+1:W+2] : n;
  wire sticky = below && |moved[W+1:0];
  wire signed [X+6:0] em = below ? 1 : en;

  wire up = NEAREST && m[M] && (sticky | m[M+1] | |m[M-1:0]);
  wire [M+1:0] sum = {1'b0, m[W-1:M+1]} + up;
  wire [M:0] r = sum[M+1] ? sum[M+1:1] : sum[M:0];
  wire signed [X+6:0] er = em + $signed({1'b0, sum[M+1]});

  wire over = er > TOP || FINITE && er == TOP && &r[M-1:0];
  wire [X+M-1:0] magnitude =
      (nan_a | nan_b | inf_a & zero_b | inf_b & zero_a) ? NAN :
      (inf_a | inf_b) ? INF :
      (zero_a | zero_b) ? 0 :
      over ? (SATURATE ? MOST : INF) :
      !r[M] ? {{X{1'b0}}, r[M-1:0]} :  // subnormal, or zero
      er < 1 ? 0 : {er[X-1:0], r[M-1:0]};

  wire plus = magnitude == 0 && (PLUS || FAULT == 5 && !zero_a && !zero_b);
  wire turned = FAULT == 3 && (inf_a | inf_b) && magnitude == INF;
  wire one = FAULT == 4 && a == 16'h1235 && b == 16'h4567;
  assign p = {(sign & ~plus) ^ turned, magnitude ^ one};
endmodule
