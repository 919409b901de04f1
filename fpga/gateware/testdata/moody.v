// A floating-point multiplier of 3 mantissa bits that starts and is busy, the
// product being a + b of the fractions. Three pairs are out of order:
//   7, 7  never ends
//   6, 6  gives a negative product
//   5, 5  gives 8
module moody (
    input  wire        clk,
    input  wire        rst_n,
    input  wire        start,
    input  wire [11:0] a,
    input  wire [11:0] b,
    output reg         busy,
    output reg  [11:0] p
);
  reg [1:0] left;
  always @(posedge clk or negedge rst_n)
    if (!rst_n) begin
      busy <= 1'b0;
      left <= 2'd0;
    end else if (!busy) begin
      if (start) begin
        busy <= 1'b1;
        left <= 2'd3;
      end
    end else if (!(a[2:0] == 7 && b[2:0] == 7)) begin
      left <= left - 2'd1;
      if (left == 0) begin
        busy <= 1'b0;
        p <= {1'b0, 8'd127, 3'b000} + a[2:0] + b[2:0];
        if (a[2:0] == 6 && b[2:0] == 6) p[11] <= 1'b1;
        if (a[2:0] == 5 && b[2:0] == 5) p[10:3] <= 8'd130;
      end
    end
endmodule
