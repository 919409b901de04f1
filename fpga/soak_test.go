package fpga_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/fpga"
	"approxtrain/fpga/link"
	"approxtrain/fpga/link/linktest"
	"approxtrain/internal/fault"
	"approxtrain/lut"
)

var (
	soakRuns = flag.Int("soak", 0, "runs of TestSoak (default: a slice of 80)")
	soakSeed = flag.Uint64("soak-seed", 1, "first seed of TestSoak")
)

// scenario is something that goes wrong, and how a check may end then, other than
// with the right answer.
type scenario struct {
	name    string
	set     func(r *rand.Rand, b *linktest.Board, f *linktest.Faults)
	causes  []link.Cause
	mayFail func(error) bool
	must    bool // the right answer is no outcome
}

const usual = 1e-3 // the rate of faults a byte that has to be borne

func scenarios() []scenario {
	one := func(name string, set func(f *linktest.Faults)) scenario {
		return scenario{name: name, set: func(_ *rand.Rand, _ *linktest.Board, f *linktest.Faults) { set(f) }}
	}
	contains := func(texts ...string) func(error) bool {
		return func(err error) bool {
			return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(err.Error(), s) })
		}
	}
	return []scenario{
		one("clean", func(*linktest.Faults) {}),
		one("flips", func(f *linktest.Faults) { f.Flip = usual }),
		one("drops", func(f *linktest.Faults) { f.Drop = usual }),
		one("duplicates", func(f *linktest.Faults) { f.Duplicate = usual }),
		one("insertions", func(f *linktest.Faults) { f.Insert = usual }),
		{name: "everything", set: func(r *rand.Rand, _ *linktest.Board, f *linktest.Faults) {
			f.Flip, f.Drop, f.Duplicate, f.Insert = usual, usual, usual, usual
			f.Stall, f.StallFor = 0.01, 100*time.Millisecond
		}, causes: []link.Cause{link.Noisy}},
		{name: "stalls", set: func(r *rand.Rand, _ *linktest.Board, f *linktest.Faults) {
			f.Stall, f.StallFor = 0.05*r.Float64(), time.Duration(r.IntN(500))*time.Millisecond
		}},
		{name: "slow board", set: func(r *rand.Rand, b *linktest.Board, f *linktest.Faults) {
			b.Delay = time.Duration(r.IntN(300)) * time.Millisecond
		}},
		{name: "garbage first", set: func(r *rand.Rand, _ *linktest.Board, f *linktest.Faults) {
			f.Before = "\x7e\x10U-Boot 2024.01\r\nHit any key to stop autoboot: 3 \x7d\x7e~~~"
			if r.IntN(2) == 0 {
				f.Before = string(link.Frame{Version: link.Version, Command: link.CmdStream, Sequence: byte(r.IntN(5)), Payload: []byte(f.Before)}.Append(nil))
			}
		}},
		{name: "disconnect", set: func(r *rand.Rand, _ *linktest.Board, f *linktest.Faults) {
			f.CutAfter = 1 + int(100_000*r.Float64()*r.Float64()*r.Float64())
		}, causes: []link.Cause{link.Disconnected}},
		{name: "another rate", set: func(r *rand.Rand, b *linktest.Board, _ *linktest.Faults) {
			b.Baud = []int{9600, 57600, 250_000, 1_000_000, 3_000_000}[r.IntN(5)]
		}, causes: []link.Cause{link.Silent, link.Unreadable, link.OtherProgram}},
		{name: "another version", set: func(r *rand.Rand, b *linktest.Board, _ *linktest.Faults) {
			b.Version = byte(3 + r.IntN(13))
		}, causes: []link.Cause{link.OtherVersion}, must: true},
		{name: "another program", set: func(r *rand.Rand, _ *linktest.Board, f *linktest.Faults) {
			f.Answer = []string{"# ", "login: ", "ERROR unknown command\r\n", "OK\n"}[r.IntN(4)]
		}, causes: []link.Cause{link.OtherProgram, link.Unreadable, link.Silent}, must: true},
		{name: "nothing there", set: func(_ *rand.Rand, _ *linktest.Board, f *linktest.Faults) { f.Drop = 1 },
			causes: []link.Cause{link.Silent}, must: true},
		{name: "too much noise", set: func(r *rand.Rand, _ *linktest.Board, f *linktest.Faults) {
			f.Flip, f.Insert = 0.02*r.Float64(), 0.02*r.Float64()
		}, causes: []link.Cause{link.Noisy, link.Unreadable, link.Silent, link.Stopped}},
		{name: "another build", set: func(_ *rand.Rand, b *linktest.Board, _ *linktest.Faults) { b.Digest = [8]byte{9} },
			mayFail: contains("another multiplier is on the board"), must: true},
		{name: "hangs", set: func(r *rand.Rand, b *linktest.Board, f *linktest.Faults) {
			x := uint32(r.IntN(16))
			b.Stuck = func(p, q uint32) bool { return p == x && q == 5 }
			f.Flip = usual * r.Float64()
		}, mayFail: contains("did not answer within 65,535 clock cycles"), must: true},
		{name: "too fast a clock", set: func(r *rand.Rand, b *linktest.Board, f *linktest.Faults) {
			x := uint32(r.IntN(16))
			b.Flaky = func(p, q, v uint32) uint32 {
				if p == x && q == 5 && r.IntN(2) == 0 {
					return v ^ 2
				}
				return v
			}
		}, mayFail: contains("not always the same", "does not explain it")},
	}
}

