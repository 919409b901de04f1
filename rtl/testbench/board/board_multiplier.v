`default_nettype none
module board_multiplier (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        valid_i,
    output wire        ready_o,
    // verilator lint_off UNUSEDSIGNAL
    input  wire [15:0] a_i,
    input  wire [15:0] b_i,
    // verilator lint_on UNUSEDSIGNAL
    output wire        valid_o,
    output wire [31:0] entry_o,
    output wire        irregular_o
);
  localparam LATENCY = 3;
  reg [15:0] a_q, b_q; reg [15:0] p_q; reg [LATENCY+1:0] v_q;
  wire [15:0] p;
  fp_mul_pipe #(.DESIGN("mitchell"), .M(7)) dut (.clk_i(clk_i), .rst_ni(~rst_i), .a_i(a_q), .b_i(b_q), .p_o(p));
  assign ready_o = 1'b1;
  always @(posedge clk_i) begin
    a_q <= {9'h07f, a_i[6:0]};
    b_q <= {9'h07f, b_i[6:0]};
    p_q <= p;
    if (rst_i) v_q <= 0; else v_q <= {v_q[LATENCY:0], valid_i};
  end
  assign valid_o = v_q[LATENCY+1];
  assign entry_o = {24'd0, p_q[14], p_q[6:0]};
  assign irregular_o = p_q[15] | !(p_q[14:7] == 8'd127 || p_q[14:7] == 8'd128);
endmodule
`default_nettype wire
