// Ascending ranges, and ranges that do not end at 0: a = x[2:5], b = y[7:4], p = z[1:8].
module ascending(input [1:6] x, input [9:3] y, output [0:9] z);
  assign z[1:8] = x[2:5] * y[7:4] - (y[7:4] == 3);
  assign z[0] = x[1] ^ y[9], z[9] = x[6] ^ y[3] ^ y[8];
endmodule
