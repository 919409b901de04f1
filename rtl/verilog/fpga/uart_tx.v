// SPDX-License-Identifier: Apache-2.0
//
// uart_tx: sends bytes, 8 bits, no parity, one stop bit.
//
// A bit takes 2^24 / step_i clock cycles on average (see uart_rx). A byte that is
// there when the one before ends follows without a gap.

`default_nettype none

module uart_tx (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire [23:0] step_i,
    input  wire [ 7:0] data_i,
    input  wire        valid_i,
    output wire        ready_o,
    output wire        idle_o,   // the last stop bit is over
    output wire        tx_o
);

  reg [23:0] phase_q;
  reg [ 3:0] left_q;   // bits that are not over yet; 0: idle
  reg [ 8:0] shift_q;  // the bit on the line first; ones follow: the stop bit

  wire [24:0] next = {1'b0, phase_q} + {1'b0, step_i};
  wire        over = next[24];

  assign idle_o  = (left_q == 4'd0);
  assign ready_o = idle_o || (left_q == 4'd1 && over);
  assign tx_o    = shift_q[0];

  always @(posedge clk_i) begin
    if (rst_i) begin
      phase_q <= 24'd0;
      left_q  <= 4'd0;
      shift_q <= 9'h1ff;
    end else begin
      phase_q <= idle_o ? 24'd0 : next[23:0];
      if (valid_i && ready_o) begin
        left_q  <= 4'd10;
        shift_q <= {data_i, 1'b0};
      end else if (over && !idle_o) begin
        left_q  <= left_q - 4'd1;
        shift_q <= {1'b1, shift_q[8:1]};
      end
    end
  end

endmodule

`default_nettype wire
