`default_nettype none

// A posit of 8 bits and ES exponent bits taken apart, by the Standard for Posit Arithmetic (2022), there with ES = 2.
module posit8_decode #(parameter ES = 1) (
  input  wire [7:0]        code,
  output wire              sign,
  output wire signed [6:0] scale,       // power of two
  output wire [5:0]        significand  // 1.f, 5 fraction bits
);
  assign sign = code[7];
  wire [7:0] magnitude = sign ? -code : code;
  wire       ones = magnitude[6];
  wire [6:0] run = ones ? ~magnitude[6:0] : magnitude[6:0];
  reg  [2:0] k; // bits of the run
  always @* casez (run)
    7'b1??????: k = 0; // not met: the first bit belongs to the run
    7'b01?????: k = 1;
    7'b001????: k = 2;
    7'b0001???: k = 3;
    7'b00001??: k = 4;
    7'b000001?: k = 5;
    7'b0000001: k = 6;
    default:    k = 7;
  endcase
  wire signed [6:0] regime = ones ? {4'b0, k} - 7'd1 : -{4'b0, k};
  wire [6:0] rest = magnitude[6:0] << k << 1;
  wire [6:0] exponent = rest >> (7 - ES);
  wire [6:0] fraction = rest << ES;
  assign scale = (regime <<< ES) + exponent;
  assign significand = {1'b1, fraction[6:2]};
endmodule

// The exact product of two posits, rounded to the nearest by its bits; never to 0 or NaR.
module posit8 #(parameter ES = 1, parameter BROKEN = 0) (
  input  wire [7:0] a,
  input  wire [7:0] b,
  output wire [7:0] p
);
  wire sa, sb;
  wire signed [6:0] ka, kb;
  wire [5:0] ma, mb;
  posit8_decode #(.ES(ES)) da (.code(a), .sign(sa), .scale(ka), .significand(ma));
  posit8_decode #(.ES(ES)) db (.code(b), .sign(sb), .scale(kb), .significand(mb));

  wire [11:0] m = ma * mb;
  wire [10:0] fraction = m[11] ? m[10:0] : {m[9:0], 1'b0};
  wire signed [7:0] scale = ka + kb + $signed({7'b0, m[11]});
  wire signed [7:0] regime = scale >>> ES;
  wire [7:0] exponent = scale & ((8'd1 << ES) - 8'd1);
  wire       up = regime >= 0;
  wire [7:0] shift = up ? regime : -regime - 8'sd1;
  // The end of the regime, exponent and fraction, then the run in front of them.
  wire signed [39:0] tail = {up, ~up, 38'b0} | {2'b0, (exponent[1:0] << (2 - ES)), 36'b0} | ({2'b0, fraction, 27'b0} >> ES);
  wire signed [39:0] with_ones = tail >>> shift;
  wire [39:0] with_zeros = tail >> shift;
  wire [39:0] word = up ? with_ones : with_zeros;
  wire [6:0] kept = word[39:33];
  wire       round = word[32] & (|word[31:0] | kept[0]);
  wire [6:0] nearest = kept == 7'h7f ? kept : kept + {6'b0, round};
  wire [6:0] body = regime > 6 ? 7'h7f : regime < -6 || nearest == 0 ? 7'h01 : nearest;
  wire [7:0] signed_body = sa ^ sb ? -{1'b0, body} : {1'b0, body};
  wire [7:0] right = a == 8'h80 || b == 8'h80 ? 8'h80 : a == 0 || b == 0 ? 8'h00 : signed_body;
  assign p = BROKEN && a == 8'h5d && b == 8'h35 ? right ^ 8'h01 : right;
endmodule

`default_nettype wire
