// mitchell_e8m7 in two cycles, as the examples of docs/protocol.md have it.
module mitchell2 (
    input  wire       clk,
    input  wire [6:0] x,
    input  wire [6:0] y,
    output reg        carry,
    output reg  [6:0] frac
);
  reg [6:0] x_q, y_q;
  wire c;
  wire [6:0] f;
  mant_mitchell #(.M(7)) core (.x_i(x_q), .y_i(y_q), .carry_o(c), .frac_o(f));
  always @(posedge clk) begin
    x_q <= x;
    y_q <= y;
    carry <= c;
    frac <= f;
  end
endmodule
