// A correction that synthesis does not see.
module translate_off (input [3:0] a, b, output [7:0] p);
  wire [7:0] q = a * b;
  wire [7:0] fix;
  // synthesis translate_off
  assign p = q + 8'd1;
  // synthesis translate_on
`ifdef SYNTHESIS
  assign p = q;
`endif
endmodule
