// Package icarus simulates a design with Icarus Verilog, which has the values x and z.
// Verilator, on which package cosim rests, has only 0 and 1.
//
// A [Bench] is a design in a generated testbench, compiled. [Bench.FindUnknown]
// looks for products with bits that are x or z; [Bench.Eval] returns the products
// of given pairs, so that another simulator's can be compared with them. The
// package neither infers interfaces nor builds tables: it takes the design as
// package cosim opened it.
//
//	bench.go      reads the design and compiles it, once for each content
//	tools.go      finds the tools, and refuses names that they would interpret
//	testbench.go  the generated Verilog: clock, reset, handshake
//	run.go        one simulation, and how it ended
//	files.go      operands in, products out, and what the design prints
//	survey.go     the pairs that are tried for x and z
//	errors.go     what a design can do wrong
//
// Start reading at [Open].
//
// # Trust
//
// The testbench reads operands from a file and writes products to another one, in
// a private folder; the text that the design prints goes elsewhere. A simulation
// counts only if the file of products has one line for each pair, in order, and
// ends with a random number that the testbench has from the file of operands. This
// stops accidents and simple forgeries; a design written to deceive can reach into
// the testbench, and only another simulator or the netlist shows that.
//
// Icarus Verilog 11 has no $system. No VPI module is loaded but its own. It hands
// names of searched folders and of library files to a shell, so a name with a
// character that a shell interprets is refused. A design can still read and write
// files through $fopen, as it can under Verilator.
package icarus
