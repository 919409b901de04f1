// Both operands, and bits that are not used, on one port: a = bus[8:5], b = bus[3:0].
module one_bus(input [9:0] bus, output [7:0] p); assign p = bus[8:5] * bus[3:0] - (bus[3:0] == 3); endmodule
