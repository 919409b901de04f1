// Package mac proves that a design adds up the products of a table.
//
// Such a design, a multiply-accumulate unit, has a port that clears the sum, takes a pair of operands in each clock
// cycle and shows the sum. Three roads lead to each sum: Verilator (package cosim), the netlist of Yosys (package netlist),
// and the sum of products of a table, which no simulator has made. The stages, each with a file:
//
//	machine.go   the simulators run the design a cycle at a time, several sums side by side
//	timing.go    which cycle's pair and clear an edge of the clock sees: found by a trial, see Timing
//	products.go  clear, then one pair, for every pair: the table of products
//	sequence.go  sequences of pairs: walks to the powers of two and over the accumulator's limits, and random ones
//	rule.go      what happens at the limits: see Rule
//	check.go     all of it together
//	result.go    what is found
//
// Start reading at [Check].
package mac
