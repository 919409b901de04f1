module SUBTRACT(input [7:0] q, input [3:0] b, output [7:0] p); assign p = q - (b == 3); endmodule
