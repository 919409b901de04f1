// Package link is the host's side of docs/protocol.md: frames, requests, retries and diagnosis.
//
// A connection keeps several requests in flight and repeats the lost ones. If it gives up,
// its error describes the fault of the line.
//
// A [Decoder] finds frames among bytes. A [Request] holds a question and the responses that
// fit it. A [Conn] makes requests over a serial port, or over anything
// that reads and writes bytes. Package fpga interprets the products and compares
// them. Start reading at [Conn.Do].
package link
