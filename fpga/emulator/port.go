package emulator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"approxtrain/fpga/faults"
	"approxtrain/fpga/gateware"
)

// Port is an emulated board behind a pseudo-terminal.
//
// The board's time is real time as long as the simulation keeps up, and later
// where it does not; never earlier. The host's end of the line has the rate that
// the program there has set, so that a wrong one has its consequences.
type Port struct {
	Path string // of the terminal, for the host

	line     *Line
	clock    int // Hz
	faults   faults.Faults
	random   [2]*rand.Rand // to the board, to the host
	terminal *os.File
	host     *os.File // kept open, so that the terminal stays between two programs
	sent     chan []byte
	rate     uint32
	left     int       // bytes to the host until the line is cut
	late     [2][]byte // what a stall holds up, by direction
	until    [2]time.Time
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
	p := &Port{clock: o.ClockHz, faults: f, random: [2]*rand.Rand{f.Random(0), f.Random(1)}, sent: make(chan []byte), left: f.CutAfter}
	if p.terminal, p.host, err = openTerminal(); err != nil {
		return nil, fmt.Errorf("opening a pseudo-terminal: %w", err)
	}
	p.Path = p.host.Name()
	if _, err = term.MakeRaw(int(p.host.Fd())); err == nil {
		p.line, err = Start(program)
	}
	if err != nil {
		p.hangUp()
		return nil, fmt.Errorf("the emulated board's terminal %s: %w", p.Path, err)
	}
	return p, nil
}

// openTerminal opens a pseudo-terminal, of which reading and writing at the board's end
// ends when it is closed, or late.
func openTerminal() (board, host *os.File, err error) {
	blocking, host, err := pty.Open()
	if err != nil {
		return nil, nil, err
	}
	defer blocking.Close()
	fd, err := unix.FcntlInt(blocking.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		host.Close()
		return nil, nil, err
	}
	return os.NewFile(uintptr(fd), blocking.Name()), host, nil
}

func (p *Port) hangUp() { p.host.Close(); p.terminal.Close() }

// Close ends a board that is not served.
func (p *Port) Close() error {
	p.hangUp()
	return p.line.Close()
}

// Of the loop in Serve: cycles of a step, how far the board may lag before its
// time is moved, and after how long a silence nothing can happen in a board any
// more: all its time-outs are over.
const (
	stepsPerSecond = 1000
	mostLag        = 50 * time.Millisecond
	timeoutsOver   = 1500 * time.Millisecond
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
	began, cycles, silent := time.Now(), 0, 0
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
			ahead = math.MaxInt64
		}
		bytes, err := p.wait(ctx, ahead)
		if err != nil {
			return nil
		}
		if asleep {
			began = time.Now().Add(-at(cycles))
		}
		if len(bytes) > 0 {
			silent = 0
		}
		if err := p.toBoard(bytes); err != nil {
			return err
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

// listen passes on what the host sends.
func (p *Port) listen(ended chan struct{}) {
	for {
		buffer := make([]byte, 4096)
		n, err := p.terminal.Read(buffer)
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

// wait returns what the host sends, or nothing after a time.
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

// held passes bytes of a direction on, all but what a stall holds up.
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

func (p *Port) toBoard(b []byte) error {
	rate, err := p.hostRate()
	if err != nil {
		return fmt.Errorf("asking the terminal for its rate: %w", err)
	}
	if rate != p.rate && rate > 0 {
		p.rate = rate
		if err := p.line.SetBit(float64(p.clock) / float64(rate)); err != nil {
			return err
		}
	}
	return p.line.Send(p.held(0, b)...)
}

// write gives bytes to the host. What a program does not read for a while is lost, as
// it is in a serial port.
func (p *Port) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	err := p.terminal.SetWriteDeadline(time.Now().Add(mostLag))
	if err == nil {
		_, err = p.terminal.Write(b)
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("writing to the terminal: %w", err)
	}
	return nil
}

// hostRate returns the rate that the host has set.
func (p *Port) hostRate() (rate uint32, err error) {
	raw, err := p.terminal.SyscallConn() // Fd would make reading go on after Close
	if err != nil {
		return 0, err
	}
	e := raw.Control(func(fd uintptr) {
		var t *unix.Termios
		if t, err = unix.IoctlGetTermios(int(fd), unix.TCGETS2); err == nil {
			rate = t.Ospeed
		}
	})
	return rate, errors.Join(e, err)
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
