package fpga_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
)

// scenario is something that goes wrong, and how a check may end then, other than
// with the right answer.
type scenario struct {
	name    string
	set     func(r *rand.Rand, b *linktest.Board, f *linktest.Faults)
	causes  []link.Cause
	mayFail func(error) bool
	must    bool // the right answer is no outcome
	changes bool // a product is not always the same
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
			x := uint32(r.IntN(8))
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
		}, mayFail: contains("not always the same", "does not explain it"), changes: true},
		{name: "wrong once", set: func(r *rand.Rand, b *linktest.Board, f *linktest.Faults) {
			x, y, once := uint32(r.IntN(8)), uint32(r.IntN(8)), r.IntN(3)
			b.Flaky = func(p, q, v uint32) uint32 {
				if p == x && q == y {
					if once--; once == -1 {
						return v ^ 4
					}
				}
				return v
			}
			f.Flip = usual * float64(r.IntN(2))
		}, mayFail: contains("not always the same", "does not explain it")},
		{name: "an echo", set: func(_ *rand.Rand, _ *linktest.Board, f *linktest.Faults) { f.Echo = true },
			causes: []link.Cause{link.Echoed}, must: true},
		{name: "endless noise", set: func(r *rand.Rand, _ *linktest.Board, f *linktest.Faults) {
			f.Noise, f.NoiseAfter = 1+r.IntN(300), time.Duration(r.IntN(1000))*time.Millisecond
			f.Flip = 0.005 * r.Float64()
		}, causes: []link.Cause{link.Noisy, link.Unreadable, link.Overdue, link.Stopped}},
	}
}
