// middle is found in this folder, leaf in other.v, subtract in a folder beside.
module outer(input [3:0] a, input [3:0] b, output [7:0] p); middle u(a, b, p); endmodule
