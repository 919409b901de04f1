package fpga_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Every product is compared, in every mode, and one wrong bit is found and named.
func TestCheck(t *testing.T) {
	for _, name := range []string{"mbm_e8m7", "drum6_u8", "exact_s8", "exact-full_e8m7"} {
		want := table(t, name)
		for _, mode := range modes {
			bubble(t, fmt.Sprint(name, " ", mode), &linktest.Board{Table: want}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
				r, log, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: mode})
				require.NoError(t, err)
				assert.Empty(t, log)
				assert.True(t, r.Equal())
				assert.Equal(t, uint64(want.Format.Pairs()), r.Pairs.Compared)
				assert.Equal(t, r.Total, r.Pairs.Compared)
				assert.True(t, r.Link.Clean(), r.Link)
				if mode == fpga.CRC {
					assert.Equal(t, want.Format.Rows(), r.BySum)
				} else {
					assert.Zero(t, r.BySum)
				}
			})
			pair := [2]uint32{0x41, 0x37}
			b := &linktest.Board{Table: altered(t, want, pair)}
			bubble(t, fmt.Sprint(name, " ", mode, " wrong"), b, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
				r, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: mode})
				require.NoError(t, err)
				assert.False(t, r.Equal())
				assert.Equal(t, r.Total, r.Pairs.Compared)
				w := want.At(pair[0], pair[1])
				assert.Equal(t, []lutgen.Mismatch{{A: pair[0], B: pair[1], Want: w, Got: w ^ 1}}, r.Pairs.First)
				assert.Equal(t, [][2]uint32{pair}, pairs(r))
				if mode == fpga.CRC {
					assert.Equal(t, want.Format.Rows()-1, r.BySum)
				}
			})
		}
	}
}

// What a check costs on the line.
func TestWireCost(t *testing.T) {
	want := table(t, "mbm_e8m7")
	for mode, most := range map[fpga.Mode]float64{fpga.CRC: 1024 / 16384., fpga.Stream: 1.15} {
		bubble(t, string(mode), &linktest.Board{Table: want}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			start := time.Now()
			r, _, err := check(t.Context(), l, want, fpga.Options{Baud: 1_000_000}, fpga.CheckOptions{Mode: mode})
			require.NoError(t, err)
			require.True(t, r.Equal())
			assert.Equal(t, 1_000_000, r.Link.Baud)
			assert.LessOrEqual(t, r.BytesPerProduct(), most)
			t.Logf("%s: %d + %d bytes, %.4f a product; at 1,000,000 baud %v of the line's time, with connecting %v", mode,
				r.Link.Sent, r.Link.Received, r.BytesPerProduct(), r.Time, time.Since(start))
		})
	}
}

// All products wrong are all counted, and as cheaply as they were read.
func TestAnotherMultiplier(t *testing.T) {
	want, other := table(t, "mbm_e8m7"), table(t, "mitchell_e8m7")
	c, err := lutgen.CompareTables(other, want)
	require.NoError(t, err)
	require.Greater(t, c.Mismatched, uint64(1000))
	for _, mode := range modes {
		bubble(t, string(mode), &linktest.Board{Table: other}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			r, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: mode})
			require.NoError(t, err)
			assert.Equal(t, c.Mismatched, r.Pairs.Mismatched)
			assert.Equal(t, c.First, r.Pairs.First)
			assert.Equal(t, c.Spread, r.Pairs.Spread)
			assert.Less(t, r.BytesPerProduct(), 12.)
		})
	}
}

// Builds are compared before products.
func TestBuilds(t *testing.T) {
	want := altered(t, table(t, "mbm_e8m5"))
	want.Sources = []lut.Source{{Path: "x.v", SHA256: fmt.Sprintf("%064d", 7)}}
	want.Options = []string{"--top x"}
	same := fpga.Digest(want.Sources, want.Options)
	inC := *table(t, "mbm_e8m5")
	inC.Sources = []lut.Source{{Path: "model.C", SHA256: fmt.Sprintf("%064d", 8)}, {Path: "model.h", SHA256: fmt.Sprintf("%064d", 9)}}
	for _, c := range []struct {
		name   string
		digest fpga.BuildDigest
		table  *lut.Table
		any    bool
		text   string
	}{
		{"same", same, want, false, "of one build"},
		{"other", fpga.BuildDigest{1}, want, false, ""},
		{"other, allowed", fpga.BuildDigest{1}, want, true, "as was allowed"},
		{"golden", same, table(t, "mbm_e8m5"), false, "names no sources"},
		{"made from C", same, &inC, false, "made from C"},
		{"unknown", fpga.BuildDigest{}, want, false, "does not know its build"},
	} {
		bubble(t, c.name, &linktest.Board{Table: want, Digest: c.digest}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			r, _, err := check(t.Context(), l, c.table, fpga.Options{}, fpga.CheckOptions{Mode: fpga.CRC, AnyBuild: c.any})
			if c.text == "" {
				require.ErrorContains(t, err, "another multiplier is on the board: its build is 0100000000000000")
				assert.Equal(t, fault.Failed, fault.Status(err))
				return
			}
			require.NoError(t, err)
			assert.True(t, r.Equal())
			assert.Contains(t, r.Build, c.text)
		})
	}
}

