// The list lacks b.
module always_list (input [3:0] a, b, output reg [7:0] p);
  always @(a)
    p = a * b;
endmodule
