// SPDX-License-Identifier: Apache-2.0
//
// frame_encoder: makes a frame of a stream of bytes: a flag, the bytes with
// escapes, their CRC, a flag. last_i marks a body's last byte.

`default_nettype none

module frame_encoder (
    input  wire       clk_i,
    input  wire       rst_i,
    input  wire [7:0] data_i,
    input  wire       valid_i,
    input  wire       last_i,
    output wire       ready_o,
    output reg  [7:0] data_o,
    output wire       valid_o,
    input  wire       ready_i,
    output wire       idle_o    // every byte of the last frame was taken
);

  localparam [7:0] FLAG = 8'h7e;
  localparam [7:0] ESCAPE = 8'h7d;

  localparam [2:0] IDLE = 3'd0;
  localparam [2:0] OPEN = 3'd1;
  localparam [2:0] BODY = 3'd2;
  localparam [2:0] CRC_LOW = 3'd3;
  localparam [2:0] CRC_HIGH = 3'd4;
  localparam [2:0] CLOSE = 3'd5;

  reg [ 2:0] state_q;
  reg        escaped_q;  // the escape before the byte is out
  reg [15:0] crc_q;

  reg  [7:0] plain;
  always @* begin
    case (state_q)
      CRC_LOW:  plain = crc_q[7:0];
      CRC_HIGH: plain = crc_q[15:8];
      default:  plain = data_i;
    endcase
  end

  wire special = (plain == FLAG || plain == ESCAPE);
  wire flag = (state_q == OPEN || state_q == CLOSE);

  always @* begin
    if (flag) data_o = FLAG;
    else if (escaped_q) data_o = plain ^ 8'h20;
    else if (special) data_o = ESCAPE;
    else data_o = plain;
  end

  assign idle_o  = (state_q == IDLE);
  assign valid_o = !idle_o && (state_q != BODY || valid_i);

  wire sent = valid_o && ready_i;
  wire done = sent && (flag || escaped_q || !special);  // with what the state sends

  assign ready_o = (state_q == BODY) && done;

  wire [15:0] crc_next;
  crc16_byte u_crc (
      .crc_i (crc_q),
      .data_i(data_i),
      .crc_o (crc_next)
  );

  always @(posedge clk_i) begin
    if (rst_i) begin
      state_q   <= IDLE;
      escaped_q <= 1'b0;
    end else begin
      if (sent) escaped_q <= !done;
      case (state_q)
        IDLE:     if (valid_i) state_q <= OPEN;
        OPEN:     if (done) state_q <= BODY;
        BODY:     if (done && last_i) state_q <= CRC_LOW;
        CRC_LOW:  if (done) state_q <= CRC_HIGH;
        CRC_HIGH: if (done) state_q <= CLOSE;
        default:  if (done) state_q <= IDLE;
      endcase
    end
  end

  always @(posedge clk_i) begin
    if (idle_o) crc_q <= 16'hffff;
    else if (ready_o) crc_q <= crc_next;
  end

endmodule

`default_nettype wire
