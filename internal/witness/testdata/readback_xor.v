// Bits of the product are read to form others, in an order in which Verilator 5.006 takes stale ones.
module readback_xor (input [3:0] A, B, output [7:0] O);
  wire t, u, v;
  assign O[6] = O[5] ^ O[2];
  assign O[3] = O[1] & v;
  assign u = B[1] | t;
  assign O[5] = u ? O[7] : B[3];
  assign O[1] = u ^ B[2];
  assign v = O[1] ^ O[5];
  assign t = O[7] ^ O[4];
  assign O[0] = ~O[3];
  assign O[2] = A[1] | O[7];
  assign O[7] = A[3] & B[0];
  assign O[4] = A[2] ^ A[0];
endmodule
