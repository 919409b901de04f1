// SPDX-License-Identifier: Apache-2.0
//
// fp_mul_pipe: fp_mul in three pipeline stages, a new pair every cycle.
//
//   stage 1  unpack and classify     registers the parts and both fractions
//   stage 2  mantissa core           registers carry and fraction
//   stage 3  pack                    registers the product
//
// Latency is fixed: the product of the operands sampled at one rising edge is on
// p_o after the third, that one counted. There are no valid signals; reset
// clears the pipe, and for operands not yet through it p_o is +0.
//
// Parameters: DESIGN, M, P, K, V as in mant_core.

`default_nettype none

module fp_mul_pipe #(
    parameter DESIGN = "exact",
    parameter M      = 7,
    parameter P      = M,
    parameter K      = 0,
    parameter V      = 0
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire [8+M:0] a_i,
    input  wire [8+M:0] b_i,
    output wire [8+P:0] p_o
);

  // Stage 1: unpack and classify.
  wire       sign, nan, inf, zero;
  wire [8:0] exp;

  fp_class #(
      .M(M)
  ) u_class (
      .a_i   (a_i),
      .b_i   (b_i),
      .sign_o(sign),
      .exp_o (exp),
      .nan_o (nan),
      .inf_o (inf),
      .zero_o(zero)
  );

  reg [M-1:0] x1_q, y1_q;
  reg sign1_q, nan1_q, inf1_q, zero1_q;
  reg [8:0] exp1_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      x1_q    <= {M{1'b0}};
      y1_q    <= {M{1'b0}};
      sign1_q <= 1'b0;
      nan1_q  <= 1'b0;
      inf1_q  <= 1'b0;
      zero1_q <= 1'b1;
      exp1_q  <= 9'd0;
    end else begin
      x1_q    <= a_i[M-1:0];
      y1_q    <= b_i[M-1:0];
      sign1_q <= sign;
      nan1_q  <= nan;
      inf1_q  <= inf;
      zero1_q <= zero;
      exp1_q  <= exp;
    end
  end

  // Stage 2: the mantissa core.
  wire         carry;
  wire [P-1:0] frac;

  mant_core #(
      .DESIGN(DESIGN),
      .M     (M),
      .P     (P),
      .K     (K),
      .V     (V)
  ) u_core (
      .x_i    (x1_q),
      .y_i    (y1_q),
      .carry_o(carry),
      .frac_o (frac)
  );

  reg         carry2_q;
  reg [P-1:0] frac2_q;
  reg sign2_q, nan2_q, inf2_q, zero2_q;
  reg [8:0] exp2_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      carry2_q <= 1'b0;
      frac2_q  <= {P{1'b0}};
      sign2_q  <= 1'b0;
      nan2_q   <= 1'b0;
      inf2_q   <= 1'b0;
      zero2_q  <= 1'b1;
      exp2_q   <= 9'd0;
    end else begin
      carry2_q <= carry;
      frac2_q  <= frac;
      sign2_q  <= sign1_q;
      nan2_q   <= nan1_q;
      inf2_q   <= inf1_q;
      zero2_q  <= zero1_q;
      exp2_q   <= exp1_q;
    end
  end

  // Stage 3: pack.
  wire [8+P:0] product;
  reg  [8+P:0] product3_q;

  fp_pack #(
      .P(P)
  ) u_pack (
      .sign_i (sign2_q),
      .exp_i  (exp2_q),
      .nan_i  (nan2_q),
      .inf_i  (inf2_q),
      .zero_i (zero2_q),
      .carry_i(carry2_q),
      .frac_i (frac2_q),
      .p_o    (product)
  );

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) product3_q <= {(9 + P) {1'b0}};
    else product3_q <= product;
  end

  assign p_o = product3_q;

endmodule

`default_nettype wire
