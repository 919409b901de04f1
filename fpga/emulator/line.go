package emulator

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
	"github.com/approxtrain/approxtrain/rtl"
)

// Options of a board.
type Options struct {
	ClockHz int // 0 is DefaultClock
	Baud    int // after power-up; 0 is DefaultBaud
	// Plusargs are the arguments of $value$plusargs and $test$plusargs in the multiplier, without
	// the plus sign. They do not change the result of Build.
	Plusargs []string
}

// Of a board that is simulated: a simulation of 4 MHz keeps up with real time, and
// is enough for 1,000,000 baud.
const (
	DefaultClock = 4_000_000
	DefaultBaud  = 115_200
)

// leastCycles of the clock in a bit.
const leastCycles = 4

func (o Options) complete() (Options, error) {
	if o.ClockHz == 0 {
		o.ClockHz = max(DefaultClock, leastCycles*o.Baud)
	}
	if o.Baud == 0 {
		o.Baud = DefaultBaud
	}
	if o.Baud < 1 || o.ClockHz < leastCycles*o.Baud {
		return o, fault.Usagef("a clock of %d Hz makes no %d baud: it needs %d cycles for each bit", o.ClockHz, o.Baud, leastCycles)
	}
	return o, nil
}

// Program simulates a board with a multiplier.
type Program struct {
	path  string
	grant sandbox.Grant // of the multiplier
}

// Build makes the program of a board with a multiplier. It is cached.
func Build(ctx context.Context, m *gateware.Multiplier, o Options) (p Program, err error) {
	if o, err = o.complete(); err != nil {
		return p, err
	}
	lib, err := cosim.Library()
	if err != nil {
		return p, err
	}
	text, err := fs.ReadFile(rtl.Testbench, "board_line.cc")
	if err != nil {
		return p, err
	}
	board := filepath.Join(lib, "fpga")
	p.grant = m.Design.Grant(m.Source)
	p.path, err = cosim.Program{
		Top:     "board_core",
		Params:  []string{fmt.Sprintf("CLK_HZ=%d", o.ClockHz), fmt.Sprintf("BAUD=%d", o.Baud)},
		Files:   map[string]string{gateware.ConfigFile: m.Config, gateware.MultiplierFile: m.Verilog},
		Verilog: []string{gateware.MultiplierFile, filepath.Join(board, "board_core.v")},
		Include: []string{board},
		Main:    string(text),
		Source:  m.Source,
		Design:  m.Design,
	}.Compile(ctx)
	return p, err
}

// Line is a board at the end of a serial line. It stands still except in calls
// of Run, Until and Drain. Bytes have eight bits, no parity, a stop bit.
type Line struct {
	in    *os.File
	from  *io.PipeReader
	out   *bufio.Scanner
	ended chan error
}

// starter starts programs, one at a time, in a goroutine of its own. Goroutines that wait
// for a program descend from it: within a bubble of virtual time (testing/synctest), one that
// waits for a program would keep the time from passing.
var starter struct {
	sync.Mutex
	programs, lines chan func() (*Line, error)
}

func init() {
	starter.programs, starter.lines = make(chan func() (*Line, error)), make(chan func() (*Line, error))
	go func() {
		for f := range starter.programs {
			l, err := f()
			starter.lines <- func() (*Line, error) { return l, err }
		}
	}()
}

// Start starts a program in a sandbox, with plusargs (see Options). It passes on the program's
// standard error.
func Start(p Program, plusargs ...string) (*Line, error) {
	starter.Lock()
	defer starter.Unlock()
	starter.programs <- func() (*Line, error) { return start(p, plusargs) }
	return (<-starter.lines)()
}

func start(p Program, plusargs []string) (*Line, error) {
	const most = 1 << 50 // bytes that it prints: as many as its line carries
	c := &sandbox.Command{
		Kind: sandbox.Design, Path: p.path, Stderr: limits.Writer(os.Stderr), Grant: p.grant, Limits: sandbox.Limits{Output: most},
	}
	for _, a := range plusargs {
		c.Args = append(c.Args, "+"+a)
	}
	in, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r, out := io.Pipe()
	c.Stdin, c.Stdout = in, out
	if err := c.Start(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the emulated board: %w", err), w.Close())
	}
	l := &Line{in: w, from: r, out: bufio.NewScanner(r), ended: make(chan error, 1)}
	l.out.Buffer(nil, 16<<20)
	go func() {
		err := tool.Ended("the emulated board", c.Wait())
		out.CloseWithError(err)
		l.ended <- err
	}()
	return l, nil
}

// Close ends the board.
func (l *Line) Close() error {
	l.in.Close()
	go io.Copy(io.Discard, l.from) // what it still says
	if err := <-l.ended; err != nil {
		return fmt.Errorf("the emulated board: %w", err)
	}
	return nil
}

// command gives a command of board_line.cc.
func (l *Line) command(format string, args ...any) error {
	if _, err := fmt.Fprintf(l.in, format+"\n", args...); err != nil {
		return fmt.Errorf("the emulated board has ended: %w", err)
	}
	return nil
}

// SetBit says how many clock cycles a bit takes on the line, both ways.
func (l *Line) SetBit(cycles float64) error { return l.command("bit %d", int(cycles*256+0.5)) }

// Send sends bytes, after all that was to be sent before.
func (l *Line) Send(bytes ...byte) error {
	if len(bytes) == 0 {
		return nil
	}
	return l.command("send %x", bytes)
}

// Level sends no bytes but a 0 or a 1, for some cycles.
func (l *Line) Level(level, cycles int) error { return l.command("level %d %d", level, cycles) }

// Heard holds the bytes that came from the board in some cycles.
type Heard struct {
	Cycles  int
	Bytes   []byte
	Framing int  // how many of them had a stop bit of 0
	Busy    bool // bytes are on their way still, in one direction, or the board answers
}

// Run lets cycles pass.
func (l *Line) Run(cycles int) (Heard, error) { return l.hear("run %d", cycles) }

// Until lets cycles pass until a number of flags, 7e, has come.
func (l *Line) Until(flags, most int) (Heard, error) { return l.hear("flags %d %d", flags, most) }

// Drain lets cycles pass until all is sent.
func (l *Line) Drain() (Heard, error) { return l.hear("drain") }

func (l *Line) hear(format string, args ...any) (h Heard, err error) {
	if err := l.command(format, args...); err != nil {
		return h, err
	}
	if !l.out.Scan() {
		return h, fmt.Errorf("the emulated board has ended (%v)", l.out.Err())
	}
	f := strings.Split(l.out.Text(), " ")
	if len(f) != 4 {
		return h, fmt.Errorf("the emulated board wrote %q", l.out.Text())
	}
	busy := 0
	if h.Bytes, err = hex.DecodeString(f[1]); err == nil {
		_, err = fmt.Sscan(f[0]+" "+f[2]+" "+f[3], &h.Cycles, &h.Framing, &busy)
	}
	if err != nil {
		return h, fmt.Errorf("the emulated board wrote %q: %w", l.out.Text(), err)
	}
	h.Busy = busy != 0
	return h, nil
}
