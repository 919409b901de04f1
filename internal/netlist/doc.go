// Package netlist is the second simulator: it evaluates the gates that Yosys makes of a design.
//
// It evaluates 64 operand pairs in every machine word, and proves properties from the
// netlist's structure that no simulation can prove.
//
// Yosys has a Verilog parser and an elaboration of its own, so an error of
// Verilator, or a construct that the two read differently, shows as a
// difference between products. The stages, each with a file:
//
//	open.go       Yosys makes gates of the sources (internal/yosys); a circuit of them
//	json.go       that JSON becomes nets and cells
//	graph.go      a graph of and, xor and multiplexer nodes, folded and shared
//	cone.go       the cells that the product depends on become such a graph; faults
//	              of the netlist are found
//	structure.go  is there state, a pipeline, a loop, an undriven net?
//	program.go    the graph becomes a list of word operations
//	exec.go       the word operations are executed, on blocks of 4,096 pairs
//	planes.go     operands become bit planes, planes become products
//	exec_amd64.go the last two with AVX2 and AVX-512, which _asm generates
//	dut.go        combinational designs as a cosim.DUT
//	clocked.go    clocked ones, every bit of a word an instance with its own state
//	cycles.go     those, a cycle at a time, for sums of products
//
// # Time
//
// A word operation loads two or three slots and stores one. A slot of 512 bytes is
// eight vectors of AVX-512. A core that loads two vectors and stores one in a cycle
// needs 8 cycles for an operation of two operands and 12 for one of three; with AVX2
// it needs 16 and 24. The logic is one VPTERNLOGQ at most and overlaps with the loads.
//
// The exact 8 × 8 multiplier takes 266 operations, 9.3 cycles each by this count. On
// Cascade Lake, a loop of the same loads, logic and stores takes 12.6, because its
// stores compete with loads for address units, and the program takes 16.5: to find
// out which operation is next takes 3, and slots that miss the first-level cache or
// share its sets take 1. Packing instructions into fewer loads, or a copy of the
// dispatch behind every operation, changes nothing. Branches are predicted, because
// every block takes the same ones: sorting operations by kind makes no difference.
// Neither do slots of half the size.
//
// The products of a block take a sixth of that time, and planes of operands are
// written only when they change. A sweep whose products do not fit the caches is
// bound by memory instead.
//
// Fewer slots read and written would lower the bound: operations of three operands
// that cover two gates, a full adder as one operation, or machine code made for the
// netlist, which keeps planes in registers. `approxtrain bench --filter netlist`
// measures the simulator, and its operations beside both bounds.
//
// Start reading at [Open].
package netlist
