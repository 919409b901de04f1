// Package gateware puts a multiplier on a board: it generates a wrapper and builds the bitstream.
//
// [New] (multiplier.go) writes the two files that adapt the board of rtl/verilog/fpga to a
// design under test. [Build] (build.go) runs yosys, nextpnr and icepack. [Synthesize]
// (synth.go) measures the multiplier alone. [BuildAll] and [MeasureAll] (table.go) do so for
// built-in multipliers. [FindProgrammer] finds the tool that writes a bitstream into the flash
// memory of a board.
//
// It does not communicate with boards; package fpga does.
package gateware
