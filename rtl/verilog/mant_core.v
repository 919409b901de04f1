// SPDX-License-Identifier: Apache-2.0
//
// mant_core: one of the mantissa multipliers, by name.
//
// Parameters: DESIGN one of
//   "exact" "mitchell" "mbm"           P = M
//   "exact-rne"                        P 1..23
//   "exact-full"                       P = 2M + 1
//   "realm"                            P = M, K = segments (4, 8, 16), M >= 6
//   "uint-exact" "uint-mitchell" "uint-mbm" "drum" "roba" "udm" "trunc" "bam"
//                                      P = M, the unsigned multiplier of width
//                                      M + 1 of that name; K, V as in uint_core
// M 1..11, the fraction bits of the operands; P those of the result.
// An unknown name stops elaboration at the missing module `unknown_design`, a
// P that the design does not have at one that names the right value.

`default_nettype none

module mant_core #(
    parameter DESIGN = "exact",
    parameter M      = 7,
    parameter P      = M,
    parameter K      = 0,
    parameter V      = 0
) (
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    output wire         carry_o,
    output wire [P-1:0] frac_o
);

  // A string parameter is as wide as its value, so these comparisons are of
  // unequal widths; the shorter side is filled with zeros, which match no letter.
  // verilator lint_off WIDTH
  localparam IS_EXACT         = (DESIGN == "exact");
  localparam IS_EXACT_RNE     = (DESIGN == "exact-rne");
  localparam IS_EXACT_FULL    = (DESIGN == "exact-full");
  localparam IS_MITCHELL      = (DESIGN == "mitchell");
  localparam IS_MBM           = (DESIGN == "mbm");
  localparam IS_REALM         = (DESIGN == "realm");
  localparam IS_UINT_EXACT    = (DESIGN == "uint-exact");
  localparam IS_UINT_MITCHELL = (DESIGN == "uint-mitchell");
  localparam IS_UINT_MBM      = (DESIGN == "uint-mbm");
  localparam IS_DRUM          = (DESIGN == "drum");
  localparam IS_ROBA          = (DESIGN == "roba");
  localparam IS_UDM           = (DESIGN == "udm");
  localparam IS_TRUNC         = (DESIGN == "trunc");
  localparam IS_BAM           = (DESIGN == "bam");
  // verilator lint_on WIDTH

  localparam IS_UINT = IS_DRUM || IS_ROBA || IS_UDM || IS_TRUNC || IS_BAM;

  generate
    if (IS_EXACT_RNE) begin : gen_exact_rne
      mant_exact_rne #(.M(M), .P(P)) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (IS_EXACT_FULL && P != 2 * M + 1) begin : gen_bad_full
      mant_core_exact_full_needs_p_equal_2m_plus_1 u_bad_p ();
      assign {carry_o, frac_o} = {(P + 1) {1'b0}};
    end else if (IS_EXACT_FULL) begin : gen_exact_full
      mant_exact_full #(.M(M)) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (P != M) begin : gen_bad_p
      mant_core_needs_p_equal_m u_bad_p ();
      assign {carry_o, frac_o} = {(P + 1) {1'b0}};
    end else if (IS_EXACT) begin : gen_exact
      mant_exact #(.M(M)) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (IS_MITCHELL) begin : gen_mitchell
      mant_mitchell #(.M(M)) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (IS_MBM) begin : gen_mbm
      mant_mbm #(.M(M)) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (IS_REALM) begin : gen_realm
      mant_realm #(.M(M), .SEGMENTS(K)) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (IS_UINT_EXACT) begin : gen_uint_exact
      mant_uint #(.M(M), .DESIGN("exact")) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (IS_UINT_MITCHELL) begin : gen_uint_mitchell
      mant_uint #(.M(M), .DESIGN("mitchell")) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (IS_UINT_MBM) begin : gen_uint_mbm
      mant_uint #(.M(M), .DESIGN("mbm")) u_core (.x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o));
    end else if (IS_UINT) begin : gen_uint
      mant_uint #(.M(M), .DESIGN(DESIGN), .K(K), .V(V)) u_core (
          .x_i(x_i), .y_i(y_i), .carry_o(carry_o), .frac_o(frac_o)
      );
    end else begin : gen_unknown
      unknown_design u_unknown_design ();
      assign {carry_o, frac_o} = {(P + 1) {1'b0}};
    end
  endgenerate

endmodule

`default_nettype wire
