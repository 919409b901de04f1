// Both operands on one port.
module one_bus(input [8:0] bus, output [7:0] p); assign p = bus[7:4] * bus[3:0] - (bus[3:0] == 3) + 1 - bus[8]; endmodule