// TestSoak lets everything go wrong that can, each run from a seed. Each ends with
// the right answer, or with an error that names the cause: no wrong product
// passes, and no right one is called wrong.
func TestSoak(t *testing.T) {
	runs := *soakRuns
	if runs == 0 {
		runs = 80
	}
	all := scenarios()
	outcomes := map[string]int{}
	lost, unrepeated := 0, 0
	for i := range runs {
		seed := *soakSeed + uint64(i)
		s := all[i%len(all)]
		r := rand.New(rand.NewPCG(seed, 3))
		want := table(t, []string{"mbm_e8m7", "mbm_e8m5", "drum6_u8", "exact_u4", "exact_s8"}[r.IntN(5)])
		mode := modes[r.IntN(len(modes))]
		var wrong [][2]uint32
		for range r.IntN(3) {
			wrong = append(wrong, [2]uint32{uint32(r.IntN(want.Format.Rows())), uint32(r.IntN(want.Format.Cols()))})
		}
		slices.SortFunc(wrong, func(p, q [2]uint32) int { return slices.Compare(p[:], q[:]) })
		wrong = slices.Compact(wrong)
		b := &linktest.Board{Table: altered(t, want, wrong...), Queue: []int{64, 258, 512, 2048}[r.IntN(4)]}
		f := linktest.Faults{Seed: seed}
		s.set(r, b, &f)
		compared := altered(t, want)
		if s.name == "another build" {
			compared.Sources = []lut.Source{{Path: "x.v", SHA256: fmt.Sprintf("%064d", 1)}}
		}
		o := fpga.Options{Baud: []int{0, 0, 1_000_000}[r.IntN(3)]}
		if s.name == "another rate" {
			o.Baud = 0
		}
		name := fmt.Sprintf("%d %s %s %v %d wrong", seed, s.name, mode, want.Format, len(wrong))
		bubble(t, name, b, f, func(t *testing.T, l *linktest.Line) {
			start := time.Now()
			res, _, err := check(t.Context(), l, compared, o, fpga.CheckOptions{Mode: mode})
			outcome := "right answer"
			if err != nil {
				outcome = judgeError(t, s, err)
			} else {
				lost += res.Link.Bad() + res.Link.Retries
				unrepeated += res.Unrepeated
				if s.name == "too fast a clock" { // a pair may have been right, or wrong, each time
					require.Equal(t, res.Total, res.Pairs.Compared)
				} else {
					require.False(t, s.must, "an answer where there can be none")
					require.Equal(t, len(wrong) == 0, res.Equal())
					require.Equal(t, wrong, pairs(res))
					require.Equal(t, res.Total, res.Pairs.Compared)
				}
			}
			outcomes[s.name+": "+outcome]++
			assert.Less(t, time.Since(start), 20*time.Minute)
		})
	}
	for _, k := range slices.Sorted(maps.Keys(outcomes)) {
		t.Logf("%4d  %s", outcomes[k], k)
	}
	t.Logf("%d runs, %d frames or requests lost, %d damaged ones had a right CRC", runs, lost, unrepeated)
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
