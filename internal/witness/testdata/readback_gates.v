// Random gates without a loop, in random order; bits of O are read to form others.
module readback_gates (A, B, O);
  input [3:0] A, B;
  output [7:0] O;
  wire n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13;
  assign O[3] = O[7] & O[6];
  assign O[0] = O[7] ? O[3] : O[7];
  assign O[2] = ~A[1];
  assign n4 = O[4] | O[5];
  assign n5 = B[3] | O[2];
  assign O[1] = A[0] ^ O[0];
  assign O[4] = A[0] ^ O[7];
  assign n13 = O[1] ? n5 : O[1];
  assign n8 = n1 & O[0];
  assign n0 = B[0] & O[4];
  assign n11 = O[6] ^ O[3];
  assign n2 = O[5] ? A[0] : O[0];
  assign n9 = A[3] ^ O[5];
  assign n6 = ~n0;
  assign n12 = B[3] & O[4];
  assign n1 = B[0] | O[5];
  assign n3 = A[3] & O[4];
  assign n7 = ~O[3];
  assign O[7] = B[3] ^ A[2];
  assign O[6] = O[7] ? B[2] : A[2];
  assign n10 = n3 | O[1];
  assign O[5] = O[7] ^ B[1];
endmodule
