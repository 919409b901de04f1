// SPDX-License-Identifier: Apache-2.0
//
// board_core: a board that holds a multiplier, all of it but clock and pins. It
// answers on a serial line as docs/protocol.md says.
//
// Two files are made for the multiplier at hand (package fpga/gateware):
//
//   board_config.vh    what it is, as localparams BOARD_KIND to BOARD_DIGEST
//   board_multiplier.v the module with the designer's own inside
//
// CLK_HZ is the frequency of clk_i, BAUD the rate after power-up. rst_i is to be
// high for some cycles after power-up.

`default_nettype none

module board_core #(
    parameter CLK_HZ     = 12000000,
    parameter BAUD       = 115200,
    parameter QUEUE_BITS = 9          // of its size in bytes
) (
    input  wire clk_i,
    input  wire rst_i,
    input  wire rx_i,
    output wire tx_o,
    output wire heart_o,  // a light: the clock runs
    output wire busy_o    // a light: a request is being answered
);

  `include "board_config.vh"

  localparam VALUE_BITS = (BOARD_KIND == 0) ? BOARD_P + 1 : BOARD_P;
  localparam ENTRY_BYTES = (VALUE_BITS <= 8) ? 1 : (VALUE_BITS <= 16) ? 2 : 4;
  localparam BLOCK_BITS = (BOARD_B < 8) ? BOARD_B : 8;

  // A bit is 2^24 / STEP cycles long.
  localparam [63:0] CLK_WIDE = CLK_HZ;
  localparam [63:0] BAUD_WIDE = BAUD;
  localparam [63:0] STEP_WIDE = ((BAUD_WIDE << 24) + CLK_WIDE / 64'd2) / CLK_WIDE;
  localparam [23:0] STEP = STEP_WIDE[23:0];
  localparam [15:0] QUEUE_SIZE = 16'd1 << QUEUE_BITS;

  wire tick;
  board_timer #(
      .CLK_HZ(CLK_HZ)
  ) u_timer (
      .clk_i  (clk_i),
      .rst_i  (rst_i),
      .tick_o (tick),
      .heart_o(heart_o)
  );

  // The line.
  wire        change;
  // verilator lint_off UNUSEDSIGNAL
  wire [31:0] argument;  // of a request: of a change of rate, three bytes
  // verilator lint_on UNUSEDSIGNAL
  wire [23:0] step;
  wire        frame;
  board_baud #(
      .FIRST(STEP)
  ) u_baud (
      .clk_i   (clk_i),
      .rst_i   (rst_i),
      .tick_i  (tick),
      .change_i(change),
      .step_i  (argument[23:0]),
      .frame_i (frame),
      .step_o  (step)
  );

  wire [7:0] rx_data;
  wire       rx_valid, rx_error;
  uart_rx u_rx (
      .clk_i  (clk_i),
      .rst_i  (rst_i),
      .step_i (step),
      .rx_i   (rx_i),
      .data_o (rx_data),
      .valid_o(rx_valid),
      .error_o(rx_error)
  );

  wire [7:0] tx_data;
  wire       tx_valid, tx_ready, tx_idle;
  uart_tx u_tx (
      .clk_i  (clk_i),
      .rst_i  (rst_i),
      .step_i (step),
      .data_i (tx_data),
      .valid_i(tx_valid),
      .ready_o(tx_ready),
      .idle_o (tx_idle),
      .tx_o   (tx_o)
  );

  // Requests.
  wire [7:0] body_data;
  wire       body_push, body_drop;
  wire       crc_event, framing_event, timeout_event, overflow_event;
  frame_decoder u_decoder (
      .clk_i      (clk_i),
      .rst_i      (rst_i),
      .tick_i     (tick),
      .data_i     (rx_data),
      .valid_i    (rx_valid),
      .error_i    (rx_error),
      .push_o     (body_push),
      .data_o     (body_data),
      .commit_o   (frame),
      .drop_o     (body_drop),
      .crc_error_o(crc_event),
      .framing_o  (framing_event),
      .timeout_o  (timeout_event)
  );

  wire [7:0] queue_data;
  wire       queue_valid, queue_pop;
  request_queue #(
      .BITS(QUEUE_BITS)
  ) u_queue (
      .clk_i     (clk_i),
      .rst_i     (rst_i),
      .push_i    (body_push),
      .data_i    (body_data),
      .commit_i  (frame),
      .drop_i    (body_drop),
      .overflow_o(overflow_event),
      .data_o    (queue_data),
      .valid_o   (queue_valid),
      .pop_i     (queue_pop)
  );

  // Who is there.
  wire [4:0] identity_index;
  wire [7:0] identity_byte;
  board_identity #(
      .KIND      (BOARD_KIND),
      .A_BITS    (BOARD_A),
      .B_BITS    (BOARD_B),
      .P_BITS    (BOARD_P),
      .FLAGS     (BOARD_FLAGS),
      .LATENCY   (BOARD_LATENCY),
      .DIGEST    (BOARD_DIGEST),
      .CLK_HZ    (CLK_HZ),
      .QUEUE_SIZE(QUEUE_SIZE)
  ) u_identity (
      .clk_i  (clk_i),
      .rst_i  (rst_i),
      .event_i({overflow_event, timeout_event, framing_event, crc_event}),
      .index_i(identity_index),
      .byte_o (identity_byte)
  );

  // The multiplier.
  wire        mul_rst, mul_offer, mul_ready, mul_valid, mul_irregular;
  wire [15:0] mul_a, mul_b;
  wire [31:0] mul_entry;
  board_multiplier u_multiplier (
      .clk_i      (clk_i),
      .rst_i      (mul_rst),
      .valid_i    (mul_offer),
      .ready_o    (mul_ready),
      .a_i        (mul_a),
      .b_i        (mul_b),
      .valid_o    (mul_valid),
      .entry_o    (mul_entry),
      .irregular_o(mul_irregular)
  );

  wire        clear, load, start, pairs, block, sums, bad, collected, more, ragged;
  wire [15:0] row, column;
  wire [ 1:0] status;
  wire        byte_valid, byte_ready;
  wire        collect_write;
  wire [31:0] collect_word;
  board_collect #(
      .A_BITS     (BOARD_A),
      .B_BITS     (BOARD_B),
      .ENTRY_BYTES(ENTRY_BYTES),
      .LATENCY    (BOARD_LATENCY),
      .HANDSHAKE  ((BOARD_FLAGS >> 1) & 1),
      .BLOCK_BITS (BLOCK_BITS)
  ) u_collect (
      .clk_i          (clk_i),
      .rst_i          (rst_i),
      .clear_i        (clear),
      .load_i         (load),
      .argument_o     (argument),
      .bad_o          (bad),
      .start_i        (start),
      .pairs_i        (pairs),
      .block_i        (block),
      .sums_i         (sums),
      .done_o         (collected),
      .more_o         (more),
      .row_o          (row),
      .column_o       (column),
      .status_o       (status),
      .ragged_o       (ragged),
      .byte_i         (queue_data),
      .byte_valid_i   (byte_valid),
      .byte_ready_o   (byte_ready),
      .write_o        (collect_write),
      .word_o         (collect_word),
      .mul_rst_o      (mul_rst),
      .mul_valid_o    (mul_offer),
      .mul_ready_i    (mul_ready),
      .mul_a_o        (mul_a),
      .mul_b_o        (mul_b),
      .mul_valid_i    (mul_valid),
      .mul_entry_i    (mul_entry),
      .mul_irregular_i(mul_irregular)
  );

  // Responses.
  wire        buffer_clear, echo_write;
  wire [ 8:0] buffer_count;
  wire [ 7:0] buffer_index;
  wire [31:0] buffer_word;
  board_buffer u_buffer (
      .clk_i  (clk_i),
      .clear_i(buffer_clear),
      .write_i(echo_write || collect_write),
      .word_i ({collect_word[31:8], echo_write ? queue_data : collect_word[7:0]}),
      .count_o(buffer_count),
      .index_i(buffer_index),
      .word_o (buffer_word)
  );

  wire [7:0] response_data;
  wire       response_valid, response_last, response_ready, encoder_idle;
  board_engine #(
      .ENTRY_BYTES(ENTRY_BYTES)
  ) u_engine (
      .clk_i           (clk_i),
      .rst_i           (rst_i),
      .queue_data_i    (queue_data),
      .queue_valid_i   (queue_valid),
      .queue_pop_o     (queue_pop),
      .clear_o         (clear),
      .load_o          (load),
      .step_i          (argument[23:0]),
      .bad_i           (bad),
      .start_o         (start),
      .pairs_o         (pairs),
      .block_o         (block),
      .sums_o          (sums),
      .done_i          (collected),
      .more_i          (more),
      .row_i           (row),
      .column_i        (column),
      .status_i        (status),
      .ragged_i        (ragged),
      .byte_valid_o    (byte_valid),
      .byte_ready_i    (byte_ready),
      .buffer_clear_o  (buffer_clear),
      .buffer_write_o  (echo_write),
      .buffer_count_i  (buffer_count),
      .buffer_index_o  (buffer_index),
      .buffer_word_i   (buffer_word),
      .identity_index_o(identity_index),
      .identity_byte_i (identity_byte),
      .data_o          (response_data),
      .valid_o         (response_valid),
      .last_o          (response_last),
      .ready_i         (response_ready),
      .idle_i          (encoder_idle && tx_idle),
      .change_o        (change),
      .busy_o          (busy_o)
  );

  frame_encoder u_encoder (
      .clk_i  (clk_i),
      .rst_i  (rst_i),
      .data_i (response_data),
      .valid_i(response_valid),
      .last_i (response_last),
      .ready_o(response_ready),
      .data_o (tx_data),
      .valid_o(tx_valid),
      .ready_i(tx_ready),
      .idle_o (encoder_idle)
  );

endmodule

`default_nettype wire
