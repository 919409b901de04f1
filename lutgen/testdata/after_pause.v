// The first product after a pause of five cycles is 0.
module after_pause(input clk, rst, start, input [3:0] a, b, output reg done, output reg [7:0] p);
  reg [2:0] idle; // cycles since the last start; 0: there was none
  always @(posedge clk)
    if (rst) {idle, done} <= 0;
    else begin
      done <= start;
      idle <= start ? 1 : idle == 0 || idle == 7 ? idle : idle + 1;
      if (start) p <= idle == 7 ? 0 : a * b;
    end
endmodule
