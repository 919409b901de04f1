// Takes no operands for three cycles after it took some, and after a reset.
module rests (
    input  wire       clk,
    input  wire       rst,
    input  wire       in_valid,
    output wire       in_ready,
    input  wire [2:0] a,
    input  wire [2:0] b,
    output reg        out_valid,
    output reg  [5:0] p
);
  reg [1:0] left;
  assign in_ready = (left == 0);
  always @(posedge clk) begin
    out_valid <= !rst && in_valid && in_ready;
    if (in_ready) p <= a * b + a;
    if (rst || in_valid && in_ready) left <= 3;
    else if (left != 0) left <= left - 1;
  end
endmodule
