// SPDX-License-Identifier: Apache-2.0
//
// roba_round: an operand rounded to a power of two, for uint_roba.
//
// With l the index of the leading one the result is 2^(l + 1) if A >= 3 * 2^(l-1)
// and A != 3 and l >= 1, else 2^l; shift_o is that exponent. A >= 3 * 2^(l-1) says
// that the bit below the leading one is set too; for l = 0 there is no such bit,
// and for l = 1 it makes A = 3, the exception. Both conditions are thus "l > 1".
//
// Parameters: N 1..16.

`default_nettype none

module roba_round #(
    parameter N = 8
) (
    input  wire [N-1:0] a_i,
    output wire [  4:0] shift_o,
    output wire         zero_o
);

  localparam [N-1:0] LEADING = ~({N{1'b1}} >> 1);
  localparam [N-1:0] BELOW = LEADING >> 1;

  wire [N-1:0] norm;
  wire [3:0] k;

  normalize #(.N(N)) u_norm (.a_i(a_i), .norm_o(norm), .k_o(k));

  wire up = (k > 4'd1) & |(norm & BELOW);

  assign shift_o = {1'b0, k} + {4'd0, up};
  assign zero_o  = ~|(norm & LEADING);

endmodule

`default_nettype wire
