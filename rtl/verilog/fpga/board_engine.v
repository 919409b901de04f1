// SPDX-License-Identifier: Apache-2.0
//
// board_engine: answers requests, one after another (docs/protocol.md).
//
// A request is read from the queue whole, so that its room is free before the
// response begins; what the response holds is meanwhile put into the buffer: an
// echo's bytes, or what board_collect makes of operands. Then the response is
// sent: head, sequence number, some bytes that depend on the command, and the
// buffer's words. Stream and sums have several such rounds.

`default_nettype none

module board_engine #(
    parameter ENTRY_BYTES = 2
) (
    input wire clk_i,
    input wire rst_i,

    // the queue of requests
    input  wire [7:0] queue_data_i,
    input  wire       queue_valid_i,
    output wire       queue_pop_o,

    // board_collect
    output wire        clear_o,
    output wire        load_o,
    output wire        start_o,
    output wire        pairs_o,
    output wire        block_o,
    output wire        sums_o,
    input  wire [23:0] step_i,        // the payload's first three bytes
    input  wire        bad_i,         // the payload is no rows
    input  wire        done_i,
    input  wire        more_i,
    input  wire [15:0] row_i,
    input  wire [15:0] column_i,
    input  wire [ 1:0] status_i,
    input  wire        ragged_i,
    output wire        byte_valid_o,  // of the queue's data
    input  wire        byte_ready_i,

    // the buffer
    output wire        buffer_clear_o,
    output wire        buffer_write_o,  // of the queue's data
    input  wire [ 8:0] buffer_count_i,
    output wire [ 7:0] buffer_index_o,
    input  wire [31:0] buffer_word_i,

    // identity
    output wire [4:0] identity_index_o,
    input  wire [7:0] identity_byte_i,

    // the response
    output reg  [7:0] data_o,
    output wire       valid_o,
    output wire       last_o,
    input  wire       ready_i,
    input  wire       idle_i,   // everything is on the line, and over

    output wire        change_o,  // of the line's rate
    output wire        busy_o
);

  localparam [3:0] VERSION = 4'd2;

  localparam [3:0] IDENTIFY = 4'd0;
  localparam [3:0] ECHO = 4'd1;
  localparam [3:0] MULTIPLY = 4'd2;
  localparam [3:0] STREAM = 4'd3;
  localparam [3:0] SUMS = 4'd4;
  localparam [3:0] BAUD = 4'd5;
  localparam [3:0] ERROR = 4'd15;

  localparam [7:0] BAD_VERSION = 8'd1;
  localparam [7:0] BAD_COMMAND = 8'd2;
  localparam [7:0] BAD_LENGTH = 8'd3;
  localparam [7:0] BAD_RANGE = 8'd4;

  localparam [3:0] IDLE = 4'd0;  // the length comes
  localparam [3:0] HEAD = 4'd1;
  localparam [3:0] SEQUENCE = 4'd2;
  localparam [3:0] DECIDE = 4'd3;
  localparam [3:0] PAYLOAD = 4'd4;  // into the buffer, the multiplier, or nowhere
  localparam [3:0] CHECK = 4'd5;
  localparam [3:0] START = 4'd6;
  localparam [3:0] COLLECT = 4'd7;
  localparam [3:0] SEND_HEAD = 4'd8;
  localparam [3:0] SEND_SEQUENCE = 4'd9;
  localparam [3:0] SEND_PREFIX = 4'd10;
  localparam [3:0] FETCH = 4'd11;  // a word
  localparam [3:0] SEND_WORD = 4'd12;
  localparam [3:0] NEXT = 4'd13;
  localparam [3:0] CHANGE = 4'd14;  // the rate, when the line is idle

  localparam [1:0] ENTRY_LAST = ENTRY_BYTES - 1;

  reg [ 3:0] state_q;
  reg [ 7:0] left_q;      // bytes of the payload
  reg [ 3:0] command_q;   // of the response
  reg        foreign_q;   // the request is of another version
  reg [ 7:0] sequence_q;
  reg [ 7:0] error_q;
  reg [15:0] crc_q;       // of the request
  reg [ 4:0] prefix_q;    // number of the byte that goes before the words
  reg [ 7:0] word_q;      // number of the word
  reg [ 1:0] part_q;      // of its bytes

  wire multiply = (command_q == MULTIPLY);
  wire stream = (command_q == STREAM);
  wire sums = (command_q == SUMS);
  wire baud = (command_q == BAUD);
  wire echo = (command_q == ECHO) || baud;

  // Reading.
  wire payload = (state_q == PAYLOAD) && left_q != 8'd0;
  wire reading = (state_q == IDLE) || (state_q == HEAD) || (state_q == SEQUENCE) || payload;
  wire pop = reading && queue_valid_i && (!payload || byte_ready_i);

  assign queue_pop_o    = pop;
  assign byte_valid_o   = payload && queue_valid_i;
  assign buffer_write_o = payload && echo && pop;
  assign busy_o         = (state_q != IDLE);

  wire [15:0] crc_next;
  crc16_byte u_crc (
      .crc_i (crc_q),
      .data_i(queue_data_i),
      .crc_o (crc_next)
  );

  always @(posedge clk_i) begin
    if (state_q == IDLE) crc_q <= 16'hffff;
    else if (pop) crc_q <= crc_next;
  end

  // Sweeps.
  wire bad_step = (step_i == 24'd0) || (step_i[23:22] != 2'd0 && step_i != 24'h400000);

  assign clear_o        = (state_q == DECIDE);
  assign load_o         = (state_q == CHECK) && (stream || sums);
  assign start_o        = (state_q == START) || (state_q == DECIDE && multiply);
  assign buffer_clear_o = (state_q == START) || (state_q == DECIDE);
  assign pairs_o        = multiply;
  assign block_o        = stream;
  assign sums_o         = sums;
  assign change_o       = (state_q == CHANGE) && idle_i;

  // Sending.
  reg [4:0] prefix_last;
  always @* begin
    case (command_q)
      IDENTIFY: prefix_last = 5'd28;
      MULTIPLY: prefix_last = 5'd2;
      STREAM:   prefix_last = 5'd4;
      SUMS:     prefix_last = 5'd2;
      default:  prefix_last = 5'd0;  // an error's code
    endcase
  end

  reg [7:0] prefix;
  always @* begin
    case (command_q)
      IDENTIFY: prefix = identity_byte_i;
      MULTIPLY: prefix = prefix_q[1] ? crc_q[15:8] : prefix_q[0] ? crc_q[7:0] : {6'd0, status_i};
      STREAM: begin
        case (prefix_q[2:0])
          3'd0: prefix = row_i[7:0];
          3'd1: prefix = row_i[15:8];
          3'd2: prefix = column_i[7:0];
          3'd3: prefix = column_i[15:8];
          default: prefix = {6'd0, status_i};
        endcase
      end
      SUMS: prefix = prefix_q[1] ? {6'd0, status_i} : prefix_q[0] ? row_i[15:8] : row_i[7:0];
      default: prefix = error_q;
    endcase
  end

  wire [1:0] part_last = echo ? 2'd0 : sums ? 2'd3 : ENTRY_LAST;
  wire [8:0] word_next = {1'b0, word_q} + 9'd1;
  wire       has_words = (buffer_count_i != 9'd0) && command_q != IDENTIFY && command_q != ERROR;
  wire       word_over = (part_q == part_last);
  wire       words_over = word_over && word_next == buffer_count_i;
  wire       prefix_over = (prefix_q == prefix_last);
  wire       sent = valid_o && ready_i;

  assign buffer_index_o   = word_q;
  assign identity_index_o = prefix_q;

  assign valid_o = (state_q == SEND_HEAD) || (state_q == SEND_SEQUENCE) || (state_q == SEND_PREFIX) || (state_q == SEND_WORD);
  assign last_o = (state_q == SEND_SEQUENCE && echo && !has_words) ||
                  (state_q == SEND_PREFIX && prefix_over && !has_words) ||
                  (state_q == SEND_WORD && words_over);

  always @* begin
    case (state_q)
      SEND_HEAD:     data_o = {VERSION, command_q};
      SEND_SEQUENCE: data_o = sequence_q;
      SEND_PREFIX:   data_o = prefix;
      default:       data_o = buffer_word_i[{part_q, 3'd0}+:8];
    endcase
  end

  // What DECIDE finds wrong; the first counts.
  wire [7:0] length = left_q;
  reg  [7:0] wrong;
  always @* begin
    wrong = 8'd0;
    case (command_q)
      IDENTIFY: if (length != 8'd0) wrong = BAD_LENGTH;
      ECHO:     wrong = 8'd0;
      MULTIPLY: if (length == 8'd0) wrong = BAD_LENGTH;
      STREAM:   if (length != 8'd4) wrong = BAD_LENGTH;
      SUMS:     if (length != 8'd8) wrong = BAD_LENGTH;
      BAUD:     if (length != 8'd3) wrong = BAD_LENGTH;
      default:  wrong = BAD_COMMAND;
    endcase
    if (foreign_q) wrong = BAD_VERSION;
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      state_q    <= IDLE;
      left_q     <= 8'd0;
      command_q  <= IDENTIFY;
      foreign_q  <= 1'b0;
      sequence_q <= 8'd0;
      error_q    <= 8'd0;
      prefix_q   <= 5'd0;
      word_q     <= 8'd0;
      part_q     <= 2'd0;
    end else begin
      case (state_q)
        IDLE:
        if (pop) begin
          left_q  <= queue_data_i;
          state_q <= HEAD;
        end
        HEAD:
        if (pop) begin
          foreign_q <= (queue_data_i[7:4] != VERSION);
          command_q <= queue_data_i[3:0];
          state_q   <= SEQUENCE;
        end
        SEQUENCE:
        if (pop) begin
          sequence_q <= queue_data_i;
          state_q    <= DECIDE;
        end
        DECIDE: begin
          if (wrong != 8'd0) command_q <= ERROR;
          error_q <= wrong;
          state_q <= PAYLOAD;
        end
        PAYLOAD:
        if (left_q != 8'd0) begin
          if (pop) left_q <= left_q - 8'd1;
        end else if (!multiply || done_i) begin
          state_q <= CHECK;
        end
        CHECK: begin
          state_q <= SEND_HEAD;
          if (multiply && ragged_i) begin
            command_q <= ERROR;
            error_q   <= BAD_LENGTH;
          end else if ((stream || sums) && bad_i || baud && bad_step) begin
            command_q <= ERROR;
            error_q   <= BAD_RANGE;
          end else if (stream || sums) begin
            state_q <= START;
          end
        end
        START: state_q <= COLLECT;
        COLLECT: if (done_i) state_q <= SEND_HEAD;
        SEND_HEAD: if (sent) state_q <= SEND_SEQUENCE;
        SEND_SEQUENCE: begin
          prefix_q <= 5'd0;
          word_q   <= 8'd0;
          part_q   <= 2'd0;
          if (sent) state_q <= !echo ? SEND_PREFIX : has_words ? FETCH : NEXT;
        end
        SEND_PREFIX:
        if (sent) begin
          prefix_q <= prefix_q + 5'd1;
          if (prefix_over) state_q <= has_words ? FETCH : NEXT;
        end
        FETCH: state_q <= SEND_WORD;
        SEND_WORD:
        if (sent) begin
          part_q <= part_q + 2'd1;
          if (word_over) begin
            part_q  <= 2'd0;
            word_q  <= word_next[7:0];
            state_q <= words_over ? NEXT : FETCH;
          end
        end
        NEXT: state_q <= ((stream || sums) && more_i) ? START : baud ? CHANGE : IDLE;
        default: if (idle_i) state_q <= IDLE;  // CHANGE
      endcase
    end
  end

endmodule

`default_nettype wire
