// Package gateware puts a multiplier on a board: it writes the two files that
// adapt the board of rtl/verilog/fpga to a design under test ([New],
// multiplier.go), and has yosys, nextpnr and icepack make a bitstream
// ([Build], build.go) or figures about the multiplier alone ([Synthesize],
// synth.go). [BuildAll] and [MeasureAll] do so for built-in multipliers (table.go).
// [FindProgrammer] finds the tool that writes a bitstream into a board's flash.
//
// It does not talk to boards; that is package fpga.
package gateware
