package lutgen

import (
	"context"
	"slices"
	"sync"

	"github.com/approxtrain/approxtrain/cosim"
)

const (
	mostGroups  = 1 << 21 // groups of a walk: of a table with more pairs it is a sample
	leastGroups = 1 << 12 // of a small table it goes round several times
	itemGroups  = 1 << 14 // groups of an item: it has its own reset
	chunkGroups = 1 << 12 // groups of a command
	evalGroups  = 1 << 10 // groups of a DUT that does not walk by itself
	heldShare   = 8       // of the groups the walk Held takes one in so many
	slowGroups  = 1 << 18 // most groups of a handshake, which takes many cycles for a pair
	longRun     = 1 << 16 // clock cycles without a reset, at least
	idleCycles  = 100_000 // then as many without an operand
	idleGroups  = 1 << 7  // then 1,024 products
)

// histories forms products of a grid once more, each after several other pairs, and
// compares them with those of the first sweep.
type histories struct {
	opener cosim.Opener
	opts   Options
	grid   *cosim.Grid
	blocks []cosim.Rect // of the first sweep
	count  *counter
	// columns: the sweeps had no column-major one, so the sample has.
	columns bool

	mu   sync.Mutex
	made Visits
}

// gridOf returns the grid of all pairs of a rectangle.
func gridOf(r cosim.Rect, products []uint32) *cosim.Grid {
	g := &cosim.Grid{Products: products}
	for i := range r.NA {
		g.A = append(g.A, r.A0+i)
	}
	for i := range r.NB {
		g.B = append(g.B, r.B0+i)
	}
	return g
}

// finish samples histories, unless the options say that there is no state, and tells
// the options' Visits.
func (h *histories) finish(ctx context.Context) error {
	if h.opts.Histories == HistoriesFull {
		if err := h.sample(ctx); err != nil {
			return err
		}
	}
	if h.opts.Visits != nil {
		*h.opts.Visits = h.made
	}
	return nil
}

// sample makes the walks.
func (h *histories) sample(ctx context.Context) error {
	pairs := uint64(len(h.grid.Products))
	groups := min(max(pairs, leastGroups), mostGroups)
	// The division into items must not follow from the number of jobs: an error is the
	// same for any.
	items := int(max(1, groups/itemGroups))
	jobs := h.opts.jobs()
	return parallel(ctx, h.opener, jobs, items, h.opts.Observe, func(ctx context.Context, d cosim.DUT, i int) error {
		w, ok := d.(cosim.Walker)
		if !ok {
			if i > 0 {
				return nil
			}
			return h.eval(ctx, d)
		}
		if h.columns {
			if err := h.columnMajor(ctx, w, i, items); err != nil {
				return err
			}
		}
		return h.walk(ctx, w, uint64(i), min(groups, itemGroups), groups)
	})
}

// walk takes one item's groups, of the total, in each manner that the design has.
func (h *histories) walk(ctx context.Context, d cosim.Walker, item, groups, total uint64) error {
	if err := d.Reset(ctx, cosim.FillZeros); err != nil {
		return err
	}
	manners, err := d.Manners(ctx)
	if err != nil {
		return err
	}
	lanes := uint64(d.Lanes())
	for k, m := range manners {
		if err := d.Reset(ctx, cosim.FillZeros); err != nil {
			return err
		}
		if _, err := d.Idle(ctx, 64); err != nil { // what the reset left in the design comes out
			return err
		}
		// Each manner has draws of its own.
		first := (uint64(k)<<32 + item*groups) / lanes * lanes
		wanted := groups
		switch m {
		case cosim.Held:
			wanted /= heldShare
		case cosim.Paused, cosim.InFlight:
			wanted = wanted * min(total, slowGroups) / total
		}
		steps := func(groups uint64, after string) error {
			groups = (groups + lanes - 1) / lanes * lanes
			h.count.expect(groups * cosim.WalkSteps)
			for groups > 0 {
				n := min(groups, chunkGroups)
				dev, err := d.Walk(ctx, h.grid, m, first*cosim.WalkSteps, n*cosim.WalkSteps)
				if err != nil {
					return err
				}
				if dev != nil {
					dev.History += after
					return h.impure(d, dev)
				}
				first, groups = first+n, groups-n
				h.add(m, n)
			}
			return nil
		}
		if err := steps(wanted, ""); err != nil {
			return err
		}
		if item > 0 {
			continue
		}
		for cycles, ok := d.Cycles(); ok && cycles < longRun; cycles, ok = d.Cycles() {
			if err := steps(chunkGroups, ""); err != nil {
				return err
			}
		}
		dev, err := d.Idle(ctx, idleCycles)
		if err != nil {
			return err
		}
		if dev != nil {
			return h.impure(d, dev)
		}
		if err := steps(idleGroups, ", after 100,000 idle cycles"); err != nil {
			return err
		}
	}
	return nil
}

