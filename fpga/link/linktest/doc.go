// Package linktest is a board in Go, for tests of the host, behind a line with faults.
//
// It is written from docs/protocol.md, independently of package link. Its line can damage,
// delay and cut off bytes. All its times are package time's, so a bubble of testing/synctest
// makes them virtual.
//
// It proves nothing about a real board; package emulator runs the real RTL.
package linktest
