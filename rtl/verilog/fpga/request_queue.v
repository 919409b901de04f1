// SPDX-License-Identifier: Apache-2.0
//
// request_queue: the requests that wait for an answer, in block RAM.
//
// A request takes its payload and three bytes: the payload's length, then what
// was pushed: head, sequence number, payload. Bytes that are pushed lie behind
// the last request; commit_i makes them one, with their number in front, drop_i
// forgets them. If they do not fit, commit_i forgets them too, and overflow_o
// says so. A reader sees committed requests only, and frees what it pops.
//
// Size: 2^BITS bytes.

`default_nettype none

module request_queue #(
    parameter BITS = 9
) (
    input  wire       clk_i,
    input  wire       rst_i,
    input  wire       push_i,
    input  wire [7:0] data_i,
    input  wire       commit_i,
    input  wire       drop_i,
    output wire       overflow_o,
    output reg  [7:0] data_o,
    output reg        valid_o,     // data_o is the next byte
    input  wire       pop_i
);

  localparam [BITS:0] ONE = 1;

  // A reader never sees a place in the cycle in which it is written.
  (* no_rw_check *)
  reg [7:0] mem[0:(1<<BITS)-1];

  // Places have one bit more than addresses: write - read is what is taken.
  reg [BITS:0] write_q;   // of the length of the next request
  reg [BITS:0] last_q;    // of the byte that was pushed last
  reg [BITS:0] read_q;
  reg [   7:0] length_q;  // of the payload in the making; it begins at -2
  reg          full_q;    // what was pushed did not fit

  wire [BITS:0] next = last_q + ONE;
  wire [BITS:0] taken = next - read_q;
  wire          fits = !taken[BITS];
  wire [BITS:0] read = read_q + {{BITS{1'b0}}, pop_i};
  wire          keep = commit_i && !full_q;

  assign overflow_o = commit_i && full_q;

  wire [BITS-1:0] address = commit_i ? write_q[BITS-1:0] : next[BITS-1:0];

  always @(posedge clk_i) begin
    if (keep || push_i && fits) mem[address] <= commit_i ? length_q : data_i;
    data_o <= mem[read[BITS-1:0]];
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      write_q <= 0;
      last_q  <= 0;
      read_q  <= 0;
      valid_o <= 1'b0;
    end else begin
      read_q  <= read;
      valid_o <= (read != write_q);
      if (keep) write_q <= next;
      if (keep || push_i && fits) last_q <= next;
      else if (commit_i || drop_i) last_q <= write_q;
    end
  end

  always @(posedge clk_i) begin
    if (rst_i || commit_i || drop_i) begin
      length_q <= 8'hfe;
      full_q   <= 1'b0;
    end else if (push_i) begin
      length_q <= length_q + 8'd1;
      if (!fits) full_q <= 1'b1;
    end
  end

endmodule

`default_nettype wire
