package cosim

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/sandbox"
)

// process is a running harness. Everything that a design can do to itself — end
// the simulation, crash, never return — ends as an error of one call.
type process struct {
	program *sandbox.Command
	command *os.File
	reply   *os.File
	mem     []byte
	output  *tail
	timeout time.Duration
	exited  chan struct{} // closed when the process is gone; err is set then
	err     error
	close   sync.Once
}

// tail keeps the last bytes that a design printed.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// tailSize is enough for the report of a sanitizer. Messages show shownTail of it.
const tailSize, shownTail = 1 << 14, 2048

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailSize; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(limits.Escape(string(t.buf[max(0, len(t.buf)-shownTail):])))
}

// all returns the kept bytes.
func (t *tail) all() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}

// sanitizerOptions configure builds with sanitizers; other harnesses ignore them.
var sanitizerOptions = []string{
	"ASAN_OPTIONS=detect_leaks=0:print_legend=0:print_cmdline=0:color=never:external_symbolizer_path=", "UBSAN_OPTIONS=color=never:print_stacktrace=0",
}

// startProcess runs a harness in a sandbox. A call that makes no progress for the time-out
// ends it.
func startProcess(ctx context.Context, path string, timeout time.Duration) (_ *process, err error) {
	fd, err := unix.MemfdCreate("approxtrain", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making shared memory for the harness: %w", err)
	}
	memory := os.NewFile(uintptr(fd), "approxtrain-memory")
	defer memory.Close()
	const size = dataOffset + maxDataSize
	if err := memory.Truncate(size); err != nil {
		return nil, fmt.Errorf("sizing shared memory for the harness: %w", err)
	}
	mem, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping shared memory of the harness: %w", err)
	}
	commandR, commandW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(mem))
	}
	defer commandR.Close()
	replyR, replyW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, commandW.Close(), unix.Munmap(mem))
	}
	defer replyW.Close()

	p := &process{
		command: commandW, reply: replyR, mem: mem,
		output: &tail{}, timeout: timeout, exited: make(chan struct{}),
	}
	p.program = &sandbox.Command{
		Kind: sandbox.Design, Path: path, ExtraFiles: []*os.File{commandR, replyW, memory},
		Stdout: p.output, Stderr: p.output, Env: sanitizerOptions,
	}
	if err := p.program.Start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the harness %s: %w", path, err),
			commandW.Close(), replyR.Close(), unix.Munmap(mem))
	}
	go func() {
		p.err = p.program.Wait()
		close(p.exited)
	}()
	return p, nil
}

// data returns n bytes of the shared memory at an offset.
func (p *process) data(offset, n int) []byte {
	return p.mem[dataOffset+offset : dataOffset+offset+n : dataOffset+offset+n]
}

// progress returns how many pairs of the running command are done.
func (p *process) progress() uint64 {
	return *(*uint64)(unsafe.Pointer(&p.mem[0]))
}

// call runs one command. The error is a *DesignError where the design is at
// fault.
func (p *process) call(ctx context.Context, c command) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := binary.Write(&buf, binary.LittleEndian, c); err != nil {
		return err
	}
	if _, err := p.command.Write(buf.Bytes()); err != nil {
		return p.gone(ctx)
	}
	var reply [unsafe.Sizeof(answer{})]byte
	if err := p.await(ctx, reply[:]); err != nil {
		return err
	}
	var a answer
	if _, err := binary.Decode(reply[:], binary.LittleEndian, &a); err != nil {
		return err
	}
	if a.Status == statusOK {
		return nil
	}
	switch a.Status {
	case statusFinished, statusStopped, statusFatal:
		<-p.exited // what the design printed is complete then
	}
	return &DesignError{
		Index: a.Done, status: a.Status, Line: int(a.Line), Output: p.output.String(),
		File: cString(p.mem[fileOffset:textOffset]), Text: cString(p.mem[textOffset : textOffset+textLength]),
	}
}

