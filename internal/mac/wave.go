package mac

import (
	"context"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Cycles of a waveform before the one after which the sum is wrong, and after it.
const (
	waveBefore = 32
	waveAfter  = 4
)

// failure is the sequence of a wrong sum: what the design was given since the reset, and by which rule it should have
// added up.
type failure struct {
	steps    []Step
	at       int // the cycle at whose end the sum is wrong
	fill     cosim.Fill
	timing   Timing
	rule     Rule
	product  func(a, b uint64) int64
	sequence int // its number, −1 for pairs alone in the sum
}

// Wave says what a waveform has.
type Wave struct {
	Sequence int `json:"sequence"` // −1: pairs alone in the sum
	First    int `json:"first"`    // cycles since the reset
	Last     int `json:"last"`
	Wrong    int `json:"wrong"` // the cycle at whose end the sum is wrong
}

// WriteWave simulates the sequence of the first wrong sum again, in Verilator, and writes a waveform of every signal
// from some cycles before it to some after it. The signal expected has the sum that should be; it is 0 until a clear.
// It fails if nothing is wrong.
func (r *Result) WriteWave(ctx context.Context, acc *cosim.Accumulator, path string) error {
	f := r.failure
	if f == nil {
		return fault.Failedf("%s: no sum is wrong that a waveform could show", acc.RTL.Design.Top)
	}
	run := cosim.WaveRun{Fill: f.fill, From: max(0, f.at-waveBefore)}
	l := newLane(f.timing, f.product, 1)
	for _, s := range f.steps {
		l.step(s, []Rule{f.rule}, []int{0})
		want := uint64(0)
		if l.known {
			want = f.rule.port(l.sums[0], acc.P)
		}
		run.A = append(run.A, acc.Operand(s.Clear, s.Enable, s.A&(1<<acc.A-1)))
		run.B = append(run.B, s.B&(1<<acc.B-1))
		run.Want = append(run.Want, want)
	}
	if err := cosim.WriteRunWave(ctx, acc.RTL, run, acc.P, path); err != nil {
		return err
	}
	r.Wave = &Wave{f.sequence, run.From, len(f.steps) - 1, f.at}
	return nil
}

// failed keeps the sequence of a wrong sum: every lanes-th of the steps, from number lane on.
func (c *checker) failed(steps []Step, lane, lanes, at, sequence int, fill cosim.Fill, r Rule) {
	f := &failure{at: at, fill: fill, timing: c.out.Timing, rule: r, product: c.product, sequence: sequence}
	for i := lane; i < len(steps) && len(f.steps) <= at+waveAfter; i += lanes {
		f.steps = append(f.steps, steps[i])
	}
	c.out.failure = f
}
