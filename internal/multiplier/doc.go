// Package multiplier says what the name of a multiplier stands for. Every command, and every
// experiment in YAML, gives the name to Parse, so a spelling means the same everywhere:
//
//	fp32                  binary32's own multiplication
//	mitchell_e8m7         a built-in multiplier in a number format
//	drum6                 a built-in design, where the format follows from the other side
//	FILE.lut              a table
//	FILE.c[:function]     a function in C or C++ (.c, .cc, .cpp, .cxx)
//	FILE.v[:module]       Verilog or SystemVerilog (.v, .sv)
//	/dev/ttyUSB1          the serial port of a board
//
// Extensions are compared without case. A built-in name comes before a file of that name; write
// ./mitchell_e8m7 for the file. A file with another extension, or with none, is a table if its
// first bytes are those of a table.
//
// The package opens tables and reads C functions. Simulators are opened by package witness, and
// boards by package fpga.
//
// Start reading at Parse.
package multiplier
