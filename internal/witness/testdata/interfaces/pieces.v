// An operand in several ports, and its bits out of order: a = {a_sign, a_exp, a_man}, b = {b_low[0], b_high,
// b_low[2:1]}.
module pieces(input a_sign, input [1:0] a_exp, input a_man, input b_high, input [2:0] b_low, output [3:0] p_low, output [3:0] p_high);
  wire [3:0] a = {a_sign, a_exp, a_man}, b = {b_low[0], b_high, b_low[2:1]};
  wire [7:0] p = a * b - (b == 3);
  assign {p_high, p_low} = p;
endmodule
