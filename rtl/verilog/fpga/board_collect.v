// SPDX-License-Identifier: Apache-2.0
//
// board_collect: has the multiplier form products and stores them, or a digest
// of each row of them, in the board's buffer. One of three at a time:
//
//   pairs_i   the operands come as bytes; one word for each product of a pair
//   block_i   2^BLOCK_BITS columns of a row; one word for each product
//   sums_i    whole rows, to a multiple of 64; one word, the digest, for each
//
// A digest takes one bit of each product (see row_digest), so a row is swept once
// for each bit of an entry, the lowest first. Between two of these sweeps the
// multiplier runs empty.
//
// A sweep's first row and its number of rows come as bytes before: clear_i, then
// four bytes, which stand in argument_o with the first one lowest. If four bytes
// come before these, they are the key of the digests. bad_o says
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
    parameter BLOCK_BITS  = 8
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

    output wire        write_o,  // the next word of the buffer
    output wire [31:0] word_o,   // an entry stands in its low bytes

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
  localparam BIT_BITS = $clog2(8 * ENTRY_BYTES);
  localparam COLUMN_BITS = $clog2(1 << B_BITS);
  localparam SWEEP_BITS = COLUMN_BITS + BIT_BITS;  // of a bit's number above a column's
  localparam B_REGISTER = (SWEEP_BITS > 16) ? SWEEP_BITS : 16;
  localparam [B_REGISTER-1:0] ONE_COLUMN = 1;
  localparam FLIGHT_BITS = $clog2(LATENCY + 4);
  localparam [FLIGHT_BITS-1:0] ONE_MORE = 1;
  localparam [15:0] PATIENCE = 16'hffff;
  localparam [1:0] FINE = 2'd0;
  localparam [1:0] IRREGULAR = 2'd1;
  localparam [1:0] SILENT = 2'd2;

  reg                   offer_q;   // the operands are to be taken
  reg [15:0]            a_q;
  reg [B_REGISTER-1:0]  b_q;       // above the column, while digests are made, the bit's number
  reg [2:0]             have_q;    // bytes of the next pair, or of the arguments
  reg [A_BITS:0]        left_q;    // rows of the sweep, with the one that is offered
  reg                   pause_q;   // all columns were taken for a bit of a digest
  reg [A_BITS-1:0]      row_q;     // where this part began
  reg [FLIGHT_BITS-1:0] flight_q;  // products that are due
  wire                  part_last; // a row whose number is a multiple of 64 follows
  wire                  dead;      // the multiplier did not answer

  // The multiplier's reset, from a register: it may be an asynchronous one.
  reg reset_q;
  always @(posedge clk_i) reset_q <= rst_i || dead;

  // A dead multiplier takes everything, and gives a zero for each.
  wire accept = offer_q && (dead || mul_ready_i && !reset_q);
  wire due = (flight_q != 0);
  wire product = due && (dead || mul_valid_i);
  wire [8*ENTRY_BYTES-1:0] entry = dead ? {8 * ENTRY_BYTES{1'b0}} : mul_entry_i[8*ENTRY_BYTES-1:0];
  wire working = offer_q || pause_q || due;
  wire silent;

  assign done_o      = !working && !start_i;
  assign more_o      = (left_q != 0);
  assign row_o       = {{16 - A_BITS{1'b0}}, row_q};
  assign argument_o  = {b_q[15:0], a_q};
  assign bad_o       = (b_q[15:0] == 16'd0) || ({1'b0, a_q} + {1'b0, b_q[15:0]} > ROWS);
  assign mul_rst_o   = reset_q;
  assign mul_valid_o = offer_q && !dead && !reset_q;
  assign mul_a_o     = a_q;
  assign mul_b_o     = b_q[15:0];

  // Operands, and arguments, whose bytes go to both registers, low bytes first.
  wire [2:0] a_bytes = pairs_i ? A_BYTES[2:0] : 3'd2;
  wire [2:0] number = {1'b0, have_q[1:0]};  // a key's bytes go where the rows' go later
  wire for_a_low = (number == 3'd0);
  wire for_a_high = (number == 3'd1 && a_bytes != 3'd1);
  wire for_b_low = (number == a_bytes);
  wire columns_over = &b_q[B_BITS-1:0];
  wire [BIT_BITS-1:0] bit_number = b_q[SWEEP_BITS-1:COLUMN_BITS];
  wire row_over = columns_over && (block_i || &bit_number);
  wire block_over = &b_q[BLOCK_BITS-1:0];
  wire part_over = block_i ? block_over : row_over && (left_q == 1 || part_last);
  wire pause = sums_i && columns_over;           // after the operands that are offered
  wire resume = pause_q && !due;
  wire advance = resume || accept && !pause;     // to the next column
  wire take_byte = byte_valid_i && byte_ready_o;
  wire pair_whole = (have_q == PAIR_BYTES - 3'd1);

  assign byte_ready_o = !pairs_i || !offer_q;
  assign ragged_o     = (have_q != 3'd0);

  always @(posedge clk_i) begin
    if (rst_i) offer_q <= 1'b0;
    else if (start_i) offer_q <= !pairs_i;
    else if (accept || resume) offer_q <= !pairs_i && advance && !part_over;
    else if (pairs_i && take_byte && pair_whole) offer_q <= 1'b1;

    if (clear_i) have_q <= 3'd0;
    else if (take_byte) have_q <= (pairs_i && pair_whole) ? 3'd0 : have_q + 3'd1;

    if (rst_i) pause_q <= 1'b0;
    else if (accept) pause_q <= pause;
    else if (resume) pause_q <= 1'b0;

    if (start_i) row_q <= a_q[A_BITS-1:0];

    if (take_byte) begin
      if (for_a_low) a_q[7:0] <= byte_i;
      if (for_a_high) a_q[15:8] <= byte_i;
      if (for_b_low) b_q[7:0] <= byte_i;
      if (!for_a_low && !for_a_high && !for_b_low) b_q[15:8] <= byte_i;
    end else if (load_i) begin
      b_q    <= 0;
      left_q <= b_q[A_BITS:0];
    end else if (advance && !pairs_i) begin
      b_q <= row_over ? 0 : b_q + ONE_COLUMN;
      if (row_over) begin
        a_q    <= a_q + 16'd1;
        left_q <= left_q - 1'b1;
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

  generate
    if (A_BITS > 6) begin : gen_parts
      assign part_last = &a_q[5:0];
    end else begin : gen_one_part
      assign part_last = 1'b0;
    end
  endgenerate

  wire row_digested = resume && row_over;
  wire [31:0] digest;
  row_digest u_digest (
      .clk_i   (clk_i),
      .key_i   (argument_o),
      .load_i  (take_byte && have_q == 3'd4),
      .start_i (start_i || row_digested),
      .bit_i   (entry[bit_number]),
      .valid_i (product),
      .digest_o(digest)
  );

  assign write_o = sums_i ? row_digested : product;
  generate
    if (ENTRY_BYTES == 4) begin : gen_full
      assign word_o = sums_i ? digest : entry;
    end else begin : gen_narrow
      assign word_o = {digest[31:8*ENTRY_BYTES], sums_i ? digest[8*ENTRY_BYTES-1:0] : entry};
    end
  endgenerate

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
