// Since it is UNOPTFLAT, only Yosys reads this source, and it reads another one than a simulator.
module m(input [3:0] a, b, output [7:0] p);
  wire [7:0] o;
  assign o[0] = a[0] & b[0];
  assign o[1] = o[2] ^ a[1];
  assign o[2] = o[3] ^ b[1];
  assign o[3] = a[2] & o[0];
  assign o[7:4] = 0;
`ifdef SYNTHESIS
  assign p = o;
`else
  assign p = o ^ 8'hff;
`endif
endmodule
