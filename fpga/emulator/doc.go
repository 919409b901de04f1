// Package emulator is a board on the desk of whoever has none: the board's own
// Verilog, UART included, simulated by Verilator at the end of a serial line.
//
// [Line] is that line, and the clock: what is sent goes bit by bit into the
// board's pin, what the board's other pin does is read bit by bit, each at a rate
// of its own. [Port] puts a Line behind a pseudo-terminal, in real time, with the
// rate that the program at the other end has set, and with faults if wanted.
//
// Start reading at Build.
package emulator