// await reads the reply, watching the context and the progress counter.
func (p *process) await(ctx context.Context, reply []byte) error {
	stop := context.AfterFunc(ctx, func() { p.reply.SetReadDeadline(time.Now()) })
	defer stop()
	const look = 100 * time.Millisecond
	last, since := p.progress(), time.Now()
	for {
		p.reply.SetReadDeadline(time.Now().Add(look))
		_, err := io.ReadFull(p.reply, reply)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			p.kill()
			return ctx.Err()
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return p.gone(ctx)
		}
		if now := p.progress(); now != last {
			last, since = now, time.Now()
		} else if time.Since(since) > p.timeout {
			p.kill()
			return &DesignError{Index: last, Hang: p.timeout, Output: p.output.String()}
		}
	}
}

// gone explains a process that ended without being asked to.
func (p *process) gone(ctx context.Context) error {
	<-p.exited
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := "ended: exit status 0"
	var exit *sandbox.ExitError
	var violation *sandbox.Violation
	switch {
	case errors.As(p.err, &exit) && exit.Signal != 0:
		text = "crashed: " + exit.Error()
	case errors.As(p.err, &violation):
		text = "was ended: it " + violation.Error()
	case p.err != nil:
		text = "ended: " + p.err.Error()
	}
	return &DesignError{Index: p.progress(), Crash: text, Output: p.output.String()}
}

func (p *process) kill() {
	p.program.Cut()
	<-p.exited
}

// Close ends the process and gives its memory back.
func (p *process) Close() error {
	var err error
	p.close.Do(func() {
		p.command.Close() // the harness ends at the end of its input
		select {
		case <-p.exited:
		case <-time.After(5 * time.Second):
			p.kill()
		}
		p.reply.Close()
		err = unix.Munmap(p.mem)
	})
	return err
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// DesignError is the fault of a design under test while it ran: the simulation
// ended, the process crashed or hung, a handshake was never answered.
type DesignError struct {
	Index  uint64        // pairs that were done before
	A, B   uint64        // the operands at that point, where Known
	Known  bool          // whether A and B are set
	Hang   time.Duration // no progress for this long
	Crash  string        // how the process ended: "crashed: signal: …", "ended: exit status 1"
	File   string        // where the RTL ended the simulation
	Line   int
	Text   string // what it said
	Output string // the last lines that the design printed
	Hint   string // what may help
	// Of a model in C: the function, as messages name it, and what it did that C leaves
	// undefined, with file and line.
	Function, Undefined string

	status status
}

// at returns the error with the operands that were being multiplied.
func (e *DesignError) at(a, b uint64) *DesignError {
	e.A, e.B, e.Known = a, b, true
	return e
}

// NotConverged says whether the simulation found a combinational loop.
func (e *DesignError) NotConverged() bool {
	return e.status == statusFatal && strings.Contains(e.Text, "converge")
}

func (e *DesignError) Error() string {
	var s string
	where := ""
	if e.File != "" {
		where = fmt.Sprintf(" at %s:%d", shownPath(e.File), e.Line)
	}
	switch {
	case e.Undefined != "":
		s = fmt.Sprintf("the model does what C leaves undefined: %s", e.Undefined)
	case e.Hang > 0:
		s = fmt.Sprintf("the design made no progress for %v (%v)", e.Hang, option.Timeout)
	case e.Crash != "":
		s = fmt.Sprintf("the design's process %s", e.Crash)
	case e.NotConverged():
		s = "combinational loop: the simulation does not settle"
	case e.status == statusFinished:
		s = "the RTL called $finish" + where
	case e.status == statusStopped:
		s = "the RTL called $stop or failed an assertion" + where
	case e.status == statusFatal:
		s = fmt.Sprintf("the RTL ended the simulation%s: %s", where, e.Text)
	case e.status == statusNeverReady:
		s = "handshake: the design did not take its operands within 65,536 cycles"
	case e.status == statusNeverValid:
		s = "handshake: the product was not valid within 65,536 cycles"
	case e.status == statusEnvironment:
		s = fmt.Sprintf("%s changes the floating-point environment, %s", e.Function, e.Text)
	default:
		s = fmt.Sprintf("the harness cannot do this (status %d)", e.status)
	}
	if e.Known {
		s += fmt.Sprintf("; operands a = %#x, b = %#x (pair %d)", e.A, e.B, e.Index)
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	if e.Output != "" {
		s += "\nlast output of the design:\n  " + strings.ReplaceAll(e.Output, "\n", "\n  ")
	}
	return s
}

// unsupported is the error of an operation that a DUT of this kind does not have.
func unsupported(what string) error {
	return fault.Usagef("%s is only there for RTL", what)
}
