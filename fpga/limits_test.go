package fpga_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
)

// turning is a line from which, once a board was found, something else comes.
type turning struct {
	*linktest.Line
	instead func(last []byte) []byte // of the last bytes that came from the board
	pause   time.Duration
	midway  bool // a piece of the work's answers comes before
	found   atomic.Bool
	last    []byte
}

func (l *turning) Read(p []byte) (int, error) {
	if l.found.Load() && len(l.last) > 0 {
		if other := l.instead(l.last); other != nil {
			time.Sleep(l.pause)
			return copy(p, other), nil
		}
	}
	n, err := l.Line.Read(p)
	switch found := l.found.Load(); {
	case found && !l.midway:
		n = 0
	case n > 0 && (found || !l.midway):
		l.last = slices.Clone(p[:n])
	}
	return n, err
}

// Whatever comes from a board that was found, all work ends within its limit: random
// bytes, at full speed or one each 100 ms, answers to other requests, the same right
// answer for ever, and nothing.
func TestLimits(t *testing.T) {
	want := table(t, "mbm_e8m5")
	random := rand.New(rand.NewPCG(3, 3))
	noise := func(n int) func([]byte) []byte {
		return func([]byte) []byte {
			p := make([]byte, n)
			for i := range p {
				p[i] = byte(random.Uint32())
			}
			return p
		}
	}
	n := 0
	ends := map[string]int{}
	for _, c := range []struct {
		name    string
		instead func(last []byte) []byte
		pause   time.Duration
		midway  bool
	}{
		{"noise", noise(64), time.Millisecond, false},
		{"noise midway", noise(64), time.Millisecond, true},
		{"dribble", noise(1), 100 * time.Millisecond, false},
		{"other answers", func([]byte) []byte {
			return link.Frame{Version: link.Version, Command: link.CmdEcho, Sequence: 250, Payload: []byte{1}}.Append(nil)
		}, time.Millisecond, false},
		{"the same answer", func(last []byte) []byte { return last }, 10 * time.Millisecond, true},
		{"every hundredth answer", func(last []byte) []byte {
			if n++; n%100 == 0 {
				return nil
			}
			return last
		}, 20 * time.Millisecond, true},
		{"nothing", func([]byte) []byte { return []byte{} }, 50 * time.Millisecond, false},
	} {
		for name, work := range map[string]func(t *testing.T, b *fpga.Board) error{
			"crc":    func(t *testing.T, b *fpga.Board) error { return checkAs(t, b, fpga.CRC) },
			"stream": func(t *testing.T, b *fpga.Board) error { return checkAs(t, b, fpga.Stream) },
			"batch":  func(t *testing.T, b *fpga.Board) error { return checkAs(t, b, fpga.Batch) },
			"selftest": func(t *testing.T, b *fpga.Board) error {
				_, err := b.SelfTest(t.Context(), fpga.SelfTestOptions{Pings: 20, Echoes: 20})
				return err
			},
			"in the loop": func(t *testing.T, b *fpga.Board) error {
				d, err := b.Open(t.Context())
				require.NoError(t, err)
				_, err = d.Sweep(t.Context(), cosim.Rect{NA: 32, NB: 32}, cosim.RowMajor)
				return err
			},
		} {
			bubble(t, c.name+" "+name, &linktest.Board{Table: want}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
				turns := &turning{Line: l, instead: c.instead, pause: c.pause, midway: c.midway}
				b, err := fpga.Connect(t.Context(), turns, "test", fpga.Options{})
				require.NoError(t, err)
				turns.found.Store(true)
				start := time.Now()
				err = work(t, b)
				took := time.Since(start)
				b.Disconnect()
				time.Sleep(time.Second) // for what reads the port
				assert.LessOrEqual(t, took, b.Limit())
				assert.LessOrEqual(t, b.Limit(), 10*time.Minute)
				if !c.midway || err != nil {
					var e *link.Error
					require.ErrorAs(t, err, &e)
					ends[e.Cause.String()]++
					if e.Limit > 0 {
						ends["limit"]++
						assert.ErrorContains(t, err, "gave up after the limit of ")
					}
				}
				t.Logf("%v of %v: %v", took, b.Limit(), err)
			})
		}
	}
	t.Log(ends)
	total := 0
	for cause, n := range ends {
		if cause != "limit" {
			total += n
		}
	}
	assert.GreaterOrEqual(t, total, 28)
	assert.NotZero(t, ends["limit"], "nothing needed the limit")
}

// checkAs compares a board with the table that it has.
func checkAs(t *testing.T, b *fpga.Board, mode fpga.Mode) error {
	var tell told
	r, err := fpga.Check(t.Context(), b, table(t, "mbm_e8m5"), fpga.CheckOptions{Mode: mode, Progress: tell.set})
	tell.end(t, r) // answers that come twice count once
	if err == nil {
		assert.True(t, r.Equal())
	}
	return err
}

// After an interruption the port is free within a second, also if the board is slow,
// says nothing more, or noise comes.
func TestInterruptedWork(t *testing.T) {
	want := table(t, "mbm_e8m7")
	for name, c := range map[string]struct {
		delay   time.Duration
		instead func([]byte) []byte
	}{
		"slow":    {300 * time.Millisecond, func([]byte) []byte { return nil }},
		"silence": {0, func([]byte) []byte { return []byte{} }},
		"noise":   {0, func([]byte) []byte { return []byte("noise") }},
	} {
		for _, mode := range modes {
			bubble(t, name+" "+string(mode), &linktest.Board{Table: want, Delay: c.delay}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
				turns := &turning{Line: l, instead: c.instead, pause: 10 * time.Millisecond}
				ctx, cancel := context.WithCancel(t.Context())
				b, err := fpga.Connect(ctx, turns, "test", fpga.Options{Baud: 1_000_000})
				require.NoError(t, err)
				turns.found.Store(name != "slow")
				var stopped time.Time
				time.AfterFunc(350*time.Millisecond, func() {
					stopped = time.Now()
					cancel()
				})
				_, err = fpga.Check(ctx, b, want, fpga.CheckOptions{Mode: mode})
				require.ErrorIs(t, err, context.Canceled)
				b.Disconnect()
				took := time.Since(stopped)
				time.Sleep(time.Second) // for what reads the port
				assert.Less(t, took, time.Second)
				t.Log(took)
			})
		}
	}
}
