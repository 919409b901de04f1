// SPDX-License-Identifier: Apache-2.0
//
// bench_pipe: fp_mul_pipe against fp_mul delayed by three clock edges.
//
// Random pairs, one per cycle, with exponents drawn so that zeros, infinities,
// NaNs, underflow and overflow all turn up often; halfway the pipe is reset
// while full. What is checked is the pipelining: fp_mul itself is checked
// elsewhere. The counts of each kind of result must all be above zero.
//
// From the repository root:
//   $ iverilog -g2012 -y rtl/verilog -y rtl/verilog/fp -s bench_pipe -o build/bench_pipe.vvp \
//       rtl/testbench/bench_pipe.v && vvp -n build/bench_pipe.vvp
// Other designs: -Pbench_pipe.DESIGN='"realm"' -Pbench_pipe.K=8, widths: -Pbench_pipe.M=5.

`default_nettype none

module bench_pipe;

  parameter DESIGN = "mitchell";
  parameter M = 7;
  parameter P = M;
  parameter K = 0;
  parameter V = 0;
  parameter PAIRS = 200000;

  localparam HALF_PERIOD = 5;
  localparam LATENCY = 3;
  localparam RESET_CYCLES = 4;
  localparam WIDTH = 9 + P;

  reg          clk;
  // The bench samples the reset that the device takes asynchronously.
  // verilator lint_off SYNCASYNCNET
  reg          rst_n;
  // verilator lint_on SYNCASYNCNET
  reg  [8+M:0] a;
  reg  [8+M:0] b;
  wire [8+P:0] p;
  wire [8+P:0] now;  // the product of the pair being driven

  fp_mul_pipe #(
      .DESIGN(DESIGN),
      .M     (M),
      .P     (P),
      .K     (K),
      .V     (V)
  ) u_dut (
      .clk_i (clk),
      .rst_ni(rst_n),
      .a_i   (a),
      .b_i   (b),
      .p_o   (p)
  );

  fp_mul #(
      .DESIGN(DESIGN),
      .M     (M),
      .P     (P),
      .K     (K),
      .V     (V)
  ) u_reference (
      .a_i(a),
      .b_i(b),
      .p_o(now)
  );

  initial begin
    clk = 1'b0;
    forever #HALF_PERIOD clk = ~clk;
  end

  // Half of the exponents lie around the bias, an eighth each at the two
  // special values, the rest anywhere.
  function [8+M:0] random_operand(input integer unused_seed);
    // An operand takes fewer bits than two calls of $random give.
    // verilator lint_off UNUSEDSIGNAL
    reg [31:0] r;
    reg [31:0] s;
    // verilator lint_on UNUSEDSIGNAL
    reg [7:0] exponent;
    begin
      r = $random;
      s = $random;
      case (r[2:0])
        3'd0: exponent = 8'd0;
        3'd1: exponent = 8'd255;
        3'd2, 3'd3: exponent = r[10:3];
        default: exponent = 8'd112 + {3'd0, r[7:3]};
      endcase
      // An infinity needs its fraction to be all zero, which chance won't give.
      random_operand = {r[31], exponent, (r[12:11] == 2'd0) ? {M{1'b0}} : s[M-1:0]};
    end
  endfunction

  // Stimulus on the falling edge; the device samples on the rising one.
  integer driven;

  initial begin
    driven = 0;
    rst_n  = 1'b0;
    a      = {(9 + M) {1'b0}};
    b      = {(9 + M) {1'b0}};
  end

  always @(negedge clk) begin
    driven <= driven + 1;
    rst_n  <= !(driven < RESET_CYCLES ||
                (driven >= PAIRS / 2 && driven < PAIRS / 2 + RESET_CYCLES));
    a      <= random_operand(0);
    b      <= random_operand(1);
  end

  // The reference's products on their way: bits [WIDTH-1:0] are the youngest.
  reg [LATENCY*WIDTH-1:0] delayed;
  integer filled;  // how many of them were sampled since reset

  wire [8+P:0] expected = delayed[(LATENCY-1)*WIDTH+:WIDTH];

  integer compared, nans, infinities, zeros, numbers;

  initial begin
    delayed    = {(LATENCY * WIDTH) {1'b0}};
    filled     = 0;
    compared   = 0;
    nans       = 0;
    infinities = 0;
    zeros      = 0;
    numbers    = 0;
  end

  // p holds still around the rising edge, so what the edge samples is the
  // product of the operands taken three edges earlier.
  always @(posedge clk) begin
    if (!rst_n) begin
      filled  <= 0;
      delayed <= {(LATENCY * WIDTH) {1'b0}};
      if (p !== {WIDTH{1'b0}}) begin
        $display("bench_pipe: in reset: got %h, want 0", p);
        $fatal(1);
      end
    end else begin
      delayed <= {delayed[(LATENCY-1)*WIDTH-1:0], now};
      if (filled < LATENCY) filled <= filled + 1;

      if (filled < LATENCY) begin
        if (p !== {WIDTH{1'b0}}) begin
          $display("bench_pipe: %0d edges after reset: got %h, want 0", filled, p);
          $fatal(1);
        end
      end else begin
        if (p !== expected) begin
          $display("bench_pipe: M=%0d: product %0d: got %h, want %h", M, compared, p, expected);
          $fatal(1);
        end
        compared <= compared + 1;
        if (&p[P+:8]) begin
          if (|p[P-1:0]) nans <= nans + 1;
          else infinities <= infinities + 1;
        end else if (p == {WIDTH{1'b0}}) zeros <= zeros + 1;
        else numbers <= numbers + 1;
      end

      if (compared == PAIRS) begin
        $display("bench_pipe: M=%0d P=%0d: %0d products compared, all equal", M, P, compared);
        $display("bench_pipe: %0d numbers, %0d zeros, %0d infinities, %0d NaNs", numbers, zeros,
                 infinities, nans);
        if (numbers == 0 || zeros == 0 || infinities == 0 || nans == 0) begin
          $display("bench_pipe: a kind of result never turned up");
          $fatal(1);
        end
        $finish;
      end
    end
  end

endmodule

`default_nettype wire
