package cosim

import "context"

// A DUT may do more than multiply. Callers ask for that by an interface, never by the type of the DUT: Walker for
// walks in the design's own process, Prober for latencies, and those below. The same holds for an Opener.

// Printer is a DUT whose design can print.
type Printer interface {
	DUT
	// Output returns the last lines that the design printed.
	Output() string
}

// Ordered is a DUT that multiplies several pairs side by side, and therefore may visit a rectangle in another order
// than the one it is asked for.
type Ordered interface {
	DUT
	// Lanes returns the number of pairs that are multiplied side by side, 1 or more.
	Lanes() int
	// Order returns the order in which Sweep visits a rectangle if it is asked for o.
	Order(r Rect, o Order) Order
}

// Coverer is a DUT that counts which lines and bits of its design are exercised.
type Coverer interface {
	DUT
	// WriteCoverage writes the counters to a file in the form of Verilator's coverage.dat.
	WriteCoverage(ctx context.Context, path string) error
}

// SlowOpener is an Opener that says how long its DUTs take.
type SlowOpener interface {
	Opener
	// Slow reports whether they take much longer for pairs in any other order than row by row.
	Slow() bool
}

var (
	_ Walker  = (*instance)(nil)
	_ Prober  = (*instance)(nil)
	_ Broad   = (*instance)(nil)
	_ Printer = (*instance)(nil)
	_ Ordered = (*instance)(nil)
	_ Coverer = (*instance)(nil)
)
