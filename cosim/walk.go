package cosim

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"unsafe"
)

// Grid is a choice of operands with the products of all their pairs, row by row.
type Grid struct{ A, B, Products []uint32 }

// Walk is a way through the pairs of a grid on which each pair is multiplied after
// several others. Steps come in groups of WalkSteps, one group for each pair:
//
//	0  another pair, drawn at random
//	1  the pair
//	2  the pair, repeated
//	3  a kept, another b
//	4  the pair, a kept
//	5  another a, b kept
//	6  the pair, b kept
//	7  the pair, repeated
//
// Groups visit the pairs in a scattered order and go on beyond the last one, with
// other draws. A DUT that multiplies in lanes side by side takes a group in each, so
// that a lane's step follows that lane's step before. rtl/testbench/walk.h is the same
// in C++.
type Walk struct {
	rows, columns, stride, lanes uint64
}

// WalkSteps is the number of steps of a group.
const WalkSteps = 8

// NewWalk returns the walk over a grid of rows × columns pairs, both powers of two
// from 2 to 65,536, in a number of lanes that is one as well.
func NewWalk(rows, columns, lanes int) Walk {
	n := uint64(rows) * uint64(columns)
	return Walk{uint64(rows), uint64(columns), Scattered(n).Step, uint64(lanes)}
}

