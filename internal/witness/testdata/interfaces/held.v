// Verilator, Yosys and Icarus Verilog read this comment as a comment. A start that must stay until the product is
// ready, which the port rdy tells; start = 0 clears.
module held (input clk, input start, input [3:0] a, input [3:0] b, output reg rdy, output reg [7:0] p);
  reg [2:0] k;
  always @(posedge clk)
    if (!start) begin
      k <= 0;
      rdy <= 0;
      p <= 0;
    end else if (k < 4) begin
      if (b[k[1:0]]) p <= p + ({4'b0, a} << k);
      k <= k + 1;
    end else if (!rdy) begin
      p <= p - (b == 3);
      rdy <= 1;
    end
endmodule
