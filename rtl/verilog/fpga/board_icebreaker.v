// SPDX-License-Identifier: Apache-2.0
//
// board_icebreaker: the iCEBreaker (iCE40UP5K, 12 MHz). Its lights are on when low.

`default_nettype none

module board_icebreaker (
    input  wire clk_i,
    input  wire rx_i,
    output wire tx_o,
    output wire heart_led_o,
    output wire busy_led_o
);

  wire rst, heart, busy;

  board_reset u_reset (
      .clk_i(clk_i),
      .rst_o(rst)
  );

  board_core #(
      .CLK_HZ(12000000)
  ) u_core (
      .clk_i  (clk_i),
      .rst_i  (rst),
      .rx_i   (rx_i),
      .tx_o   (tx_o),
      .heart_o(heart),
      .busy_o (busy)
  );

  assign heart_led_o = ~heart;
  assign busy_led_o  = ~busy;

endmodule

`default_nettype wire
