// Package blif reads netlists in the Berkeley Logic Interchange Format and writes them as Verilog.
//
// Yosys has a reader of its own for this format. A design in BLIF is therefore read on two roads: Yosys reads the file,
// Verilator and Icarus Verilog read what this package makes of it. The two share no code.
//
// The format is that of "Berkeley Logic Interchange Format (BLIF)", University of California, Berkeley, 1996: models of
// .names, .latch, .subckt and .gate. Ports name[0] to name[N-1] become one port of N bits. Whatever may change a
// product and is not understood is refused; comments and figures of area and delay have no effect.
//
// Start reading at [Verilog].
package blif
