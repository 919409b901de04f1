// A remainder by zero where a = 15.
module mul(input [3:0] a, b, output [7:0] p);
  wire [3:0] d = ~a;
  assign p = a * b + (b % d) - (b % d);
endmodule
