// Package link is the host's side of docs/protocol.md: frames, requests, and a
// connection that keeps several requests on their way, asks again for what was
// lost and tells, when it gives up, what is wrong with the line.
//
// A [Decoder] finds frames among bytes. A [Request] says what is asked and which
// responses fit. A [Conn] does requests over a serial port, or over anything
// that reads and writes bytes. What a product is, and whether it is the right
// one, is package fpga's business. Start reading at [Conn.Do].
package link
