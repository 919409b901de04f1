// SPDX-License-Identifier: Apache-2.0
//
// mant_uint: an unsigned integer multiplier as a mantissa core.
//
// Q = mult(2^M + x, 2^M + y) with the (M+1) x (M+1) design named, normalised and
// truncated as in mant_exact. An approximate Q may fall below 2^(2M), the least
// product of two significands; it is then taken as 2^(2M), that is 1.0.
//
// Parameters: M 1..11; DESIGN, K, V as in uint_core, of width N = M + 1 (so "udm"
// needs an odd M).

`default_nettype none

module mant_uint #(
    parameter M      = 7,
    parameter DESIGN = "exact",
    parameter K      = 0,
    parameter V      = 0
) (
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    output wire         carry_o,
    output wire [M-1:0] frac_o
);

  // Truncation is the rule: the low bits of q go nowhere.
  // verilator lint_off UNUSEDSIGNAL
  wire [2*M+1:0] q;
  // verilator lint_on UNUSEDSIGNAL

  uint_core #(
      .DESIGN(DESIGN),
      .N     (M + 1),
      .K     (K),
      .V     (V)
  ) u_core (
      .a_i({1'b1, x_i}),
      .b_i({1'b1, y_i}),
      .p_o(q)
  );

  // q[2M+1] | q[2M] | product     | frac
  //    1    |   -   | 2.0 or more | below the top bit
  //    0    |   1   | 1.0 or more | below the next bit
  //    0    |   0   | too small   | 0, as for 1.0
  assign carry_o = q[2*M+1];
  assign frac_o  = carry_o ? q[M+1+:M] : q[2*M] ? q[M+:M] : {M{1'b0}};

endmodule

`default_nettype wire
