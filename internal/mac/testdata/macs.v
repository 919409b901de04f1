// Accumulators of many kinds, and faulty ones: BUG chooses the fault of mac.

// clear, then pairs; sums wrap.
module mac #(parameter A = 8, parameter B = 8, parameter W = 24, parameter BUG = 0)
    (input clk, input rst, input clr, input en, input [A-1:0] a, input [B-1:0] b, output reg [W-1:0] acc);
  wire [A+B-1:0] exact = a * b;
  wire [A+B-1:0] product = BUG == 1 && a == 5 && b == 6 ? exact ^ 16'h0100 : exact;
  wire [W-1:0] plain = acc + product;
  // No carry into bit 20.
  wire [W-1:0] broken = {acc[W-1:20] , 20'd0} + (acc[19:0] + product & 20'hfffff);
  wire [W-1:0] sum = BUG == 2 ? broken : plain;
  reg [3:0] clears;
  always @(posedge clk)
    if (rst) begin acc <= 0; clears <= 0; end
    else if (clr) begin
      clears <= clears + 1;
      if (BUG == 3 && clears == 15) acc <= sum;                        // forgets a clear
      else if (BUG == 4) acc <= acc & {{W-12{1'b1}}, 12'd0};           // clears the low bits
      else acc <= 0;
    end else if (en || BUG == 5 && a == 8'h5a || BUG == 6) acc <= sum; // adds in some pauses, in all
endmodule

// a signed one that saturates; BUG: only at the top, only at the bottom.
module saturating #(parameter W = 16, parameter BUG = 0)
    (input clk, input clr, input signed [7:0] a, input signed [7:0] b, output reg signed [W-1:0] acc);
  wire signed [W:0] sum = acc + a * b;
  wire over = sum[W:W-1] == 2'b01, under = sum[W:W-1] == 2'b10;
  always @(posedge clk)
    if (clr) acc <= 0;
    else if (over && BUG != 2) acc <= {1'b0, {W-1{1'b1}}};
    else if (under && BUG != 1) acc <= {1'b1, {W-1{1'b0}}};
    else acc <= sum[W-1:0];
endmodule

// a signed one that saturates at symmetric limits, -(2^(W-1) - 1) and 2^(W-1) - 1. BUG: the sum one below passes.
module symmetric #(parameter W = 16, parameter BUG = 0)
    (input clk, input clr, input signed [7:0] a, input signed [7:0] b, output reg signed [W-1:0] acc);
  localparam signed [W:0] MOST = {2'b00, {W-1{1'b1}}};
  wire signed [W:0] sum = acc + a * b;
  always @(posedge clk)
    if (clr) acc <= 0;
    else if (sum > MOST) acc <= MOST[W-1:0];
    else if (BUG && sum == -MOST - 1) acc <= sum[W-1:0];
    else if (sum < -MOST) acc <= -MOST[W-1:0];
    else acc <= sum[W-1:0];
endmodule

// an unsigned one that saturates.
module full (input clk, input clr, input [3:0] a, input [3:0] b, output reg [11:0] acc);
  wire [12:0] sum = acc + a * b;
  always @(posedge clk) acc <= clr ? 0 : sum[12] ? 12'hfff : sum[11:0];
endmodule

// a register of products before the adder. The clear and the valid go with the pair, or the clear acts at once.
module pipelined #(parameter W = 32, parameter AT_ONCE = 0)
    (input clk, input rst_n, input clr_i, input valid_i, input signed [7:0] a_i, input signed [7:0] b_i, output reg signed [W-1:0] acc_o);
  reg signed [15:0] product;
  reg clr, valid;
  wire clear = AT_ONCE ? clr_i : clr;
  always @(posedge clk or negedge rst_n)
    if (!rst_n) begin acc_o <= 0; product <= 0; clr <= 0; valid <= 0; end
    else begin
      product <= a_i * b_i;
      clr <= clr_i;
      valid <= valid_i;
      if (clear) acc_o <= 0;
      else if (valid) acc_o <= acc_o + product;
    end
endmodule

// a clear that loads, with an enable that stops everything.
module loading #(parameter W = 32)
    (input clk, input ce, input first, input signed [7:0] a, input [7:0] b, output reg signed [W-1:0] acc);
  reg signed [16:0] product;
  reg first_q;
  always @(posedge clk)
    if (ce) begin
      product <= a * $signed({1'b0, b});
      first_q <= first;
      acc <= first_q ? product : acc + product;
    end
endmodule

// an accumulator of fewer bits than its port.
module narrow (input clk, input clr_n, input [7:0] a, input [7:0] b, output [23:0] acc);
  reg [19:0] sum;
  always @(posedge clk) sum <= clr_n ? sum + a * b : 0;
  assign acc = sum;
endmodule

// no accumulator: it adds the last product only.
module last (input clk, input clr, input [3:0] a, input [3:0] b, output reg [15:0] acc);
  reg [7:0] before;
  always @(posedge clk) begin
    before <= a * b;
    acc <= clr ? 0 : before + a * b;
  end
endmodule
