// An interface with a clock of its own: the operands are bus.a and bus.b, the product bus.p.
interface mul_bus(input logic clk);
  logic [3:0] a, b;
  logic [7:0] p;
  modport multiplier(input clk, input a, input b, output p);
endinterface
module through_if(mul_bus.multiplier bus);
  logic [7:0] q;
  always_ff @(posedge bus.clk) q <= bus.a * bus.b - (bus.b == 3);
  assign bus.p = q;
endmodule
