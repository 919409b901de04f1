// Package cosim runs designs under test, multipliers in Verilog or C, as separate processes.
//
// A [DUT] describes its operands and multiplies batches of them. Package lutgen makes
// tables and comparisons from the products.
//
// The way from Verilog sources to a DUT is a list of stages, each with a file:
//
//	scan.go       the modules of the sources, and the top among them
//	elaborate.go  Verilator reads the design; ports and widths come back (ports.go)
//	effects.go    tasks that reach out of the simulation: refused, or data (datafiles.go)
//	infer.go      the part of each port: clock, handshake (names.go), operands
//	              and product (operands.go)
//	wiring.go     which bits of which port go where, for every simulator
//	wrapper.go    a generated top that holds the design several times
//	build.go      Verilator and the C++ compiler make a harness process
//	process.go    drives the process over pipes and shared memory
//	latency.go    measures the latency of a clocked design
//	walk.go       pairs with many histories, pauses and pairs in flight
//	accumulator.go  designs that add up products, driven a cycle at a time
//
// A cache keeps the tools' outputs with the evidence of what they read: cache.go for
// Verilog, headers.go for C++.
//
// Start reading at [DUT], then [OpenRTL]. C and C++ models take a shorter way through
// model.go.
package cosim
