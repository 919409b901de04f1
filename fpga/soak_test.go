package fpga_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

var (
	soakRuns = flag.Int("soak", 0, "runs of TestSoakLong (default: each scenario four times)")
	soakSeed = flag.Uint64("soak-seed", 1, "first seed of TestSoakLong")
)

// soakTables are what boards hold: most are small, so that many lines can be tried.
var soakTables = []string{"exact_u4", "exact_u4", "mbm_e8m3", "mbm_e8m3", "exact_s5", "mbm_e8m5", "mbm_e8m5", "exact_u6", "mbm_e8m7", "drum6_u8"}

// soak counts what soak runs found.
type soak struct {
	mu               sync.Mutex
	outcomes         map[string]int
	passes, found    int // right answers: without and with a wrong product
	lost, unrepeated int
	longest          time.Duration
	longestOf        string
	share            float64 // the largest of a limit that was used
}

// TestSoakLong lets everything go wrong that can, each run from a seed, half of them with
// one wrong product on the board. Each ends within its limit, with the right answer or
// with an error that names the cause: no wrong product passes, and no right one is
// called wrong.
func TestSoakLong(t *testing.T) {
	runs := *soakRuns
	if runs == 0 {
		runs = 4 * len(scenarios())
	}
	for _, name := range soakTables {
		table(t, name)
	}
	s := &soak{outcomes: map[string]int{}}
	t.Run("runs", func(t *testing.T) {
		for i := range runs {
			seed := *soakSeed + uint64(i)
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				s.run(t, seed)
			})
		}
	})
	for _, k := range slices.Sorted(maps.Keys(s.outcomes)) {
		t.Logf("%5d  %s", s.outcomes[k], k)
	}
	total := 0
	for _, n := range s.outcomes {
		total += n
	}
	assert.Equal(t, runs, total)
	if runs >= 2*len(scenarios()) { // not one that is repeated
		assert.Greater(t, s.passes, runs/5)
		assert.Greater(t, s.found, runs/5)
	}
	t.Logf("seeds %d to %d: %d lines: %d right passes, %d times the one wrong product was found, %d errors of the link or the board", *soakSeed,
		*soakSeed+uint64(runs)-1, total, s.passes, s.found, total-s.passes-s.found)
	t.Logf("%d frames or requests lost, %d damaged ones had a right CRC; the longest took %v (%s), and no run more than %.0f %% of its limit", s.lost,
		s.unrepeated, s.longest, s.longestOf, 100*s.share)
}

// run is a run of a soak: a line from a seed. Which one of the scenarios, and whether a
// product is wrong, follows from the seed too.
func (s *soak) run(t *testing.T, seed uint64) {
	all := scenarios()
	n := uint64(len(all))
	sc, isWrong := all[seed%n], seed/n%2 == 1
	r := rand.New(rand.NewPCG(seed, 3))
	want := tables[soakTables[r.IntN(len(soakTables))]]
	mode := modes[r.IntN(len(modes))]
	var wrong [][2]uint32
	if isWrong {
		wrong = [][2]uint32{{uint32(r.IntN(want.Format.Rows())), uint32(r.IntN(want.Format.Cols()))}}
	}
	b := &linktest.Board{Table: altered(t, want, wrong...), Queue: []int{64, 258, 512, 2048}[r.IntN(4)]}
	f := linktest.Faults{Seed: seed}
	sc.set(r, b, &f)
	compared := altered(t, want)
	if sc.name == "another build" {
		compared.Sources = []lut.Source{{Path: "x.v", SHA256: fmt.Sprintf("%064d", 1)}}
	}
	o := fpga.Options{Baud: []int{0, 0, 1_000_000}[r.IntN(3)]}
	if sc.name == "another rate" {
		o.Baud = 0
	}
	name := fmt.Sprintf("%s, %s, %v, %d wrong", sc.name, mode, want.Format, len(wrong))
	bubble(t, name, b, f, func(t *testing.T, l *linktest.Line) {
		start := time.Now()
		var tell told
		res, limit, err := timedCheck(t, l, compared, o, fpga.CheckOptions{Mode: mode, Progress: tell.set})
		took := time.Since(start)
		tell.end(t, res)
		require.LessOrEqual(t, took, limit)
		outcome := "right answer"
		if err != nil {
			outcome = judgeError(t, sc, err)
		} else {
			require.Equal(t, res.Total, res.Pairs.Compared)
			require.False(t, sc.must, "an answer where there can be none")
			if !sc.changes { // there a pair may have been right, or wrong, each time
				require.Equal(t, len(wrong) == 0, res.Equal())
				require.Equal(t, wrong, pairs(res))
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.outcomes[sc.name+": "+outcome]++
		if err == nil {
			s.lost += res.Link.Bad() + res.Link.Retries
			s.unrepeated += res.Unrepeated
			if res.Equal() {
				s.passes++
			} else {
				s.found++
			}
		}
		s.share = max(s.share, float64(took)/float64(limit))
		if took > s.longest {
			s.longest, s.longestOf = took, fmt.Sprintf("seed %d: %s", seed, name)
		}
	})
}

// timedCheck is check, and returns the time that it may take.
func timedCheck(t *testing.T, l *linktest.Line, want *lut.Table, o fpga.Options, k fpga.CheckOptions) (*fpga.Result, time.Duration, error) {
	limit := fpga.FindTime
	if o.Baud > 0 {
		limit += fpga.RateTime
	}
	const leave = time.Second
	b, err := fpga.Connect(t.Context(), l, "test", o)
	if err != nil {
		return nil, limit + leave, err
	}
	r, err := fpga.Check(t.Context(), b, want, k)
	limit += b.Limit()
	b.Disconnect()
	return r, limit + leave, err
}

// told is the progress that a check told: each product once.
type told struct {
	done, total uint64
	wrong       string
}

func (p *told) set(done, total uint64) {
	if done <= p.done || done > total || p.total != 0 && total != p.total {
		p.wrong = fmt.Sprintf("%d of %d after %d of %d", done, total, p.done, p.total)
	}
	p.done, p.total = done, total
}

// end checks what was told of a check with a result, which is nil if it failed.
func (p *told) end(t *testing.T, r *fpga.Result) {
	require.Empty(t, p.wrong, "progress")
	if r != nil {
		require.Equal(t, [2]uint64{r.Total, r.Total}, [2]uint64{p.done, p.total}, "progress at the end")
	}
}

// judgeError says whether an error is one that the scenario explains.
func judgeError(t *testing.T, s scenario, err error) string {
	require.NotZero(t, fault.Status(err))
	var e *link.Error
	switch {
	case s.mayFail != nil && s.mayFail(err):
		return "named"
	case errors.As(err, &e) && slices.Contains(s.causes, e.Cause):
		return e.Cause.String()
	}
	require.NoError(t, err, "%s does not end so", s.name)
	return ""
}