// A table with fewer fraction bits than the board's product compares as numbers;
// another format does not compare.
func TestFormats(t *testing.T) {
	want := table(t, "mbm_e8m5")
	wide, err := lut.New("wide", lut.FloatFormat(5, 9))
	require.NoError(t, err)
	for a := range uint32(32) {
		for b := range uint32(32) {
			wide.Set(a, b, want.At(a, b)<<4)
		}
	}
	bubble(t, "wider board", &linktest.Board{Table: wide}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		r, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: fpga.CRC})
		require.NoError(t, err)
		assert.True(t, r.Equal())
	})
	bubble(t, "wider table", &linktest.Board{Table: want}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		r, _, err := check(t.Context(), l, wide, fpga.Options{}, fpga.CheckOptions{Mode: fpga.CRC})
		require.NoError(t, err)
		assert.True(t, r.Equal())
	})
	bubble(t, "bits that the board lacks", &linktest.Board{Table: want}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, _, err := check(t.Context(), l, altered(t, wide, [2]uint32{1, 1}), fpga.Options{}, fpga.CheckOptions{Mode: fpga.CRC})
		assert.ErrorContains(t, err, "uses all of its 9 fraction bits")
	})
	bubble(t, "other kind", &linktest.Board{Table: table(t, "exact_u8")}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: fpga.CRC})
		assert.ErrorContains(t, err, "they cannot be compared")
		assert.Equal(t, fault.Usage, fault.Status(err))
	})
}

// What is wrong with a multiplier beside its products.
func TestBadMultipliers(t *testing.T) {
	want := table(t, "mbm_e8m7")
	at := func(x, y uint32) func(a, b uint32) bool { return func(a, b uint32) bool { return a == x && b == y } }
	for _, mode := range modes {
		bubble(t, "irregular "+string(mode), &linktest.Board{Table: want, Irregular: at(9, 17)}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			r, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: mode})
			require.NoError(t, err)
			assert.False(t, r.Equal(), "right bits, but others were dropped")
			assert.Equal(t, uint64(1), r.Pairs.Mismatched)
			assert.Equal(t, [][2]uint32{{9, 17}}, pairs(r))
			assert.Equal(t, r.Total, r.Pairs.Compared)
		})
		always := func(a, b uint32) bool { return true }
		bubble(t, "all irregular "+string(mode), &linktest.Board{Table: want, Irregular: always}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			r, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: mode})
			require.NoError(t, err)
			assert.False(t, r.Equal())
			assert.NotZero(t, r.MoreIrregular)
		})
		bubble(t, "stuck "+string(mode), &linktest.Board{Table: want, Stuck: at(9, 17)}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			_, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: mode})
			var stuck *fpga.StuckError
			require.ErrorAs(t, err, &stuck)
			assert.Equal(t, [2]uint32{9, 17}, [2]uint32{stuck.A, stuck.B})
		})
		n := 0
		once := func(a, b, p uint32) uint32 { // wrong the first time
			if at(9, 17)(a, b) {
				if n++; n == 1 {
					return p ^ 4
				}
			}
			return p
		}
		bubble(t, "wrong once "+string(mode), &linktest.Board{Table: want, Flaky: once}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			_, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: mode})
			assert.ErrorContains(t, err, "does not explain it")
		})
		k := uint32(0)
		changing := func(a, b, p uint32) uint32 {
			if at(9, 17)(a, b) {
				k++
				return p ^ k&3
			}
			return p
		}
		bubble(t, "flaky "+string(mode), &linktest.Board{Table: want, Flaky: changing}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			_, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: mode})
			var unstable *fpga.UnstableError
			require.ErrorAs(t, err, &unstable)
			assert.Equal(t, uint32(9), unstable.A)
		})
	}
}

// After an interruption nothing is sent, and nothing comes any more.
func TestInterrupt(t *testing.T) {
	want := table(t, "drum6_u8")
	for _, mode := range []fpga.Mode{fpga.Stream, fpga.Batch} {
		bubble(t, string(mode), &linktest.Board{Table: want}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			ctx, cancel := context.WithCancel(t.Context())
			b, err := fpga.Connect(ctx, l, "test", fpga.Options{})
			require.NoError(t, err)
			var stopped time.Time
			_, err = fpga.Check(ctx, b, want, fpga.CheckOptions{Mode: mode, Progress: func(done, total uint64) {
				if done > total/3 && stopped.IsZero() {
					stopped = time.Now()
					cancel()
				}
			}})
			require.ErrorIs(t, err, context.Canceled)
			assert.Less(t, time.Since(stopped), time.Second)
			received := b.Stats().Received
			time.Sleep(time.Second)
			buffer := make([]byte, 100)
			n, _ := l.Read(buffer)
			assert.Zero(t, n, "%d bytes came before, and the line is not idle", received)
			b.Disconnect()
		})
	}
}

