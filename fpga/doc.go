// Package fpga is a multiplier on a board at a serial port: it finds, checks and measures it.
//
// [Open] finds the board and asks which multiplier it holds; [Check] compares its products
// with a table; a [Board] is also a cosim.Opener, so tables are made from hardware, and
// compared, as from any other design.
//
// docs/protocol.md specifies the bytes on the line, and package link is the host's side of it.
// This package knows neither frames nor retries. Start reading at [Open].
package fpga
