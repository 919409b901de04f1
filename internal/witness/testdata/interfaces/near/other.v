module leaf(input [3:0] a, input [3:0] b, output [7:0] p); wire [7:0] q = a * b; SUBTRACT u(q, b, p); endmodule
