package linktest

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/approxtrain/approxtrain/fpga/faults"
)

// Faults are the faults of a line, in both directions.
type Faults = faults.Faults

// Line is a serial line to a board; it is the host's end, a port.
type Line struct {
	board  *Board
	faults Faults
	fast   bool
	random [2]*rand.Rand // to the board, to the host

	mu      sync.Mutex
	rate    int // of the host
	arrived []byte
	left    int // bytes until it is cut, if faults.CutAfter
	cut     bool
	wake    chan struct{}
	up      chan []byte
	done    chan struct{}
	ending  sync.Once
	running sync.WaitGroup
}

// NewLine connects a board, which begins to run. Fast lets bytes take no time.
func NewLine(b *Board, f Faults, fast bool) *Line {
	l := &Line{
		board: b, faults: f, fast: fast, rate: 115200, left: f.CutAfter, arrived: []byte(f.Before),
		wake: make(chan struct{}, 1), up: make(chan []byte, 64), done: make(chan struct{}),
	}
	for i := range l.random {
		l.random[i] = f.Random(i)
	}
	b.start(l)
	l.running.Go(l.toBoard)
	l.running.Go(func() { b.serve(l.done) })
	if f.Noise > 0 {
		l.running.Go(l.noise)
	}
	return l
}

// SetBaud changes the rate of the host's end.
func (l *Line) SetBaud(rate int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return syscall.EIO
	}
	l.rate = rate
	return nil
}

// Write implements io.Writer.
func (l *Line) Write(p []byte) (int, error) {
	select {
	case <-l.done:
		return 0, l.gone()
	case l.up <- slices.Clone(p):
		return len(p), nil
	}
}

const readTimeout = 50 * time.Millisecond

// Read implements io.Reader as a serial port does: after a while without bytes
// it returns none.
func (l *Line) Read(p []byte) (int, error) {
	timer := time.NewTimer(readTimeout)
	defer timer.Stop()
	for {
		l.mu.Lock()
		if n := copy(p, l.arrived); n > 0 {
			l.arrived = l.arrived[n:]
			l.mu.Unlock()
			return n, nil
		}
		cut := l.cut
		l.mu.Unlock()
		if cut {
			return 0, l.gone()
		}
		select {
		case <-l.done:
			return 0, io.EOF
		case <-timer.C:
			return 0, nil
		case <-l.wake:
		}
	}
}

func (l *Line) gone() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return syscall.EIO
	}
	return errors.New("the port is closed")
}

// Close ends the line and the board.
func (l *Line) Close() error {
	l.ending.Do(func() { close(l.done) })
	return nil
}

// Wait waits for the end of all that the line runs.
func (l *Line) Wait() { l.running.Wait() }

// differ says whether two rates are too far apart to understand each other.
func differ(a, b int) bool { return 100*max(a-b, b-a) > 3*b }

func (l *Line) toBoard() {
	for {
		select {
		case <-l.done:
			return
		case p := <-l.up:
			l.mu.Lock()
			rate := l.rate
			l.mu.Unlock()
			l.pass(len(p), rate, l.random[0])
			if l.faults.Echo {
				l.arrive(l.faults.Spoil(p, l.random[1]))
				continue
			}
			strange := differ(rate, l.board.Rate())
			for _, v := range l.faults.Spoil(p, l.random[0]) {
				if strange {
					l.board.input(byte(l.random[0].Uint32()), l.random[0].IntN(3) > 0)
				} else {
					l.board.input(v, false)
				}
			}
		}
	}
}

// toHost takes the bytes that the board sends, at the board's rate.
func (l *Line) toHost(p []byte, rate int) {
	l.pass(len(p), rate, l.random[1])
	if l.faults.Answer != "" {
		p = []byte(l.faults.Answer)
	}
	p = l.faults.Spoil(p, l.random[1])
	l.mu.Lock()
	defer l.mu.Unlock()
	if differ(l.rate, rate) {
		for i := range p {
			p[i] = byte(l.random[1].Uint32())
		}
	}
	l.put(p)
}

// noise lets random bytes arrive until the line is closed.
func (l *Line) noise() {
	const step = 10 * time.Millisecond
	r := l.faults.Random(2)
	wait := time.NewTimer(l.faults.NoiseAfter)
	for {
		select {
		case <-l.done:
			wait.Stop()
			return
		case <-wait.C:
		}
		p := make([]byte, l.faults.Noise)
		for i := range p {
			p[i] = byte(r.Uint32())
		}
		l.arrive(p)
		wait.Reset(step)
	}
}

func (l *Line) arrive(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(p)
}

// put lets bytes arrive at the host.
func (l *Line) put(p []byte) {
	if l.faults.CutAfter > 0 {
		p = p[:min(len(p), l.left)]
		if l.left -= len(p); l.left == 0 {
			l.cut = true
		}
	}
	l.arrived = append(l.arrived, p...)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// pass is the time that bytes take.
func (l *Line) pass(n, rate int, r *rand.Rand) {
	d := l.faults.Delay(r)
	if !l.fast {
		d += time.Duration(n) * 10 * time.Second / time.Duration(rate)
	}
	if d > 0 {
		time.Sleep(d)
	}
}
