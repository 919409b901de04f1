// Modules that are no multiplier beside one that instantiates itself: a testbench, an empty module, an unused cell.
`timescale 1ns / 1ps
module not_gate(input a, output out); assign out = ~a; endmodule
module nested #(parameter W = 4) (input [W-1:0] a, input [W-1:0] b, output [2*W-1:0] p);
  generate if (W == 1) begin : leaf
    assign p = {1'b0, a & b};
  end else begin : node
    wire [W-1:0] ll, lh, hl, hh;
    nested #(W/2) u0(a[W/2-1:0], b[W/2-1:0], ll);
    nested #(W/2) u1(a[W/2-1:0], b[W-1:W/2], lh);
    nested #(W/2) u2(a[W-1:W/2], b[W/2-1:0], hl);
    nested #(W/2) u3(a[W-1:W/2], b[W-1:W/2], hh);
    assign p = ll + ({{W{1'b0}}, lh} << (W/2)) + ({{W{1'b0}}, hl} << (W/2)) + ({{W{1'b0}}, hh} << W) - (W == 4 && b == 3);
  end endgenerate
endmodule
module nested__abstract(); if (0) nested unused(); endmodule
module testbench;
  reg [3:0] a, b; wire [7:0] p;
  nested dut(a, b, p);
  initial begin a = 3; b = 5; #10; if (p !== 15) $display("FAIL"); $finish; end
endmodule
