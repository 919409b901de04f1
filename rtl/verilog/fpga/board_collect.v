// SPDX-License-Identifier: Apache-2.0
//
// board_collect: has the multiplier form products and stores them, or a CRC-16
// for each row of them, in the board's buffer. One of three at a time:
//
//   pairs_i   the operands come as bytes; one word for each product of a pair
//   block_i   2^BLOCK_BITS columns of a row; one word for each product
//   sums_i    whole rows, 64 at most; one word, the CRC, for each
//
// A sweep's first row and its number of rows come as bytes before: clear_i, then
// four bytes, which stand in argument_o with the first one lowest. bad_o says
// that there are no such rows. load_i makes them a sweep; start_i begins its next
// part, or pairs. done_o is high when that is done; with pairs_i when all bytes
// that came so far are dealt with. row_o and column_o are where the part began,
// more_o says that there are others. Pairs are offered, and products taken, in
// every cycle in which the multiplier can.
//
// A multiplier with a handshake that has no product for 65,535 cycles while one is
// due gets a reset, which lasts until the next start; zeros stand for its products.

`default_nettype none

module board_collect #(
    parameter A_BITS      = 8,
    parameter B_BITS      = 8,
    parameter ENTRY_BYTES = 2,
    parameter LATENCY     = 0,  // bounds the products under way
    parameter HANDSHAKE   = 0,
    parameter BLOCK_BITS  = 8,
    parameter WORD_BITS   = 16  // of the buffer: an entry, 16 at least
) (
    input wire clk_i,
    input wire rst_i,

    input  wire        clear_i,
    input  wire        load_i,
    input  wire        start_i,
    input  wire        pairs_i,
    input  wire        block_i,
    input  wire        sums_i,
    output wire [31:0] argument_o,
    output wire        bad_o,
    output wire        done_o,
    output wire        more_o,
    output wire [15:0] row_o,
    output wire [15:0] column_o,
    output reg  [ 1:0] status_o,  // as in a response
    output wire        ragged_o,  // the bytes are no whole number of pairs

    input  wire [7:0] byte_i,
    input  wire       byte_valid_i,
    output wire       byte_ready_o,

    output wire                 write_o,  // the next word of the buffer
    output wire [WORD_BITS-1:0] word_o,

    output wire        mul_rst_o,
    output wire        mul_valid_o,
    input  wire        mul_ready_i,
    output wire [15:0] mul_a_o,
    output wire [15:0] mul_b_o,
    input  wire        mul_valid_i,
    // verilator lint_off UNUSEDSIGNAL
    input  wire [31:0] mul_entry_i,    // of which an entry has ENTRY_BYTES
    // verilator lint_on UNUSEDSIGNAL
    input  wire        mul_irregular_i
);

  localparam A_BYTES = (A_BITS > 8) ? 2 : 1;
  localparam B_BYTES = (B_BITS > 8) ? 2 : 1;
  localparam [2:0] PAIR_BYTES = A_BYTES + B_BYTES;
  localparam [16:0] ROWS = 17'd1 << A_BITS;
  localparam BLOCKS = (1 << B_BITS) >> BLOCK_BITS;  // of a row
  localparam FLIGHT_BITS = $clog2(LATENCY + 4);
  localparam [FLIGHT_BITS-1:0] ONE_MORE = 1;
  localparam [15:0] PATIENCE = 16'hffff;
  localparam [1:0] FINE = 2'd0;
  localparam [1:0] IRREGULAR = 2'd1;
  localparam [1:0] SILENT = 2'd2;

  reg                   offer_q;   // the operands are to be taken
  reg [15:0]            a_q;
  reg [15:0]            b_q;
  reg [2:0]             have_q;    // bytes of the next pair, or of the arguments
  reg [A_BITS:0]        left_q;    // rows of the sweep, with the one that is offered
  reg [5:0]             part_q;    // rows of this part, without it
  reg [A_BITS-1:0]      row_q;     // where this part began
  reg [FLIGHT_BITS-1:0] flight_q;  // products that are due
  wire                  dead;      // the multiplier did not answer

  // The multiplier's reset, from a register: it may be an asynchronous one.
  reg reset_q;
  always @(posedge clk_i) reset_q <= rst_i || dead;

  // A dead multiplier takes everything, and gives a zero for each.
  wire accept = offer_q && (dead || mul_ready_i && !reset_q);
  wire due = (flight_q != 0);
  wire product = due && (dead || mul_valid_i);
  wire [8*ENTRY_BYTES-1:0] entry = dead ? {8 * ENTRY_BYTES{1'b0}} : mul_entry_i[8*ENTRY_BYTES-1:0];
  wire working = offer_q || due;
  wire silent;

  assign done_o      = !working && !start_i;
  assign more_o      = (left_q != 0);
  assign row_o       = {{16 - A_BITS{1'b0}}, row_q};
  assign argument_o  = {b_q, a_q};
  assign bad_o       = (b_q == 16'd0) || ({1'b0, a_q} + {1'b0, b_q} > ROWS);
  assign mul_rst_o   = reset_q;
  assign mul_valid_o = offer_q && !dead && !reset_q;
  assign mul_a_o     = a_q;
  assign mul_b_o     = b_q;

  // Operands, and arguments, whose bytes go to both registers, low bytes first.
  wire [2:0] a_bytes = pairs_i ? A_BYTES[2:0] : 3'd2;
  wire for_a_low = (have_q == 3'd0);
  wire for_a_high = (have_q == 3'd1 && a_bytes != 3'd1);
  wire for_b_low = (have_q == a_bytes);
  wire row_over = &b_q[B_BITS-1:0];
  wire block_over = &b_q[BLOCK_BITS-1:0];
  wire part_over = block_i ? block_over : row_over && (left_q == 1 || part_q == 6'd63);
  wire take_byte = byte_valid_i && byte_ready_o;
  wire pair_whole = (have_q == PAIR_BYTES - 3'd1);

  assign byte_ready_o = !pairs_i || !offer_q;
  assign ragged_o     = (have_q != 3'd0);

  always @(posedge clk_i) begin
    if (rst_i) offer_q <= 1'b0;
    else if (start_i) offer_q <= !pairs_i;
    else if (accept) offer_q <= !pairs_i && !part_over;
    else if (pairs_i && take_byte && pair_whole) offer_q <= 1'b1;

    if (clear_i) have_q <= 3'd0;
    else if (take_byte) have_q <= (pairs_i && pair_whole) ? 3'd0 : have_q + 3'd1;

    if (start_i) begin
      row_q  <= a_q[A_BITS-1:0];
      part_q <= 6'd0;
    end

    if (take_byte) begin
      if (for_a_low) a_q[7:0] <= byte_i;
      if (for_a_high) a_q[15:8] <= byte_i;
      if (for_b_low) b_q[7:0] <= byte_i;
      if (!for_a_low && !for_a_high && !for_b_low) b_q[15:8] <= byte_i;
    end else if (load_i) begin
      b_q    <= 16'd0;
      left_q <= b_q[A_BITS:0];
    end else if (accept && !pairs_i) begin
      b_q <= row_over ? 16'd0 : b_q + 16'd1;
      if (row_over) begin
        a_q    <= a_q + 16'd1;
        left_q <= left_q - 1'b1;
        part_q <= part_q + 6'd1;
      end
    end
  end

  generate
    if (BLOCKS > 1) begin : gen_column
      reg [B_BITS-BLOCK_BITS-1:0] column_q;
      always @(posedge clk_i) if (start_i) column_q <= b_q[B_BITS-1:BLOCK_BITS];
      assign column_o = {{16 - B_BITS{1'b0}}, column_q, {BLOCK_BITS{1'b0}}};
    end else begin : gen_no_column
      assign column_o = 16'd0;
    end
  endgenerate

  // Products.
  reg  [B_BITS-1:0] due_q;  // column of the product that is due
  reg  [      15:0] crc_q;  // of the row so far
  wire [      15:0] crc_next;
  crc16_entry #(
      .BYTES(ENTRY_BYTES)
  ) u_crc (
      .crc_i  (crc_q),
      .entry_i(entry),
      .crc_o  (crc_next)
  );

  wire [WORD_BITS-1:0] wide_crc, wide_entry;
  generate
    if (WORD_BITS == 8 * ENTRY_BYTES) begin : gen_full
      assign wide_entry = entry;
    end else begin : gen_narrow
      assign wide_entry = {{WORD_BITS - 8 * ENTRY_BYTES{1'b0}}, entry};
    end
    if (WORD_BITS == 16) begin : gen_crc
      assign wide_crc = crc_next;
    end else begin : gen_wide_crc
      assign wide_crc = {{WORD_BITS - 16{1'b0}}, crc_next};
    end
  endgenerate

  assign write_o = product && (!sums_i || &due_q);
  assign word_o  = sums_i ? wide_crc : wide_entry;

  always @(posedge clk_i) begin
    if (start_i) begin
      due_q <= {B_BITS{1'b0}};
      crc_q    <= 16'hffff;
    end else if (product) begin
      due_q <= due_q + 1'b1;
      crc_q    <= (&due_q) ? 16'hffff : crc_next;
    end
  end

  always @(posedge clk_i) begin
    if (rst_i) flight_q <= 0;
    else if (accept && !product) flight_q <= flight_q + ONE_MORE;
    else if (!accept && product) flight_q <= flight_q - ONE_MORE;

    if (start_i) status_o <= FINE;
    else if (silent) status_o <= SILENT;
    else if (product && !dead && mul_irregular_i) status_o <= IRREGULAR;
  end

  generate
    if (HANDSHAKE != 0) begin : gen_watchdog
      reg        dead_q;
      reg [15:0] waited_q;
      assign dead   = dead_q;
      assign silent = (waited_q == PATIENCE) && !product;
      always @(posedge clk_i) begin
        if (!working || product || rst_i) waited_q <= 16'd0;
        else waited_q <= waited_q + 16'd1;
        if (rst_i || start_i) dead_q <= 1'b0;
        else if (silent) dead_q <= 1'b1;
      end
    end else begin : gen_trust  // what has a fixed latency has a product
      assign dead   = 1'b0;
      assign silent = 1'b0;
    end
  endgenerate

endmodule

`default_nettype wire
