// Operands in single bits, start and done, and a reset that is active high.
module netlist (
    input  wire clk, rst, start,
    input  wire a_2, a_1, a_0, b_2, b_1, b_0,
    output reg  done,
    output reg  [5:0] p
);
  reg [1:0] wait_q;
  wire [2:0] a = {a_2, a_1, a_0};
  wire [2:0] b = {b_2, b_1, b_0};
  always @(posedge clk) begin
    done <= 1'b0;
    if (rst) wait_q <= 0;
    else if (start) wait_q <= 1 + b[0];
    else if (wait_q != 0) begin
      wait_q <= wait_q - 1;
      if (wait_q == 1) begin
        done <= 1'b1;
        p <= a * b + a[0];
      end
    end
  end
endmodule
