package mac

import (
	"context"
	"slices"

	"github.com/approxtrain/approxtrain/cosim"
)

const randomLanes = 16

// plan returns the cycles of the walks, which go through the directed sequences side by side, and of the random ones,
// for so many pairs in all, or 0. needed is what source.needed returns.
func plan(needed, pairs int) (walk, random int) {
	const most = 1 << 19 // cycles that take seconds
	if pairs > 0 {
		walk = pairs / 2 / directed
		if needed > 0 && needed < walk {
			walk = needed
		}
		return max(walk, leadIn+1), max((pairs-directed*walk)/randomLanes, leadIn+1)
	}
	walk = 1 << 16
	if needed > 0 && needed <= most {
		walk = max(needed, 1<<13)
	}
	return walk, 1 << 15
}

// trial eliminates rules.
type trial struct {
	*checker
	rules []Rule
	alive []int
	first int     // number of the first lane's sequence
	last  *Moment // where the last rule of the port's width failed
	rule  Rule    // that one
	done  uint64
	total uint64

	before []int64 // a place for the sums of the rules that are alive
}

// run takes lanes of steps through so many cycles. It ends early where the simulators disagree, or where no rule is
// left.
func (t *trial) run(ctx context.Context, next []func() (Step, bool), first, cycles int) (ended bool, err error) {
	const chunk = 1 << 13
	n := len(next)
	t.first = first
	lanes := make([]*lane, n)
	for i := range lanes {
		lanes[i] = newLane(t.out.Timing, t.product, len(t.rules))
	}
	fill := cosim.FillZeros
	if first > 0 {
		fill = cosim.FillOnes
	}
	for _, m := range t.all {
		if err := m.begin(ctx, n, fill); err != nil {
			return false, err
		}
	}
	for from := 0; from < cycles; from += chunk {
		steps := make([]Step, min(chunk, cycles-from)*n)
		for i := range steps {
			steps[i], _ = next[i%n]()
		}
		a, b := t.operands(steps)
		p, err := both(ctx, t.all, a, b)
		if err != nil {
			return false, err
		}
		for i, s := range steps {
			if t.compare(lanes[i%n], s, p, i, n, from) {
				return true, nil
			}
		}
		t.done += uint64(len(steps) / n)
		if t.opts.Progress != nil {
			t.opts.Progress(t.done, t.total)
		}
	}
	return false, nil
}

// keep keeps the sequence of the wrong sum.
func (t *trial) keep(s *source) {
	m, rule, fill := t.out.Mismatch, t.rule, cosim.FillZeros
	if t.out.Disagree != nil {
		m, rule = t.out.Disagree, t.rules[t.alive[0]]
	}
	if m.Sequence >= directed {
		fill = cosim.FillOnes
	}
	var steps []Step
	for step := range s.sequence(m.Sequence, t.opts.Seed) {
		if steps = append(steps, step); len(steps) > m.Cycle+waveAfter {
			break
		}
	}
	t.failed(steps, 0, 1, m.Cycle, m.Sequence, fill, rule)
}

// compare compares the sums after one clock edge, and says whether that ends the check.
func (t *trial) compare(l *lane, s Step, p [][]cosim.Word, i, n, from int) (ended bool) {
	begun, before := l.known, t.before[:0]
	for _, k := range t.alive {
		before = append(before, l.sums[k])
	}
	a := l.step(s, t.rules, t.alive)
	if !l.known {
		return false
	}
	out := t.out
	out.Sums++
	switch {
	case a.set && !a.none:
		out.Sequences++
		if begun {
			out.Clears++
		}
	}
	if a.pair {
		out.Pairs++
	}
	if !s.Enable {
		out.Pauses++
	}
	out.Least, out.Most = min(out.Least, l.free), max(out.Most, l.free)
	got := p[0][i].Lo
	for k := 1; k < len(p); k++ {
		if p[k][i].Lo != got {
			out.Disagree = t.moment(t.all[k].String(), i, n, from, s, before[0], got, p[k][i].Lo)
			out.Disagree.Sequence += t.first
			return true
		}
	}
	for at := 0; at < len(t.alive); at++ {
		k := t.alive[at]
		r := t.rules[k]
		want := r.port(l.sums[k], t.acc.P)
		if want == got {
			continue
		}
		if r.Bits == t.acc.P {
			t.last, t.rule = t.moment(t.all[0].String(), i, n, from, s, before[at], want, got), r
			t.last.Sequence += t.first
		}
		t.alive, before = slices.Delete(t.alive, at, at+1), slices.Delete(before, at, at+1)
		at--
	}
	if len(t.alive) == 0 {
		out.Mismatch = t.last
		return true
	}
	return false
}
