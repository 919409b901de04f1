// Package netlist is the second simulator: it evaluates the netlist that Yosys
// makes of a design, 64 operand pairs in every machine word, and decides from
// the netlist's structure what no simulation can prove.
//
// Yosys has a Verilog parser and an elaboration of its own, so that an error of
// Verilator, or a construct that the two read differently, shows as a
// difference between products. The stages, each with a file:
//
//	synth.go      Yosys makes gates of the sources, as JSON; cached by content
//	json.go       that JSON becomes nets and cells
//	graph.go      cells become a graph of and, xor and multiplexer nodes,
//	              folded and shared; faults of the netlist are found
//	structure.go  is there state, a pipeline, a loop, an undriven net?
//	program.go    the graph becomes a list of word operations
//	exec.go       the word operations are executed, on blocks of 4,096 pairs
//	planes.go     operands become bit planes, planes become products
//	dut.go        combinational designs as a cosim.DUT
//	clocked.go    clocked ones, every bit of a word an instance with its own state
//
// Start reading at [Open].
package netlist
