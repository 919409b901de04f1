package emulator

import (
	"io"
	"slices"
	"sync"
	"syscall"
)

// Wire is the host's end of a line to an emulated board in the same program. It is a
// port as package fpga needs it. Nothing of it is outside of Go, so that a bubble of
// testing/synctest makes the time of host and board virtual: the time stands still
// while the simulation computes.
type Wire struct {
	mu   sync.Mutex
	baud uint32
	down []byte // for the host
	came chan struct{}
	up   chan []byte
	rest []byte // of what the board's end reads

	hostGone, boardGone chan struct{}
	hostOnce, boardOnce sync.Once
}

func newWire() *Wire {
	return &Wire{came: make(chan struct{}, 1), up: make(chan []byte, 64), hostGone: make(chan struct{}), boardGone: make(chan struct{})}
}

// Read implements io.Reader.
func (w *Wire) Read(p []byte) (int, error) {
	for {
		w.mu.Lock()
		n := copy(p, w.down)
		w.down = w.down[n:]
		w.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		select {
		case <-w.came:
		case <-w.hostGone:
			return 0, io.EOF
		case <-w.boardGone:
			return 0, syscall.EIO
		}
	}
}

// Write implements io.Writer.
func (w *Wire) Write(p []byte) (int, error) {
	select {
	case w.up <- slices.Clone(p):
		return len(p), nil
	case <-w.hostGone:
		return 0, io.ErrClosedPipe
	case <-w.boardGone:
		return 0, syscall.EIO
	}
}

// SetBaud sets the rate of the host's end.
func (w *Wire) SetBaud(rate int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.baud = uint32(rate)
	return nil
}

// Close closes the host's end.
func (w *Wire) Close() error {
	w.hostOnce.Do(func() { close(w.hostGone) })
	return nil
}

// wireEnd is the board's end.
type wireEnd struct{ *Wire }

func (w wireEnd) Read(p []byte) (int, error) {
	if len(w.rest) == 0 {
		select {
		case w.Wire.rest = <-w.up:
		case <-w.boardGone:
			return 0, io.EOF
		}
	}
	n := copy(p, w.Wire.rest)
	w.Wire.rest = w.Wire.rest[n:]
	return n, nil
}

func (w wireEnd) write(p []byte) error {
	w.mu.Lock()
	w.down = append(w.down, p...)
	w.mu.Unlock()
	select {
	case w.came <- struct{}{}:
	default:
	}
	return nil
}

func (w wireEnd) rate() (uint32, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.baud, nil
}

func (w wireEnd) tend() {}

func (w wireEnd) Close() error {
	w.boardOnce.Do(func() { close(w.boardGone) })
	return nil
}
