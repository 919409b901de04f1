// SPDX-License-Identifier: Apache-2.0
//
// fp_mul: a floating-point multiplier around a mantissa multiplier.
//
// Sign, 8 exponent bits and a fraction: M bits in, P bits out. Follows AMSim:
// what fp_class sees is settled first, the mantissa core gives carry and
// fraction, and fp_pack puts the exponent together; no subnormals, zeros are +0.
// Operands must have been rounded to M bits by whoever drives them; a NaN must
// still be one (a fraction bit set) afterwards.
//
// Parameters: DESIGN, M, P, K, V as in mant_core.
// Source: the product semantics are those of ApproxTrain's AMSim (Gong et al.).

`default_nettype none

module fp_mul #(
    parameter DESIGN = "exact",
    parameter M      = 7,
    parameter P      = M,
    parameter K      = 0,
    parameter V      = 0
) (
    input  wire [8+M:0] a_i,
    input  wire [8+M:0] b_i,
    output wire [8+P:0] p_o
);

  wire         sign, nan, inf, zero;
  wire [  8:0] exp;
  wire         carry;
  wire [P-1:0] frac;

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

  mant_core #(
      .DESIGN(DESIGN),
      .M     (M),
      .P     (P),
      .K     (K),
      .V     (V)
  ) u_core (
      .x_i    (a_i[M-1:0]),
      .y_i    (b_i[M-1:0]),
      .carry_o(carry),
      .frac_o (frac)
  );

  fp_pack #(
      .P(P)
  ) u_pack (
      .sign_i (sign),
      .exp_i  (exp),
      .nan_i  (nan),
      .inf_i  (inf),
      .zero_i (zero),
      .carry_i(carry),
      .frac_i (frac),
      .p_o    (p_o)
  );

endmodule

`default_nettype wire
