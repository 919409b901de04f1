// SPDX-License-Identifier: Apache-2.0
//
// uart_rx: receives bytes, 8 bits, no parity, one stop bit.
//
// A bit takes 2^24 / step_i clock cycles on average, four at least: a phase of 24
// bits counts from the edge of the start bit, and its overflow is the end of a
// bit. Each bit is the majority of three samples, the last ones before 2/8, 3/8
// and 4/8 of it: round the place from which a sender may be as much too fast as
// too slow, some 4 per cent, for the last bit to be right still. (With few cycles
// a bit some of them are the same.) The edge is seen a cycle and a half late, on
// average; the samples are a cycle old, which makes up for most of that.
//
// A byte comes out in the middle of its stop bit; with few cycles a bit the next
// start bit may be there in that very cycle. A stop bit of 0 is a framing error;
// then the line has to be 1 before the next start bit, so that a break is one
// error. A start bit whose majority is 1 was noise and is no byte.

`default_nettype none

module uart_rx (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire [23:0] step_i,
    input  wire        rx_i,     // asynchronous
    output wire [ 7:0] data_o,
    output reg         valid_o,  // for one cycle; data_o stays a while
    output reg         error_o   // with valid_o: the stop bit was 0
);

  // The line as the clock sees it, two registers behind, and a cycle older.
  reg [2:0] sync_q;
  wire      line = sync_q[1];
  wire      old = sync_q[2];
  always @(posedge clk_i) begin
    if (rst_i) sync_q <= 3'b111;
    else sync_q <= {sync_q[1:0], rx_i};
  end

  reg [23:0] phase_q;
  reg [ 3:0] bit_q;   // 0 start, 1..8 data, 9 stop
  reg        busy_q;  // inside a byte
  reg        low_q;   // after a framing error: the line has not been 1 yet
  reg        early_q; // the cycle before was in the first half of a bit
  reg [ 2:0] sample_q;
  reg [ 7:0] data_q;

  wire [24:0] next = {1'b0, phase_q} + {1'b0, step_i};
  wire [ 2:0] eighth = phase_q[23:21];
  wire        early = !eighth[2];
  wire        decide = busy_q && early_q && !early;
  wire        majority = (sample_q[0] & sample_q[1]) | (sample_q[0] & sample_q[2]) | (sample_q[1] & sample_q[2]);

  assign data_o = data_q;

  always @(posedge clk_i) begin
    if (eighth < 3'd2) sample_q[0] <= old;
    if (eighth < 3'd3) sample_q[1] <= old;
    if (early) sample_q[2] <= old;
    if (decide && bit_q != 4'd9) data_q <= {majority, data_q[7:1]};
  end

  wire stop = decide && bit_q == 4'd9;
  wire noise = decide && bit_q == 4'd0 && majority;
  wire restart = stop && majority && !line;

  always @(posedge clk_i) begin
    if (!busy_q || restart) phase_q <= 24'd0;
    else phase_q <= next[23:0];
  end

  always @(posedge clk_i) begin
    valid_o <= stop;
    error_o <= !majority;
    early_q <= early;
    if (rst_i) begin
      busy_q <= 1'b0;
      low_q  <= 1'b0;
    end else if (!busy_q) begin
      if (line) low_q <= 1'b0;
      else if (!low_q) busy_q <= 1'b1;
    end else if (stop || noise) begin
      busy_q <= restart;
      low_q  <= !majority;
    end
    if (!busy_q || restart) bit_q <= 4'd0;
    else if (next[24]) bit_q <= bit_q + 4'd1;
  end

endmodule

`default_nettype wire
