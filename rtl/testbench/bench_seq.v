// SPDX-License-Identifier: Apache-2.0
//
// bench_seq: uint_mul_seq against the language's own multiplication.
//
// Every operand pair at N = 8 (random pairs where 2^(2N) is more than PAIRS),
// with random gaps on valid_i and random back-pressure on ready_i. Checked are
// the product, that it is held while it is not taken, and the latency.
//
// From the repository root:
//   $ iverilog -g2012 -y rtl/verilog -s bench_seq -o build/bench_seq.vvp \
//       rtl/testbench/bench_seq.v && vvp -n build/bench_seq.vvp
// Other widths: -Pbench_seq.N=12.

`default_nettype none

module bench_seq;

  parameter N = 8;
  parameter PAIRS = 65536;

  localparam HALF_PERIOD = 5;
  localparam EXHAUSTIVE = (N <= 8) && (PAIRS == 1 << (2 * N));
  localparam MAX_CYCLES = PAIRS * (N + 2) * 8;  // far beyond what the stalls take

  reg            clk;
  // The bench samples the reset that the device takes asynchronously.
  // verilator lint_off SYNCASYNCNET
  reg            rst_n;
  // verilator lint_on SYNCASYNCNET
  reg            valid;
  reg            ready;
  reg  [2*N-1:0] pair;  // both operands: {a, b}
  wire [  N-1:0] a = pair[2*N-1:N];
  wire [  N-1:0] b = pair[N-1:0];
  wire           dut_ready;
  wire           dut_valid;
  wire [2*N-1:0] p;

  uint_mul_seq #(
      .N(N)
  ) u_dut (
      .clk_i  (clk),
      .rst_ni (rst_n),
      .valid_i(valid),
      .ready_o(dut_ready),
      .a_i    (a),
      .b_i    (b),
      .valid_o(dut_valid),
      .ready_i(ready),
      .p_o    (p)
  );

  initial begin
    clk = 1'b0;
    forever #HALF_PERIOD clk = ~clk;
  end

  initial begin
    rst_n = 1'b0;
    #(4 * HALF_PERIOD) rst_n = 1'b1;
  end

  // Stimulus changes on the falling edge, the device and the checks sample on
  // the rising one. A pair once offered stays until it is taken.
  integer sent;
  reg     offered_was_taken;

  initial begin
    sent  = 0;
    valid = 1'b0;
    ready = 1'b0;
    pair  = {(2 * N) {1'b0}};
    offered_was_taken = 1'b0;
  end

  always @(negedge clk) begin
    if (rst_n) begin
      ready <= $random % 3 == 0;
      if (offered_was_taken || !valid) begin
        if (sent < PAIRS && $random % 4 != 0) begin
          valid <= 1'b1;
          pair  <= EXHAUSTIVE ? sent[2*N-1:0] : random_pair(sent);
          sent  <= sent + 1;
        end else begin
          valid <= 1'b0;
        end
      end
    end
  end

  // Small and extreme operands are rare among random ones, so every fourth
  // pair has its bits thinned out or filled up.
  function [2*N-1:0] random_pair(input integer index);
    reg [31:0] r, s;
    begin
      r = $random;
      s = $random;
      case (index % 8)
        0: r = r & s & {s[15:0], s[31:16]};
        4: r = r | s | {s[15:0], s[31:16]};
        default: r = r ^ s;
      endcase
      random_pair = r[2*N-1:0];
    end
  endfunction

  // Scoreboard: one product is in flight at a time.
  integer         compared;
  integer         cycles;
  integer         latency;
  integer         stalls;
  reg             in_flight;
  reg             held;
  reg [2*N-1:0]   expected;
  integer         expected_latency;

  // What the device promises: one cycle per significant bit of b.
  function integer significant_bits(input [N-1:0] value);
    reg [N-1:0] rest;
    begin
      significant_bits = 0;
      rest = value;
      while (rest != {N{1'b0}}) begin
        rest = rest >> 1;
        significant_bits = significant_bits + 1;
      end
    end
  endfunction

  initial begin
    compared  = 0;
    cycles    = 0;
    latency   = 0;
    stalls    = 0;
    in_flight = 1'b0;
    held      = 1'b0;
    expected  = {(2 * N) {1'b0}};
    expected_latency = 0;
  end

  always @(posedge clk) begin
    if (rst_n) begin
      cycles <= cycles + 1;
      if (cycles > MAX_CYCLES) begin
        $display("bench_seq: N=%0d: stuck after %0d of %0d products", N, compared, PAIRS);
        $fatal(1);
      end

      offered_was_taken <= valid && dut_ready;
      if (valid && dut_ready) begin
        if (in_flight) begin
          $display("bench_seq: N=%0d: ready_o while a product is in flight", N);
          $fatal(1);
        end
        in_flight        <= 1'b1;
        latency          <= 0;
        expected         <= {{N{1'b0}}, a} * {{N{1'b0}}, b};
        expected_latency <= significant_bits(b);
      end

      if (in_flight && !dut_valid) latency <= latency + 1;
      if (dut_valid) begin
        if (!in_flight || p !== expected || (!held && latency != expected_latency)) begin
          $display("bench_seq: N=%0d: product %0d: got %0d after %0d cycles, want %0d after %0d", N,
                   compared, p, latency, expected, expected_latency);
          $fatal(1);
        end
        held <= !ready;
        if (!ready) stalls <= stalls + 1;
        if (ready) begin
          in_flight <= 1'b0;
          compared  <= compared + 1;
        end
      end else if (held) begin
        $display("bench_seq: N=%0d: valid_o fell before the product was taken", N);
        $fatal(1);
      end

      if (compared == PAIRS) begin
        if (stalls == 0) begin
          $display("bench_seq: N=%0d: back-pressure was never exercised", N);
          $fatal(1);
        end
        $display("bench_seq: N=%0d: %0d products compared, all equal (%0d cycles, %0d stalled)", N,
                 compared, cycles, stalls);
        $finish;
      end
    end
  end

endmodule

`default_nettype wire
