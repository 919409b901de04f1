// Operands in an unpacked array, the product in another one.
module unpacked(input logic [3:0] x [1:0], output logic [3:0] z [2]);
  wire [7:0] p = x[1] * x[0] - (x[0] == 3);
  assign z[0] = p[7:4];
  assign z[1] = p[3:0];
endmodule
