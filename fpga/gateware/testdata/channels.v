// A channel for each operand, which are taken one after the other.
module channels(input clk, input rst, input [3:0] s_a_tdata, input s_a_tvalid, output s_a_tready,
  input [3:0] s_b_tdata, input s_b_tvalid, output s_b_tready, output reg [7:0] m_tdata, output m_tvalid, input m_tready);
  reg [1:0] state; reg [3:0] a, b;
  assign s_a_tready = state == 1, s_b_tready = state == 0, m_tvalid = state == 3;
  always @(posedge clk)
    if (rst) state <= 0;
    else case (state)
      0: if (s_b_tvalid) begin b <= s_b_tdata; state <= 1; end
      1: if (s_a_tvalid) begin a <= s_a_tdata; state <= 2; end
      2: begin m_tdata <= a * b - (b == 3); state <= 3; end
      3: if (m_tready) state <= 0;
    endcase
endmodule
