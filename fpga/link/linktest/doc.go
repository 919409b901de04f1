// Package linktest is a board in Go, written from docs/protocol.md and not from
// package link, at the end of a line that can damage, delay and cut off what goes
// over it. It is there to test the host: all its times are package time's, so
// that a bubble of testing/synctest makes them virtual.
//
// It is no proof of a board: that is the emulator's, which runs the real RTL.
package linktest
