package fpga_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// rateOf returns the rate that the host has set.
func rateOf(device *os.File) int {
	t, err := unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS2)
	if err != nil {
		return 0
	}
	return int(t.Ospeed)
}

// prints is a device that sends a text for each piece that comes, at one rate; at
// others what is on the line cannot be read.
func prints(rate int, text string) func(*os.File) {
	return func(device *os.File) {
		r := rand.New(rand.NewPCG(1, 1))
		buffer := make([]byte, 4096)
		for {
			if _, err := device.Read(buffer); err != nil {
				return
			}
			p := []byte(text)
			if now := rateOf(device); now != rate {
				for i := range p {
					p[i] = byte(r.Uint32()) | 0x80
				}
			}
			device.Write(p)
		}
	}
}

// sends is a device that sends what next returns for ever, and reads nothing.
func sends(pause time.Duration, next func() []byte) func(*os.File) {
	return func(device *os.File) {
		for {
			if _, err := device.Write(next()); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
}

// board puts a board in Go behind the terminal.
func board(b *linktest.Board) func(*os.File) {
	return func(device *os.File) {
		l := linktest.NewLine(b, linktest.Faults{Seed: 1}, false)
		defer l.Close()
		go func() {
			buffer := make([]byte, 4096)
			for {
				n, err := l.Read(buffer)
				if err != nil {
					return
				}
				device.Write(buffer[:n])
			}
		}()
		buffer := make([]byte, 4096)
		for {
			n, err := device.Read(buffer)
			if err != nil {
				return
			}
			l.SetBaud(rateOf(device))
			l.Write(buffer[:n])
		}
	}
}

// cooked is a terminal with echo on, as a console has it on which nobody has logged in.
func cooked(device *os.File) {
	outer, inner, err := pty.Open()
	if err != nil {
		return
	}
	defer inner.Close()
	defer outer.Close()
	go io.Copy(device, outer)
	io.Copy(outer, device)
}

// What is at a port instead of a board is told apart, within the time to find a board,
// and what it sends does not reach the user's terminal as it is.
func TestDiagnosis(t *testing.T) {
	t.Parallel()
	small := table(t, "exact_u4")
	noise := func(n int) func() []byte {
		random := rand.New(rand.NewPCG(2, 2))
		return func() []byte {
			p := make([]byte, n)
			for i := range p {
				p[i] = byte(random.Uint32())
			}
			return p
		}
	}
	// A stream of good frames that answer what nobody asked.
	frames := func() []byte {
		f := link.Frame{Version: link.Version, Command: link.CmdEcho, Sequence: 200, Payload: []byte("hello")}
		return f.Append(nil)
	}
	var running sync.WaitGroup // more at once than processors: they wait
	defer running.Wait()
	gps := "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
	for _, c := range []struct {
		name   string
		device func(*os.File)
		o      fpga.Options
		kind   error
		texts  []string
	}{
		{"silence", func(d *os.File) { io.Copy(io.Discard, d) }, fpga.Options{}, fpga.ErrSilent, []string{"nothing answers", "is the board on"}},
		{"nobody reads", func(*os.File) {}, fpga.Options{}, fpga.ErrSilent, []string{"nothing answers"}},
		{"noise", sends(time.Millisecond, noise(4096)), fpga.Options{}, fpga.ErrUnreadable, []string{"not one whole frame", "no board answered at 115,200, 1,000,000"}},
		{"dribble", sends(100*time.Millisecond, noise(1)), fpga.Options{}, fpga.ErrUnreadable, []string{"not one whole frame"}},
		{"frames", sends(time.Millisecond, frames), fpga.Options{}, fpga.ErrUnfit, []string{"none that answers what was asked"}},
		{"loop", func(d *os.File) { io.Copy(d, d) }, fpga.Options{}, fpga.ErrEcho, []string{"an echo", "wired to its input", "option port"}},
		{"terminal", cooked, fpga.Options{}, fpga.ErrEcho, []string{"an echo", "a terminal or a modem with echo on"}},
		{"modem", prints(115_200, "\r\nERROR\r\n"), fpga.Options{}, fpga.ErrNotABoard, []string{"not a board", "an AT-command modem", "option port"}},
		{"gps", sends(100*time.Millisecond, func() []byte { return []byte(gps) }), fpga.Options{}, fpga.ErrNotABoard, []string{"a GPS receiver"}},
		{"gps at 9600", prints(9600, gps), fpga.Options{}, fpga.ErrNotABoard, []string{"at 9,600 baud, a GPS receiver"}},
		{"login", prints(115_200, "\r\nbox login: "), fpga.Options{}, fpga.ErrNotABoard, []string{"a login prompt", "another computer's console"}},
		{"shell", prints(115_200, "\x1b[31;5mroot\x1b]0;x\a# "), fpga.Options{}, fpga.ErrNotABoard, []string{"the prompt of a shell", `\x1b[31;5mroot\x1b]0;x\a# `}},
		{"text", prints(57_600, "this is something else\r\n"), fpga.Options{}, fpga.ErrNotABoard, []string{"at 57,600 baud, a program that sends text"}},
		{"another rate", board(&linktest.Board{Table: small}), fpga.Options{OpenBaud: 1_000_000}, fpga.ErrOtherRate,
			[]string{"a board answers at 115,200 baud, not at 1,000,000: use option open-baud 115200"}},
		{"another version", board(&linktest.Board{Table: small, Version: 3}), fpga.Options{}, fpga.ErrOtherVersion, []string{"version 3 of the protocol"}},
	} {
		running.Go(func() {
			t.Run(c.name, func(t *testing.T) {
				device, path := terminal(t)
				go c.device(device)
				start := time.Now()
				_, err := fpga.Open(t.Context(), path, c.o)
				took := time.Since(start)
				require.ErrorIs(t, err, c.kind)
				var e *link.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, fault.Failed, fault.Status(err))
				for _, text := range append(c.texts, path) {
					assert.ErrorContains(t, err, text)
				}
				for _, r := range err.Error() {
					require.True(t, r >= ' ' && r < 0x7f, "%q in %q", r, err)
				}
				assert.Less(t, len(err.Error()), 600)
				assert.Less(t, took, fpga.FindTime+3*time.Second)
				t.Logf("%v: %v", took.Round(time.Millisecond), err)
			})
		})
	}
}

// Who interrupts does not wait, whatever the port does.
func TestInterruptedPorts(t *testing.T) {
	t.Parallel()
	var running sync.WaitGroup
	defer running.Wait()
	for name, device := range map[string]func(*os.File){
		"silence":      func(d *os.File) { io.Copy(io.Discard, d) },
		"nobody reads": func(*os.File) {},
		"noise":        sends(0, func() []byte { return make([]byte, 4096) }),
	} {
		running.Go(func() {
			t.Run(name, func(t *testing.T) {
				d, path := terminal(t)
				go device(d)
				ctx, cancel := context.WithCancel(t.Context())
				stopped := make(chan time.Time, 1)
				time.AfterFunc(500*time.Millisecond, func() {
					stopped <- time.Now()
					cancel()
				})
				_, err := fpga.Open(ctx, path, fpga.Options{})
				require.ErrorIs(t, err, context.Canceled)
				assert.Less(t, time.Since(<-stopped), time.Second)
				p, err := fpga.OpenPort(t.Context(), path, 9600)
				require.NoError(t, err, "the port is still locked")
				p.Close()
			})
		})
	}
}

// Each kind of error is itself and no other.
func TestKinds(t *testing.T) {
	kinds := []error{fpga.ErrSilent, fpga.ErrStopped, fpga.ErrUnreadable, fpga.ErrNotABoard, fpga.ErrOtherVersion, fpga.ErrUnfit, fpga.ErrNoisy,
		fpga.ErrDisconnected, fpga.ErrRefused, fpga.ErrEcho, fpga.ErrOtherRate, fpga.ErrOverdue}
	texts := map[string]bool{}
	for i, kind := range kinds {
		e := &link.Error{Cause: link.Cause(i)}
		for j, other := range kinds {
			assert.Equal(t, i == j, errors.Is(e, other))
		}
		assert.NotErrorIs(t, e, fpga.ErrBusy)
		assert.Equal(t, kind, error(e.Cause))
		texts[e.Error()] = true
	}
	assert.Len(t, texts, len(kinds))
}
