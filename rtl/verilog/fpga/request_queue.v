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
  reg [BITS:0] at_q;      // of the next byte to be pushed
  reg [BITS:0] read_q;
  reg [   7:0] length_q;  // of the payload in the making; two bytes go before
  reg [   1:0] before_q;
  reg          full_q;    // what was pushed did not fit

  wire [BITS:0] taken = at_q - read_q;
  wire          fits = !taken[BITS];
  wire [BITS:0] read = read_q + (pop_i ? ONE : 0);
  wire          keep = commit_i && !full_q;

  assign overflow_o = commit_i && full_q;

  wire [BITS-1:0] address = commit_i ? write_q[BITS-1:0] : at_q[BITS-1:0];

  always @(posedge clk_i) begin
    if (keep || push_i && fits) mem[address] <= commit_i ? length_q : data_i;
    data_o <= mem[read[BITS-1:0]];
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      write_q  <= 0;
      at_q     <= ONE;
      read_q   <= 0;
      length_q <= 8'd0;
      before_q <= 2'd2;
      full_q   <= 1'b0;
      valid_o  <= 1'b0;
    end else begin
      read_q  <= read;
      valid_o <= (read != write_q);
      if (commit_i || drop_i) begin
        at_q     <= (keep ? at_q : write_q) + ONE;
        length_q <= 8'd0;
        before_q <= 2'd2;
        full_q   <= 1'b0;
        if (keep) write_q <= at_q;
      end else if (push_i) begin
        if (fits) at_q <= at_q + ONE;
        else full_q <= 1'b1;
        if (before_q != 2'd0) before_q <= before_q - 2'd1;
        else length_q <= length_q + 8'd1;
      end
    end
  end

endmodule

`default_nettype wire
