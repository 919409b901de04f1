package emulator_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/emulator"
	"github.com/approxtrain/approxtrain/fpga/faults"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/lut"
)

var (
	soakRuns = flag.Int("soak", 0, "runs of TestSoakLong (default: each scenario twice)")
	soakSeed = flag.Uint64("soak-seed", 1, "first seed of TestSoakLong")
)

// soak counts what soak runs found.
type soak struct {
	mu            sync.Mutex
	outcomes      map[string]int
	passes, found int // right answers: without and with a wrong product
	lost          int
	longest       time.Duration
	longestOf     string
	share         float64 // the largest of a limit that was used
}

// TestSoakLong lets the line to an emulated board do everything that lines do, each run
// from a seed, half of them with one wrong product on the board, whose place is random
// too. Each ends within its limit, with the right answer or with an error that names the
// cause: no wrong product passes, and no right one is called wrong. The time is virtual.
func TestSoakLong(t *testing.T) {
	runs := *soakRuns
	if runs == 0 {
		runs = 2 * len(scenarios())
	}
	programs, tables := make([]emulator.Program, len(soakDesigns)), make([]*lut.Table, len(soakDesigns))
	for i, d := range soakDesigns {
		programs[i], tables[i] = d.program(t)
	}
	s := &soak{outcomes: map[string]int{}}
	t.Run("runs", func(t *testing.T) {
		for i := range runs {
			seed := *soakSeed + uint64(i)
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				s.run(t, seed, programs, tables)
			})
		}
	})
	total := 0
	for _, k := range slices.Sorted(maps.Keys(s.outcomes)) {
		t.Logf("%5d  %s", s.outcomes[k], k)
		total += s.outcomes[k]
	}
	assert.Equal(t, runs, total)
	if runs >= 2*len(scenarios()) { // not one that is repeated
		assert.Greater(t, s.passes, runs/5)
		assert.Greater(t, s.found, runs/5)
	}
	if runs >= len(scenarios()) {
		assert.NotZero(t, s.lost, "a line of faults that lost nothing")
	}
	t.Logf("seeds %d to %d: %d lines: %d right passes, %d times the one wrong product was found, %d errors of the link or the board", *soakSeed,
		*soakSeed+uint64(runs)-1, total, s.passes, s.found, total-s.passes-s.found)
	t.Logf("%d frames or requests lost; the longest took %v (%s), and no run more than %.0f %% of its limit", s.lost, s.longest, s.longestOf, 100*s.share)
}

// run is a run of a soak: a line from a seed. Which one of the scenarios, and whether a
// product is wrong, follows from the seed too.
func (s *soak) run(t *testing.T, seed uint64, programs []emulator.Program, tables []*lut.Table) {
	all := scenarios()
	kinds := uint64(len(all))
	sc, isWrong := all[seed%kinds], seed/kinds%2 == 1
	r := rand.New(rand.NewPCG(seed, 4))
	n := r.IntN(len(programs))
	want := *tables[n]
	mode := []fpga.Mode{fpga.CRC, fpga.Stream, fpga.Batch}[r.IntN(3)]
	f, o, e := faults.Faults{Seed: seed}, fpga.Options{Baud: []int{0, 230_400}[r.IntN(2)]}, soakOptions
	sc.set(r, &f, &o)
	var pair [2]uint32
	var bits uint32
	if isWrong {
		pair = [2]uint32{uint32(r.IntN(want.Format.Rows())), uint32(r.IntN(want.Format.Cols()))}
		bits = 1 << r.IntN(want.Format.A)
		e.Plusargs = []string{fmt.Sprint("wrong_a=", pair[0]), fmt.Sprint("wrong_b=", pair[1]), fmt.Sprint("wrong_bits=", bits)}
	}
	if sc.name == "another build" {
		want.Sources = []lut.Source{{Path: "x.v", SHA256: fmt.Sprintf("%064d", 1)}}
	}
	synctest.Test(t, func(t *testing.T) {
		p, w, err := emulator.OpenWire(programs[n], e, f)
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Serve(ctx) }()
		start := time.Now()
		res, limit, err := timedCheck(t, w, &want, o, mode)
		took := time.Since(start)
		stop()
		if end := <-done; f.CutAfter == 0 {
			require.NoError(t, end)
		}
		time.Sleep(time.Second) // for what reads the port
		require.LessOrEqual(t, took, limit)
		outcome := "right answer"
		if err != nil {
			var e *link.Error
			named := errors.As(err, &e) && slices.Contains(sc.causes, e.Cause) || sc.text != "" && strings.Contains(err.Error(), sc.text)
			require.True(t, named, "%v", err)
			outcome = "error"
			if e != nil {
				outcome = e.Cause.String()
			}
		} else {
			require.False(t, sc.never, "an answer where there can be none")
			require.Equal(t, !isWrong, res.Equal())
			require.EqualValues(t, want.Format.Pairs(), res.Pairs.Compared)
			if isWrong {
				require.Len(t, res.Wrong, 1)
				require.Equal(t, [3]uint32{pair[0], pair[1], bits}, [3]uint32{res.Wrong[0].A, res.Wrong[0].B, res.Wrong[0].Got ^ res.Wrong[0].Want})
			} else {
				require.Empty(t, res.Wrong)
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.outcomes[sc.name+": "+outcome]++
		if err == nil {
			s.lost += res.Link.Bad() + res.Link.Retries
			if isWrong {
				s.found++
			} else {
				s.passes++
			}
		}
		s.share = max(s.share, float64(took)/float64(limit))
		if took > s.longest {
			s.longest, s.longestOf = took, fmt.Sprintf("seed %d: %s, %s, %v", seed, sc.name, mode, want.Format)
		}
	})
}

// timedCheck connects and compares, as the command does, and returns the time that it
// may take.
func timedCheck(t *testing.T, port fpga.Port, want *lut.Table, o fpga.Options, mode fpga.Mode) (*fpga.Result, time.Duration, error) {
	const leave = time.Second
	limit := fpga.FindTime + leave
	if o.Baud > 0 {
		limit += fpga.RateTime
	}
	rate := fpga.PowerUpBaud
	if o.OpenBaud > 0 {
		rate = o.OpenBaud
	}
	require.NoError(t, port.SetBaud(rate))
	b, err := fpga.Connect(t.Context(), port, "test", o)
	if err != nil {
		return nil, limit, err
	}
	r, err := fpga.Check(t.Context(), b, want, fpga.CheckOptions{Mode: mode})
	b.Disconnect()
	return r, limit + b.Limit(), err
}
