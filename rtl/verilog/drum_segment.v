// SPDX-License-Identifier: Apache-2.0
//
// drum_segment: the K bits of an operand that DRUM multiplies.
//
// With l the index of the leading one: an operand with l < K is passed as it is,
// shift 0; of a larger one the K bits from the leading one down are kept, the
// lowest of them forced to 1 (the expected value of what was cut off), and shift
// is l - K + 1.
//
// Parameters: N 1..16, the operand's width; K 1..N - 1, the segment's.

`default_nettype none

module drum_segment #(
    parameter N = 8,
    parameter K = 6
) (
    input  wire [N-1:0] a_i,
    output wire [K-1:0] segment_o,
    output wire [  3:0] shift_o
);

  localparam integer LOW = K - 1;  // index of the leading one at shift 0
  localparam [K-1:0] UNBIAS = ~({K{1'b1}} << 1);  // 1, in K bits

  // Bits of norm below the segment are the ones this design drops.
  // verilator lint_off UNUSEDSIGNAL
  wire [N-1:0] norm;
  // verilator lint_on UNUSEDSIGNAL
  wire [3:0] k;

  normalize #(.N(N)) u_norm (.a_i(a_i), .norm_o(norm), .k_o(k));

  wire cut = |a_i[N-1:K];

  assign segment_o = cut ? norm[N-1-:K] | UNBIAS : a_i[K-1:0];
  assign shift_o   = cut ? k - LOW[3:0] : 4'd0;

endmodule

`default_nettype wire
