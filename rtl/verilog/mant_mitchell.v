// SPDX-License-Identifier: Apache-2.0
//
// mant_mitchell: Mitchell's logarithmic product of two significands.
//
// log2(1 + x) is taken as x: s = x + y; carry = s >> M; frac = s mod 2^M.
// An adder, and nothing else.
//
// Parameters: M 1..11.
// Source: J. N. Mitchell, "Computer multiplication and division using binary
// logarithms", IRE Trans. Electronic Computers, 1962.

`default_nettype none

module mant_mitchell #(
    parameter M = 7
) (
    input  wire [M-1:0] x_i,
    input  wire [M-1:0] y_i,
    output wire         carry_o,
    output wire [M-1:0] frac_o
);

  assign {carry_o, frac_o} = {1'b0, x_i} + {1'b0, y_i};

endmodule

`default_nettype wire
