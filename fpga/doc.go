// Package fpga is a multiplier on a board, at the end of a serial port.
//
// [Open] finds the board and asks what it holds; [Check] compares its products
// with a table; a [Board] is also a cosim.Opener, so that tables are made from
// hardware, and compared, as from any other design.
//
// What goes over the line is in docs/protocol.md and, on the host's side, in
// package link. This package knows neither frames nor retries. Start reading at
// [Open].
package fpga
