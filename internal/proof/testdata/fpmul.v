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

  reg [W-1:0] n;
  reg signed [X+6:0] e;
  reg sticky, over;
  reg [M+1:0] r;
  reg [X+M-1:0] magnitude;
  integer i;

  always @* begin
    // The exact product, its leading one at the top: 1.f times two to the power of e - BIAS.
    n = ma * mb;
    e = xa + xb - BIAS + 1;
    sticky = 1'b0;
    for (i = 0; i < W; i = i + 1)
      if (!n[W-1]) begin
        n = n << 1;
        e = e - 1;
      end
    if (FAULT == 1) begin
      r = {1'b0, n[W-1:M+1]} + (n[M] & (n[M+1] | |(n & ((1 << M) - 1))));
      if (r[M+1]) begin
        r = r >> 1;
        e = e + 1;
      end
      n = {r[M:0], {(M + 1) {1'b0}}};
    end
    // Below the normal numbers: a smaller significand and the least exponent.
    if (GRADUAL)
      for (i = 0; i <= W; i = i + 1)
        if (e < 1) begin
          sticky = sticky | n[0];
          n = n >> 1;
          e = e + 1;
        end
    r = {1'b0, n[W-1:M+1]};
    if (NEAREST && n[M] && (sticky | r[0] | |(n & ((1 << M) - 1)))) r = r + 1'b1;
    if (r[M+1]) begin
      r = r >> 1;
      e = e + 1;
    end
    over = e > TOP || FINITE && e == TOP && &r[M-1:0];
    if (nan_a | nan_b | inf_a & zero_b | inf_b & zero_a) magnitude = NAN;
    else if (inf_a | inf_b) magnitude = INF;
    else if (zero_a | zero_b) magnitude = 0;
    else if (over) magnitude = SATURATE ? MOST : INF;
    else if (!r[M]) magnitude = {{X{1'b0}}, r[M-1:0]};  // subnormal, or zero
    else if (e < 1) magnitude = 0;
    else magnitude = {e[X-1:0], r[M-1:0]};
    if (FAULT == 4 && a == 16'h1235 && b == 16'h4567) magnitude = magnitude ^ 1'b1;
  end
  wire plus = magnitude == 0 && (PLUS || FAULT == 5 && !zero_a && !zero_b);
  wire turned = FAULT == 3 && (inf_a | inf_b) && magnitude == INF;
  assign p = {(sign & ~plus) ^ turned, magnitude};
endmodule
