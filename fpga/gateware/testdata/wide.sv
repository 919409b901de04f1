// binary32 products of operands with 3 fraction bits, in SystemVerilog.
module wide (
    input  logic [11:0] a, b,
    output logic [31:0] p
);
  logic [15:0] q;
  fp_mul #(.DESIGN("exact-full"), .M(3), .P(7)) u_mul (.a_i(a), .b_i(b), .p_o(q));
  always_comb p = {q, 16'd0};
endmodule
