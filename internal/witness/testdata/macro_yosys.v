// Other logic for Yosys.
module macro_yosys (input [3:0] a, b, output [7:0] p);
`ifndef YOSYS
  assign p = a * b;
`else
  assign p = a * b | 8'd1;
`endif
endmodule
