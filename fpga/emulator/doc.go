// Package emulator emulates a board: its own Verilog, UART included, runs under Verilator.
//
// [Line] is the serial line and the clock: it shifts the host's bits into the board's input
// pin and reads the output pin bit by bit, each at its own rate. [Port] puts a Line behind
// a pseudo-terminal, in real time, with the rate that the program at the other end has set,
// and with faults if wanted.
//
// Start reading at Build.
package emulator