// A rate is changed by asking; a board that cannot be understood then goes back.
func TestBaud(t *testing.T) {
	want := table(t, "mbm_e8m5")
	k := fpga.CheckOptions{Mode: fpga.Stream}
	b := &linktest.Board{Table: want}
	bubble(t, "change", b, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		r, log, err := check(t.Context(), l, want, fpga.Options{Baud: 3_000_000}, k)
		require.NoError(t, err)
		assert.Empty(t, log)
		assert.Equal(t, 3_000_000, r.Link.Baud)
		assert.Equal(t, 115200, b.Rate(), "left as found")
	})
	bubble(t, "too fast", &linktest.Board{Table: want}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, _, err := check(t.Context(), l, want, fpga.Options{Baud: 4_000_000}, k)
		assert.ErrorContains(t, err, "at most 3,000,000 baud")
		assert.Equal(t, fault.Usage, fault.Status(err))
	})
	left := &linktest.Board{Table: want, Baud: 1_000_000}
	bubble(t, "left at another rate", left, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		r, log, err := check(t.Context(), l, want, fpga.Options{}, k)
		require.NoError(t, err)
		assert.True(t, r.Equal())
		assert.Contains(t, log, "the board answers at 1,000,000 baud")
	})
	bubble(t, "rate given", &linktest.Board{Table: want, Baud: 1_000_000}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, _, err := check(t.Context(), l, want, fpga.Options{OpenBaud: 57600}, k)
		assert.ErrorContains(t, err, "use option open-baud 1000000")
		assert.Equal(t, fault.Failed, fault.Status(err))
	})
	bubble(t, "rate unknown", &linktest.Board{Table: want, Baud: 250_000}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, _, err := check(t.Context(), l, want, fpga.Options{}, k)
		assert.ErrorContains(t, err, "no board answered at 115,200, 1,000,000, 2,000,000")
		assert.Equal(t, fault.Failed, fault.Status(err))
	})
}

// Each cause has its own words.
func TestCauses(t *testing.T) {
	want := table(t, "drum6_u8")
	for _, c := range []struct {
		name   string
		board  *linktest.Board
		faults linktest.Faults
		cause  link.Cause
		text   string
		status int
	}{
		{"silent", &linktest.Board{}, linktest.Faults{Drop: 1}, link.Silent, "not one byte came", fault.Failed},
		{"version", &linktest.Board{Version: 1}, linktest.Faults{}, link.OtherVersion, "version 1 of the protocol, this program has version 2: build the board's gateware", fault.Failed},
		{"program", &linktest.Board{}, linktest.Faults{Answer: "login incorrect\r\n"}, link.OtherProgram, "login incorrect", fault.Failed},
		{"cut", &linktest.Board{}, linktest.Faults{CutAfter: 5000}, link.Disconnected, "disconnected after", fault.Failed},
		{"cut at once", &linktest.Board{}, linktest.Faults{CutAfter: 10}, link.Disconnected, "disconnected after 0 answers", fault.Failed},
		{"noise", &linktest.Board{}, linktest.Faults{Flip: 0.01, Seed: 5}, link.Noisy, "too noisy", fault.Failed},
	} {
		c.board.Table = want
		bubble(t, c.name, c.board, c.faults, func(t *testing.T, l *linktest.Line) {
			_, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: fpga.Stream})
			var e *link.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.cause, e.Cause, err)
			assert.ErrorContains(t, err, c.text)
			assert.Equal(t, c.status, fault.Status(err))
		})
	}
}

// A good line is used well, both ways; what a bad one loses is said.
func TestSelfTest(t *testing.T) {
	for name, f := range map[string]linktest.Faults{"good": {}, "bad": {Flip: 1e-3, Seed: 2}} {
		bubble(t, name, &linktest.Board{Table: table(t, "mbm_e8m7")}, f, func(t *testing.T, l *linktest.Line) {
			b, err := fpga.Connect(t.Context(), l, "test", fpga.Options{})
			require.NoError(t, err)
			defer l.Wait()
			defer b.Disconnect()
			told := uint64(0)
			r, err := b.SelfTest(t.Context(), fpga.SelfTestOptions{Pings: 20, Echoes: 60, Progress: func(done, total uint64) {
				assert.Equal(t, told+1, done)
				assert.EqualValues(t, 80, total)
				told = done
			}})
			require.NoError(t, err)
			assert.EqualValues(t, 80, told)
			assert.InDelta(t, 11520, r.Line, 1e-9)
			assert.LessOrEqual(t, r.Minimum, r.Median)
			assert.LessOrEqual(t, r.Median, r.P99)
			if f.Flip > 0 {
				assert.NotZero(t, r.Lost)
				assert.NotZero(t, r.Link.Bad()+r.Board.Total())
				return
			}
			assert.Zero(t, r.Lost)
			for _, rate := range []float64{r.Up, r.Down, r.Stream} {
				assert.InDelta(t, 1, rate/r.Line, 0.15)
			}
		})
	}
}
