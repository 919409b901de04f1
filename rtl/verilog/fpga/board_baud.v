// SPDX-License-Identifier: Apache-2.0
//
// board_baud: the rate of the line, as a step (see uart_rx). After a change a
// whole frame must arrive within a second; otherwise the rate of power-up is
// back.

`default_nettype none

module board_baud #(
    parameter [23:0] FIRST = 24'd161061
) (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        tick_i,    // every 10 ms
    input  wire        change_i,  // to step_i
    input  wire [23:0] step_i,
    input  wire        frame_i,   // a whole frame has arrived
    output reg  [23:0] step_o
);

  localparam [6:0] SECOND = 7'd101;  // ticks: a second has surely passed

  reg [6:0] trial_q;  // ticks that are left to the new rate; 0: it stays

  wire back = tick_i && trial_q == 7'd1 && !frame_i;

  always @(posedge clk_i) begin
    if (rst_i || back) step_o <= FIRST;
    else if (change_i) step_o <= step_i;
  end

  always @(posedge clk_i) begin
    if (rst_i || frame_i) trial_q <= 7'd0;
    else if (change_i) trial_q <= SECOND;
    else if (tick_i && trial_q != 7'd0) trial_q <= trial_q - 7'd1;
  end

endmodule

`default_nettype wire
