// An 8-bit multiplier that nobody needs: 40 of them, and what they agree on.
module heavy (
    input  wire [ 7:0] a,
    input  wire [ 7:0] b,
    output wire [15:0] p
);
  wire [16*40-1:0] all;
  genvar i;
  generate
    for (i = 0; i < 40; i = i + 1) begin : gen_one
      (* keep *) wire [15:0] one = (a + i) * b;
      assign all[16*i+:16] = one - i * b;
    end
  endgenerate
  reg [15:0] both;
  integer k;
  always @* begin
    both = all[15:0];
    for (k = 1; k < 40; k = k + 1) both = both & all[16*k+:16];
  end
  assign p = both;
endmodule
