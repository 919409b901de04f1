// Package cosim runs designs under test: multipliers that somebody else wrote,
// in Verilog or in C, as processes of their own.
//
// A [DUT] says what its operands are and multiplies batches of them. What to
// make of the products — a table, a comparison — is package lutgen's business.
//
// The way from Verilog sources to a DUT is a list of stages, each with a file:
//
//	scan.go       which modules are there, which of them is the top
//	elaborate.go  Verilator reads the design; ports and widths come back (ports.go)
//	effects.go    what reaches out of the simulation: refused, or data (datafiles.go)
//	infer.go      what each port is for: clock, handshake (names.go), operands
//	              and product (operands.go)
//	wrapper.go    a generated top with the design in it, several times
//	build.go      Verilator and the C++ compiler make a harness process
//	process.go    the process is driven over pipes and shared memory
//	latency.go    a clocked design's latency is measured
//	walk.go       pairs with many histories, pauses and pairs in flight
//
// What the tools made is kept in a cache with the evidence of what they read:
// cache.go for Verilog, headers.go for C++.
//
// Start reading at [DUT], then [OpenRTL]. C and C++ models take the short way
// through model.go.
package cosim