// At returns row and column of the pair at a step.
func (w Walk) At(step uint64) (row, column uint64) {
	time, lane := step/w.lanes, step%w.lanes
	group := time/WalkSteps*w.lanes + lane
	pair := group * w.stride % (w.rows * w.columns)
	row, column = pair/w.columns, pair%w.columns
	other := func(here, drawn uint64) uint64 {
		if drawn == here {
			return here ^ 1
		}
		return drawn
	}
	r := mix(group)
	switch time % WalkSteps {
	case 0:
		return r % w.rows, r >> 16 % w.columns
	case 3:
		return row, other(column, r>>48%w.columns)
	case 5:
		return other(row, r>>32&0xffff%w.rows), column
	}
	return row, column
}

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x = (x + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// History describes the step before the pair.
func (w Walk) History(step uint64) string {
	return [WalkSteps]string{
		"after another pair", "after another pair", "repeated", "with a kept", "with a kept", "with b kept", "with b kept", "repeated",
	}[step/w.lanes%WalkSteps]
}

// Manner is how a walk gives its pairs to a design.
type Manner uint32

const (
	// Steady: as a sweep does.
	Steady Manner = iota
	// Held: each pair stays for a random number of cycles after its product is there.
	Held
	// Paused: one pair at a time, with pauses between them in which the operands are
	// junk; the design waits at random until its product is taken.
	Paused
	// InFlight: each pair is offered whatever is still to come of earlier ones.
	InFlight
)

func (m Manner) String() string {
	return [...]string{"steady", "held longer", "with pauses", "several pairs in flight"}[m]
}

// Pair is a pair of operands, as at the ports.
type Pair struct{ A, B uint32 }

func (p Pair) String() string { return fmt.Sprintf("a = %#x, b = %#x", p.A, p.B) }

// Deviation is a step of a walk that went another way than before.
type Deviation struct {
	Pair
	Before    *Pair  // of the step before; nil: none since the reset
	Want, Got uint32 // products
	History   string // "repeated", "with a kept, after a pause of 3 cycles", "second answer"
	// Unasked: the product was shown without a pair, after the one of Pair.
	Unasked bool
}

// Walker is a DUT that walks by itself.
type Walker interface {
	DUT
	// Lanes returns the number of pairs that are multiplied side by side.
	Lanes() int
	// Manners returns the ways to walk that the design has, after a reset.
	Manners(ctx context.Context) ([]Manner, error)
	// Walk takes n steps from the step first on, both multiples of WalkSteps·Lanes. A
	// deviation ends it.
	Walk(ctx context.Context, g *Grid, m Manner, first, n uint64) (*Deviation, error)
	// Idle lets cycles of the clock pass without an operand; nothing without a clock.
	Idle(ctx context.Context, cycles uint64) (*Deviation, error)
	// Cycles returns the number of clock cycles since the reset; ok is false where
	// there is no clock that counts.
	Cycles() (n uint64, ok bool)
}

// Lanes implements Walker.
func (d *instance) Lanes() int { return max(1, d.lanes) }

// walking is an instance's state of its walks.
type walking struct {
	loaded *Grid  // the grid in the shared memory
	valid  uint32 // cycles for which a product stays valid; 64: until the next one
	hold   bool   // the operands of a handshake stay until the product is taken
	last   *Pair  // the last pair of a walk since the reset
}

// Manners implements Walker. It tries the handshake: whether its "valid" is a pulse or stays,
// whether it looks at operands that it has taken, and, if no "ready" promises that, whether it
// takes pairs while others are in flight.
func (d *instance) Manners(ctx context.Context) ([]Manner, error) {
	switch {
	case d.iface == nil || d.iface.Clock == "":
		return []Manner{Steady}, nil
	case !d.iface.Handshake() && d.timing.Latency > 0:
		return []Manner{Steady, Held}, nil
	case !d.iface.Handshake() || d.iface.InValid == "":
		return []Manner{Steady}, nil
	}
	a, b := learnOperands(d.shape)
	n := len(a)
	d.walking = walking{}
	lists := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(d.data(0, 4*(2*n+3))))), 2*n+3)
	copy(lists[:n], a)
	copy(lists[n:], b)
	c := d.command(opLearn)
	c.Arg0 = uint64(n)
	if err := d.call(ctx, c); err != nil {
		return nil, d.fault(err, func(i uint64) (uint64, uint64) { return uint64(a[i]), uint64(b[i]) })
	}
	pulse, loose, inFlight := lists[2*n] == 1, lists[2*n+1] == 1, lists[2*n+2] == 1
	// A "ready" promises that whatever is given is taken; a "busy" does not, since it may
	// rise late.
	promised := d.iface.outer(d.iface.InReady, false) != "" && !d.iface.Busy && !d.iface.busyBeats()
	if d.iface.InReady == d.iface.OutValid && promised { // four phases: it is ready once the product is there
		promised, inFlight = false, false
	}
	d.valid, d.hold = lists[2*n], !promised || !loose
	manners := []Manner{Paused}
	if pulse && (promised && loose || inFlight) {
		manners = append(manners, InFlight)
	}
	return manners, nil
}

// learnOperands returns pairs of all sorts, extremes included.
func learnOperands(s Shape) (a, b []uint32) {
	x, y := probeOperands(s, 192)
	for i := range x {
		a, b = append(a, uint32(x[i])), append(b, uint32(y[i]))
	}
	edge := func(width, i int) uint32 {
		top := uint32(1)<<(width-1) - 1
		return [...]uint32{0, 1, top, top + 1, 2*top + 1, 2 * top, 2, top / 2}[i]
	}
	for i := range 64 {
		a, b = append(a, edge(s.A, i/8)&(1<<s.A-1)), append(b, edge(s.B, i%8)&(1<<s.B-1))
	}
	return a, b
}

