// Three pipeline stages; a valid bit goes along.
module right_valid(input clk, rst, in_valid, input [3:0] a, b, output out_valid, output [7:0] p);
  reg [2:0] v;
  reg [7:0] r[2:0];
  assign out_valid = v[2];
  assign p = r[2];
  always @(posedge clk) begin
    v <= rst ? 0 : {v[1:0], in_valid};
    r[0] <= a * b;
    r[1] <= r[0];
    r[2] <= r[1];
  end
endmodule
