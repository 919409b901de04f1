module middle(input [3:0] a, input [3:0] b, output [7:0] p); leaf u(a, b, p); endmodule