// Walk implements Walker.
func (d *instance) Walk(ctx context.Context, g *Grid, m Manner, first, n uint64) (*Deviation, error) {
	na, nb := len(g.A), len(g.B)
	if bits.OnesCount(uint(na)) != 1 || bits.OnesCount(uint(nb)) != 1 || na < 2 || nb < 2 || na > 1<<16 || nb > 1<<16 ||
		len(g.Products) != na*nb || 4*(na+nb+na*nb) > maxDataSize {
		return nil, fmt.Errorf("a walk over %d × %d operands with %d products is not possible", na, nb, len(g.Products))
	}
	if d.loaded != g {
		words := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(d.data(0, 4*(na+nb+na*nb))))), na+nb+na*nb)
		copy(words, g.A)
		copy(words[na:], g.B)
		copy(words[na+nb:], g.Products)
		d.loaded = g
	}
	w := NewWalk(na, nb, d.Lanes())
	operands := func(step uint64) Pair {
		row, column := w.At(step)
		return Pair{g.A[row], g.B[column]}
	}
	c := d.command(opWalk)
	c.NA, c.NB, c.Step, c.Start, c.Arg0, c.Manner, c.Valid = uint32(na), uint32(nb), w.stride, first, n, uint32(m), d.valid
	if m == Paused && d.hold {
		c.Hold = 1
	}
	before := d.last
	last := operands(first + n - 1)
	d.last = &last
	err := d.call(ctx, c)
	var e *DesignError
	if !errors.As(err, &e) {
		return nil, err
	}
	step := first + e.Index
	dev := &Deviation{Want: d.found(0), Got: d.found(1), Before: before}
	if e.status == statusSecond {
		dev.Unasked, dev.History = true, "second answer"
		if e.Index > 0 {
			dev.Pair = operands(step - 1)
		} else if before != nil {
			dev.Pair = *before
		}
		return dev, nil
	}
	dev.Pair, dev.History = operands(step), w.History(step)
	if e.Index >= w.lanes || before != nil { // in the lane of the step
		p := operands(step - w.lanes)
		dev.Before = &p
	} else {
		dev.History = "the first after a reset"
	}
	if e.Line > 0 && e.status != statusFatal && e.status != statusStopped && e.status != statusFinished {
		dev.History += fmt.Sprintf(", after a pause of %d cycles", e.Line)
	}
	switch m {
	case Held:
		dev.History += ", held for more cycles"
	case InFlight:
		dev.History += ", with several pairs in flight"
	}
	switch e.status {
	case statusDiffers:
		return dev, nil
	case statusWithdrawn:
		dev.History = "changed before it was taken"
		return dev, nil
	case statusNeverReady, statusNeverValid:
		e.Hint = dev.History
		if dev.Before != nil {
			e.Hint += fmt.Sprintf(" (the pair before: %v)", dev.Before)
		}
	}
	e.Index = step
	return nil, d.locate(ctx, e, first+n, func(i uint64) (uint64, uint64) { p := operands(i); return uint64(p.A), uint64(p.B) })
}

// Idle implements Walker.
func (d *instance) Idle(ctx context.Context, cycles uint64) (*Deviation, error) {
	if d.iface == nil || d.iface.Clock == "" {
		return nil, nil
	}
	const most = 1 << 14 // cycles of a command, so that a slow design shows progress
	for cycles > 0 {
		c := d.command(opIdle)
		c.Arg0 = min(cycles, most)
		if d.last != nil { // a reset may leave something in the design
			c.Valid = d.valid
		}
		err := d.call(ctx, c)
		var e *DesignError
		if errors.As(err, &e) && e.status == statusSecond {
			dev := &Deviation{Want: d.found(0), Got: d.found(1), Unasked: true, History: "second answer"}
			if d.last != nil {
				dev.Pair = *d.last
			}
			return dev, nil
		} else if err != nil {
			return nil, d.fault(err, nil)
		}
		cycles -= c.Arg0
	}
	return nil, nil
}

// Cycles implements Walker.
func (d *instance) Cycles() (n uint64, ok bool) {
	counts := d.iface != nil && d.iface.Clock != "" && (d.iface.Handshake() || d.timing.Latency > 0)
	return *(*uint64)(unsafe.Pointer(&d.mem[cyclesOffset])), counts
}

// found returns one of the products of a finding.
func (d *instance) found(i int) uint32 {
	return *(*uint32)(unsafe.Pointer(&d.mem[foundOffset+4*i]))
}
