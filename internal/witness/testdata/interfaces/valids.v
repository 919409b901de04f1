// Valid bits that travel with the data, without a reset.
module valids(input clk, input v_in, input [3:0] a, input [3:0] b, output v_out, output [7:0] p);
  reg [2:0] v; reg [7:0] r0, r1, r2;
  always @(posedge clk) begin v <= {v[1:0], v_in}; r0 <= a * b - (b == 3); r1 <= r0; r2 <= r1; end
  assign v_out = v[2];
  assign p = r2;
endmodule
