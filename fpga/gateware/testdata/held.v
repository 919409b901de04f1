// Two cycles in which the operands must stand still, a product in two ports, an
// input to be tied, supply pins, a parameter, a macro and an output that is open.
module held #(
    parameter W = 2
) (
    input  wire           clk,
    input  wire           reset,
    input  wire           en,
    input  wire [    1:0] mode,
    input  wire           vdd,
    input  wire [  W-1:0] a,
    input  wire [  W-1:0] b,
    output reg  [  W-1:0] hi,
    output reg  [  W-1:0] lo,
    output wire           zero
);
  reg [2*W-1:0] low;
  assign zero = (lo == 0);
  always @(posedge clk)
    if (reset) begin
      low <= 0;
      {hi, lo} <= 0;
    end else if (en && vdd && mode == 2) begin
      low <= a * b[W/2-1:0];
      {hi, lo} <= low + ((a * b[W-1:W/2]) << (W/2)) + `EXTRA;  // b of a later cycle
    end
endmodule
