`default_nettype none

// Logarithms: a sign and log2|x| in two's complement, 4 whole and 3 fraction bits. -8 stands for zero.
module lns8 (
  input  wire [7:0] a,
  input  wire [7:0] b,
  output wire [7:0] p
);
  wire signed [7:0] sum = $signed({a[6], a[6:0]}) + $signed({b[6], b[6:0]});
  wire zero = a[6:0] == 7'h40 || b[6:0] == 7'h40;
  wire [6:0] log = zero ? 7'h40 : sum > 63 ? 7'd63 : sum < -63 ? 7'h41 : sum[6:0];
  assign p = {a[7] ^ b[7], log};
endmodule

`default_nettype wire
