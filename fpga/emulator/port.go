package emulator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/approxtrain/approxtrain/fpga/faults"
	"github.com/approxtrain/approxtrain/fpga/gateware"
)

// Port is an emulated board behind a pseudo-terminal.
//
// The board's time is real time as long as the simulation keeps up, and later
// where it does not; never earlier. The host's end of the line has the rate that
// the program there has set, so that a wrong one has its consequences.
type Port struct {
	Path string // of the terminal, for the host

	line   *Line
	clock  int // Hz
	faults faults.Faults
	random [2]*rand.Rand // to the board, to the host
	end    end
	sent   chan []byte
	rate   uint32
	left   int       // bytes to the host until the line is cut
	late   [2][]byte // what a stall holds up, by direction
	until  [2]time.Time
}

// Open puts a board with a multiplier behind a pseudo-terminal. Nothing happens
// there before Serve.
func Open(ctx context.Context, m *gateware.Multiplier, o Options, f faults.Faults) (*Port, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	program, err := Build(ctx, m, o)
	if err != nil {
		return nil, err
	}
	t, err := openTerminal()
	if err != nil {
		return nil, fmt.Errorf("opening a pseudo-terminal: %w", err)
	}
	p, err := newPort(program, o, f, t)
	if err != nil {
		return nil, fmt.Errorf("the emulated board's terminal %s: %w", t.host.Name(), err)
	}
	p.Path = t.host.Name()
	return p, nil
}

// OpenWire puts a board, a program that Build made with the same options, at the end of
// a line within this program.
func OpenWire(program Program, o Options, f faults.Faults) (*Port, *Wire, error) {
	o, err := o.complete()
	if err != nil {
		return nil, nil, err
	}
	w := newWire()
	w.baud = uint32(o.Baud)
	p, err := newPort(program, o, f, wireEnd{w})
	return p, w, err
}

func newPort(program Program, o Options, f faults.Faults, e end) (*Port, error) {
	line, err := Start(program, o.Plusargs...)
	if err != nil {
		e.Close()
		return nil, err
	}
	return &Port{line: line, clock: o.ClockHz, faults: f, random: [2]*rand.Rand{f.Random(0), f.Random(1)}, end: e, sent: make(chan []byte),
		left: f.CutAfter}, nil
}

// Close ends a board that is not served.
func (p *Port) Close() error {
	return errors.Join(p.end.Close(), p.line.Close())
}

// Of the loop in Serve: cycles of a step, how far the board may lag before its
// time is moved, and after how long a silence nothing can happen in a board any
// more: all its time-outs are over.
const (
	stepsPerSecond = 1000
	mostLag        = 50 * time.Millisecond
	timeoutsOver   = 1500 * time.Millisecond
	tendEvery      = 200 * time.Millisecond // how often a host that was killed is looked for
)

// ErrCut is Serve's error after faults.Faults.CutAfter bytes.
var ErrCut = errors.New("the line is cut")

// Serve lets the board live until the context ends, then closes everything.
func (p *Port) Serve(ctx context.Context) (err error) {
	ended := make(chan struct{})
	defer func() {
		close(ended)
		err = errors.Join(err, p.Close())
	}()
	go p.listen(ended)
	if err := p.write([]byte(p.faults.Before)); err != nil {
		return err
	}
	began, cycles, silent, tended := time.Now(), 0, 0, time.Now()
	at := func(cycles int) time.Duration {
		return time.Duration(float64(cycles) / float64(p.clock) * float64(time.Second))
	}
	for {
		ahead := at(cycles) - time.Since(began)
		if ahead < -mostLag {
			began = began.Add(-mostLag - ahead)
		}
		asleep := at(silent) > timeoutsOver && len(p.late[0])+len(p.late[1]) == 0
		if asleep {
			ahead = tendEvery
		}
		bytes, err := p.wait(ctx, ahead)
		if err != nil {
			return nil
		}
		if now := time.Now(); now.Sub(tended) >= tendEvery {
			tended = now
			p.end.tend()
		}
		if asleep && len(bytes) == 0 {
			continue
		}
		if asleep {
			began = time.Now().Add(-at(cycles))
		}
		sent, err := p.toBoard(bytes)
		if err != nil {
			return err
		}
		if sent > 0 {
			silent = 0
		}
		h, err := p.line.Run(p.clock / stepsPerSecond)
		if err != nil {
			return err
		}
		cycles += h.Cycles
		silent += h.Cycles
		if h.Busy || len(h.Bytes) > 0 {
			silent = 0
		}
		if err := p.toHost(h.Bytes); err != nil {
			return err
		}
	}
}

// listen passes on the bytes that the host sends.
func (p *Port) listen(ended chan struct{}) {
	for {
		buffer := make([]byte, 4096)
		n, err := p.end.Read(buffer)
		if err != nil {
			return
		}
		select {
		case p.sent <- buffer[:n]:
		case <-ended:
			return
		}
	}
}

// wait returns bytes that the host sends, or nothing after a time.
func (p *Port) wait(ctx context.Context, d time.Duration) ([]byte, error) {
	if d <= 0 {
		select {
		case b := <-p.sent:
			return b, nil
		default:
			return nil, ctx.Err()
		}
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case b := <-p.sent:
		return b, nil
	case <-timer.C:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// held passes on the bytes of a direction, except those that a stall delays.
func (p *Port) held(direction int, b []byte) []byte {
	if len(b) > 0 {
		if d := p.faults.Delay(p.random[direction]); d > 0 && len(p.late[direction]) == 0 {
			p.until[direction] = time.Now().Add(d)
		}
		p.late[direction] = append(p.late[direction], p.faults.Spoil(b, p.random[direction])...)
	}
	if time.Now().Before(p.until[direction]) {
		return nil
	}
	b, p.late[direction] = p.late[direction], nil
	return b
}

// toBoard sends bytes to the board through the faults of the line, and returns how many it sent.
func (p *Port) toBoard(b []byte) (int, error) {
	rate, err := p.end.rate()
	if err != nil {
		return 0, err
	}
	if rate != p.rate && rate > 0 {
		p.rate = rate
		if err := p.line.SetBit(float64(p.clock) / float64(rate)); err != nil {
			return 0, err
		}
	}
	b = p.held(0, b)
	return len(b), p.line.Send(b...)
}

// write gives bytes to the host.
func (p *Port) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return p.end.write(b)
}

func (p *Port) toHost(b []byte) error {
	b = p.held(1, b)
	cut := p.faults.CutAfter > 0 && len(b) >= p.left
	if cut {
		b = b[:p.left]
	}
	p.left -= len(b)
	if err := p.write(b); err != nil {
		return err
	}
	if cut {
		return ErrCut
	}
	return nil
}
