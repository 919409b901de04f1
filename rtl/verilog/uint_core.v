// SPDX-License-Identifier: Apache-2.0
//
// uint_core: one of the unsigned integer multipliers, by name.
//
// Parameters: DESIGN "exact", "mitchell", "mbm", "drum", "roba", "udm", "trunc"
// or "bam"; N 1..16 (even for "udm"); K the design's first number
// ("drum": kept bits, "trunc": dropped bits, "bam": horizontal break), V its
// second ("bam": vertical break); both ignored by designs that have none.
// An unknown name stops elaboration at the missing module `unknown_design`.

`default_nettype none

module uint_core #(
    parameter DESIGN = "exact",
    parameter N      = 8,
    parameter K      = 0,
    parameter V      = 0
) (
    input  wire [  N-1:0] a_i,
    input  wire [  N-1:0] b_i,
    output wire [2*N-1:0] p_o
);

  // A string parameter is as wide as its value, so these comparisons are of
  // unequal widths; the shorter side is filled with zeros, which match no letter.
  // verilator lint_off WIDTH
  localparam IS_EXACT    = (DESIGN == "exact");
  localparam IS_MITCHELL = (DESIGN == "mitchell");
  localparam IS_MBM      = (DESIGN == "mbm");
  localparam IS_DRUM     = (DESIGN == "drum");
  localparam IS_ROBA     = (DESIGN == "roba");
  localparam IS_UDM      = (DESIGN == "udm");
  localparam IS_TRUNC    = (DESIGN == "trunc");
  localparam IS_BAM      = (DESIGN == "bam");
  // verilator lint_on WIDTH

  generate
    if (IS_EXACT) begin : gen_exact
      uint_exact #(.N(N)) u_mul (.a_i(a_i), .b_i(b_i), .p_o(p_o));
    end else if (IS_MITCHELL) begin : gen_mitchell
      uint_mitchell #(.N(N)) u_mul (.a_i(a_i), .b_i(b_i), .p_o(p_o));
    end else if (IS_MBM) begin : gen_mbm
      uint_mbm #(.N(N)) u_mul (.a_i(a_i), .b_i(b_i), .p_o(p_o));
    end else if (IS_DRUM) begin : gen_drum
      uint_drum #(.N(N), .K(K)) u_mul (.a_i(a_i), .b_i(b_i), .p_o(p_o));
    end else if (IS_ROBA) begin : gen_roba
      uint_roba #(.N(N)) u_mul (.a_i(a_i), .b_i(b_i), .p_o(p_o));
    end else if (IS_UDM) begin : gen_udm
      uint_udm #(.N(N)) u_mul (.a_i(a_i), .b_i(b_i), .p_o(p_o));
    end else if (IS_TRUNC) begin : gen_trunc
      uint_trunc #(.N(N), .K(K)) u_mul (.a_i(a_i), .b_i(b_i), .p_o(p_o));
    end else if (IS_BAM) begin : gen_bam
      uint_bam #(.N(N), .K(K), .V(V)) u_mul (.a_i(a_i), .b_i(b_i), .p_o(p_o));
    end else begin : gen_unknown
      unknown_design u_unknown_design ();
      assign p_o = {(2 * N) {1'b0}};
    end
  endgenerate

endmodule

`default_nettype wire
