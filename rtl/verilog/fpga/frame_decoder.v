// SPDX-License-Identifier: Apache-2.0
//
// frame_decoder: takes bytes from the line, gives the bodies of whole frames to
// a request_queue, less their CRCs. docs/protocol.md says what a frame is.
//
//   push_o    data_o is the next byte of a body
//   commit_o  the bytes pushed since the last commit or drop were a whole frame
//   drop_o    they were not
//
// The last two bytes of a body are its CRC, but which are the last is known at
// the flag; hence two bytes are always held back.
//
// What is counted: crc_error_o, bodies that were dropped for their CRC, their
// length or an escape before a flag; framing_o, bytes without a stop bit;
// timeout_o, frames that were not continued.

`default_nettype none

module frame_decoder (
    input  wire       clk_i,
    input  wire       rst_i,
    input  wire       tick_i,   // every 10 ms
    input  wire [7:0] data_i,
    input  wire       valid_i,
    input  wire       error_i,
    output wire       push_o,
    output wire [7:0] data_o,
    output wire       commit_o,
    output wire       drop_o,
    output wire       crc_error_o,
    output wire       framing_o,
    output wire       timeout_o
);

  localparam [7:0] FLAG = 8'h7e;
  localparam [7:0] ESCAPE = 8'h7d;
  localparam [8:0] LONGEST = 9'd259;  // head, sequence number, 255 bytes, CRC
  localparam [3:0] PATIENCE = 4'd11;  // ticks: 100 ms have surely passed

  reg        open_q;     // a flag has been seen, and nothing wrong since
  reg        escaped_q;  // the byte before was an escape
  reg [ 8:0] count_q;    // bytes of the body so far
  reg [ 7:0] held_q;     // the last of them,
  reg [ 7:0] oldest_q;   // and the one before
  reg [15:0] crc_q;      // of all before these two
  reg [ 3:0] ticks_q;    // since the last byte

  wire       good = valid_i && !error_i;
  wire       flag = good && data_i == FLAG;
  wire       other = good && data_i != FLAG && open_q;
  wire       escape = other && data_i == ESCAPE && !escaped_q;
  wire       part = other && !escape;  // a byte of the body
  wire [7:0] plain = escaped_q ? data_i ^ 8'h20 : data_i;
  wire       begun = open_q && (count_q != 9'd0 || escaped_q);
  wire       too_long = part && count_q == LONGEST;
  wire       whole = count_q >= 9'd4 && !escaped_q && crc_q == {held_q, oldest_q};
  wire       late = begun && ticks_q == PATIENCE && !valid_i;

  wire [15:0] crc_next;
  crc16_byte u_crc (
      .crc_i (crc_q),
      .data_i(oldest_q),
      .crc_o (crc_next)
  );

  assign push_o      = part && !too_long && count_q >= 9'd2;
  assign data_o      = oldest_q;
  assign commit_o    = flag && begun && whole;
  assign crc_error_o = (flag && begun && !whole) || too_long;
  assign framing_o   = valid_i && error_i;
  assign timeout_o   = late;
  assign drop_o      = crc_error_o || framing_o || late;

  always @(posedge clk_i) begin
    if (rst_i) begin
      open_q    <= 1'b0;
      escaped_q <= 1'b0;
      count_q   <= 9'd0;
      ticks_q   <= 4'd0;
    end else begin
      if (valid_i) ticks_q <= 4'd0;
      else if (tick_i && ticks_q != PATIENCE) ticks_q <= ticks_q + 4'd1;

      if (framing_o || too_long || late) open_q <= 1'b0;
      else if (flag) open_q <= 1'b1;

      if (flag || drop_o) begin
        escaped_q <= 1'b0;
        count_q   <= 9'd0;
      end else if (other) begin
        escaped_q <= escape;
        if (part) count_q <= count_q + 9'd1;
      end
    end
  end

  always @(posedge clk_i) begin
    if (part) begin
      held_q   <= plain;
      oldest_q <= held_q;
    end
    if (flag) crc_q <= 16'hffff;
    else if (push_o) crc_q <= crc_next;
  end

endmodule

`default_nettype wire
