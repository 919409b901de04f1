package gateware_test

import (
	"path/filepath"
	"testing"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/emulator"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/golden"
)

// The clock and the rate of the bench's boards: four cycles a bit, and time-outs
// that are soon over.
const (
	clockHz = 400_000
	baud    = clockHz / 4
	second  = clockHz
)

// openBuiltin opens the Verilog of a built-in multiplier.
func openBuiltin(t testing.TB, name, variant string) (*cosim.RTL, golden.Multiplier) {
	t.Helper()
	m, err := golden.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = m.Variant(variant); err != nil {
		t.Fatal(err)
	}
	s, err := cosim.Builtin(m.RTL.File, m.RTL.Top, m.RTL.Params)
	if err != nil {
		t.Fatal(err)
	}
	r, err := cosim.OpenRTL(t.Context(), s, cosim.Overrides{Kind: m.RTL.Kind}, cosim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r, m
}

// openFile opens a design of testdata.
func openFile(t testing.TB, file string, over cosim.Overrides) *cosim.RTL {
	t.Helper()
	s := cosim.Source{Files: []string{filepath.Join("testdata", file)}, Include: []string{library(t)}}
	r, err := cosim.OpenRTL(t.Context(), s, over, cosim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func library(t testing.TB) string {
	t.Helper()
	dir, err := cosim.Library()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// adapt is New with the format of the ports.
func adapt(t testing.TB, r *cosim.RTL) *gateware.Multiplier {
	t.Helper()
	f, err := r.Shape().Format()
	if err != nil {
		t.Fatal(err)
	}
	m, err := gateware.New(r, f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// board is an emulated board.
type board struct {
	t testing.TB
	*emulator.Line
}

// start builds a board with a multiplier and starts it.
func start(t testing.TB, m *gateware.Multiplier, o emulator.Options) *board {
	t.Helper()
	program, err := emulator.Build(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := emulator.Start(program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return &board{t, l}
}

// startSlow starts a board with the clock and rate above.
func startSlow(t testing.TB, m *gateware.Multiplier) *board {
	b := start(t, m, emulator.Options{ClockHz: clockHz, Baud: baud})
	b.bit(clockHz / baud)
	return b
}

// did fails the test on an error.
func (b *board) did(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// bit sets the length of a bit in clock cycles.
func (b *board) bit(cycles float64) { b.did(b.SetBit(cycles)) }

func (b *board) send(bytes ...byte) { b.did(b.Send(bytes...)) }

// level holds the line at 0 or 1.
func (b *board) level(l, cycles int) { b.did(b.Level(l, cycles)) }

// run lets time pass.
func (b *board) run(cycles int) []byte {
	b.t.Helper()
	h, err := b.Run(cycles)
	b.did(err)
	return h.Bytes
}

// drain runs until everything is sent.
func (b *board) drain() []byte {
	b.t.Helper()
	h, err := b.Drain()
	b.did(err)
	return h.Bytes
}

// until runs until so many flags have come.
func (b *board) until(flags, most int) emulator.Heard {
	b.t.Helper()
	h, err := b.Until(flags, most)
	b.did(err)
	return h
}

// frames runs until so many frames have come.
func (b *board) frames(n, most int) []response {
	b.t.Helper()
	h := b.until(2*n, most)
	r, err := responses(h.Bytes)
	if err != nil || h.Framing > 0 {
		b.t.Fatalf("the board sent % x: %v, %d framing errors", h.Bytes, err, h.Framing)
	}
	if len(r) != n {
		b.t.Fatalf("the board sent %d frames in %d cycles, expected %d", len(r), h.Cycles, n)
	}
	return r
}

// ask sends a request and returns its only response.
func (b *board) ask(head, sequence byte, payload ...byte) response {
	b.t.Helper()
	b.send(request(head, sequence, payload...)...)
	r := b.frames(1, 2*second)[0]
	if r.sequence != sequence {
		b.t.Fatalf("response %+v has the sequence number %d, expected %d", r, r.sequence, sequence)
	}
	return r
}
