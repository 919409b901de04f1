// SPDX-License-Identifier: Apache-2.0
//
// uart_rx: receives bytes, 8 bits, no parity, one stop bit.
//
// A bit takes 2^24 / step_i clock cycles on average, four at least: a phase of 24
// bits counts from the edge of the start bit, and its overflow is the end of a
// bit. Each bit is the majority of three samples, the last ones before 3/8, 4/8
// and 5/8 of it. (With four or five cycles a bit two of them are the same.)
//
// A byte comes out at 5/8 of its stop bit, so that a sender may be faster than
// the receiver by some per cent. A stop bit of 0 is a framing error; then the
// line has to be 1 before the next start bit, so that a break is one error.
// A start bit whose majority is 1 was noise and is no byte.

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

  // The line as the clock sees it, two registers behind.
  reg [1:0] sync_q;
  wire      line = sync_q[1];
  always @(posedge clk_i) begin
    if (rst_i) sync_q <= 2'b11;
    else sync_q <= {sync_q[0], rx_i};
  end

  reg [23:0] phase_q;
  reg [ 3:0] bit_q;   // 0 start, 1..8 data, 9 stop
  reg        busy_q;  // inside a byte
  reg        low_q;   // after a framing error: the line has not been 1 yet
  reg        early_q; // the cycle before was in the first 5/8
  reg [ 2:0] sample_q;
  reg [ 7:0] data_q;

  wire [24:0] next = {1'b0, phase_q} + {1'b0, step_i};
  wire [ 2:0] eighth = phase_q[23:21];
  wire        early = (eighth < 3'd5);
  wire        decide = busy_q && early_q && !early;
  wire        majority = (sample_q[0] & sample_q[1]) | (sample_q[0] & sample_q[2]) | (sample_q[1] & sample_q[2]);

  assign data_o = data_q;

  always @(posedge clk_i) begin
    if (eighth < 3'd3) sample_q[0] <= line;
    if (eighth < 3'd4) sample_q[1] <= line;
    if (eighth < 3'd5) sample_q[2] <= line;
    if (decide && bit_q != 4'd9) data_q <= {majority, data_q[7:1]};
  end

  always @(posedge clk_i) begin
    valid_o <= 1'b0;
    error_o <= 1'b0;
    early_q <= early;
    if (rst_i) begin
      busy_q  <= 1'b0;
      low_q   <= 1'b0;
      phase_q <= 24'd0;
      bit_q   <= 4'd0;
      early_q <= 1'b0;
    end else if (!busy_q) begin
      if (line) low_q <= 1'b0;
      if (!line && !low_q) begin
        // The edge lies, on average, half a cycle back.
        phase_q <= step_i + {1'b0, step_i[23:1]};
        busy_q  <= 1'b1;
        bit_q   <= 4'd0;
        early_q <= 1'b1;
      end else begin
        phase_q <= 24'd0;
      end
    end else begin
      phase_q <= next[23:0];
      if (next[24]) bit_q <= bit_q + 4'd1;
      if (decide && bit_q == 4'd0 && majority) busy_q <= 1'b0;
      if (decide && bit_q == 4'd9) begin
        busy_q  <= 1'b0;
        valid_o <= 1'b1;
        error_o <= !majority;
        low_q   <= !majority;
      end
    end
  end

endmodule

`default_nettype wire