// add counts the groups of a walk.
func (h *histories) add(m cosim.Manner, groups uint64) {
	n := groups * cosim.WalkSteps
	h.count.add(n)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.made.Sampled += n
	for _, kind := range []string{"another pair before", "repeated", "a kept", "b kept"} {
		h.made.add(kind, n/4)
	}
	if m != cosim.Steady {
		h.made.add(m.String(), n)
	}
}

// add counts products of a kind.
func (v *Visits) add(kind string, n uint64) {
	i := slices.IndexFunc(v.Histories, func(k History) bool { return k.Kind == kind })
	if i < 0 {
		i = len(v.Histories)
		v.Histories = append(v.Histories, History{Kind: kind})
	}
	v.Histories[i].Products += n
}

// eval walks with lists of pairs.
func (h *histories) eval(ctx context.Context, d cosim.DUT) error {
	const n = evalGroups * cosim.WalkSteps
	h.count.expect(n)
	if err := d.Reset(ctx, cosim.FillZeros); err != nil {
		return err
	}
	w := cosim.NewWalk(len(h.grid.A), len(h.grid.B), 1)
	var a, b, p, want [n]uint32
	for i := range a {
		row, column := w.At(uint64(i))
		a[i], b[i], want[i] = h.grid.A[row], h.grid.B[column], h.grid.Products[row*uint64(len(h.grid.B))+column]
	}
	if err := d.Eval(ctx, a[:], b[:], p[:]); err != nil {
		return err
	}
	for i := range p {
		if p[i] != want[i] {
			dev := &cosim.Deviation{Pair: cosim.Pair{A: a[i], B: b[i]}, Want: want[i], Got: p[i], History: w.History(uint64(i))}
			if i > 0 {
				dev.Before = &cosim.Pair{A: a[i-1], B: b[i-1]}
			}
			return h.impure(d, dev)
		}
	}
	h.add(cosim.Steady, evalGroups)
	return nil
}

// columnMajor visits one item's columns of the grid, with b kept.
func (h *histories) columnMajor(ctx context.Context, d cosim.Walker, item, items int) error {
	if err := d.Reset(ctx, cosim.FillZeros); err != nil {
		return err
	}
	rows, columns := len(h.grid.A), len(h.grid.B)
	from, to := columns*item/items, columns*(item+1)/items
	if from == to {
		return nil
	}
	n := rows * (to - from)
	h.count.expect(uint64(n))
	a, b, p := make([]uint32, 0, n), make([]uint32, 0, n), make([]uint32, n)
	for _, y := range h.grid.B[from:to] {
		for _, x := range h.grid.A {
			a, b = append(a, x), append(b, y)
		}
	}
	if err := d.Eval(ctx, a, b, p); err != nil {
		return err
	}
	for i := range p {
		if want := h.grid.Products[i%rows*columns+from+i/rows]; p[i] != want {
			dev := &cosim.Deviation{Pair: cosim.Pair{A: a[i], B: b[i]}, Want: want, Got: p[i], History: "column by column, b kept"}
			if k := i - d.Lanes(); k >= 0 {
				dev.Before = &cosim.Pair{A: a[k], B: b[k]}
			}
			return h.impure(d, dev)
		}
	}
	h.count.add(uint64(n))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.made.Sampled += uint64(n)
	h.made.add("b kept", uint64(n))
	return nil
}

// impure makes an error of a deviation from the first sweep.
func (h *histories) impure(d cosim.DUT, dev *cosim.Deviation) error {
	e := &ImpureError{A: dev.A, B: dev.B, First: dev.Want, Second: dev.Got, SecondBefore: dev.Before, History: dev.History,
		Unasked: dev.Unasked, Output: outputOf(d)}
	for _, r := range h.blocks {
		if dev.A >= r.A0 && dev.A-r.A0 < r.NA && !dev.Unasked {
			e.FirstBefore = cosim.Before(d, r, cosim.RowMajor, uint64(dev.A-r.A0)*uint64(r.NB)+uint64(dev.B-r.B0))
		}
	}
	return e
}
