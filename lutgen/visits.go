package lutgen

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cosim"
)

// Histories says after which pairs each pair of a design is multiplied.
type Histories int

const (
	// HistoriesFull is for designs that may have state. To sweeps in several orders it
	// adds a sample of histories: repeated pairs, pairs that share an operand with the
	// one before, pauses.
	HistoriesFull Histories = iota
	// HistoriesPure is for designs that were proven to have no state: sweeps with
	// different values of open bits are enough.
	HistoriesPure
)

// Visits says which visits of a design's pairs agreed.
type Visits struct {
	// Sweeps is the number of visits of every pair, each in an order and with open
	// bits of its own.
	Sweeps int `json:"sweeps"`
	// Sampled is the number of products that were formed once more after other pairs
	// than in the sweeps.
	Sampled uint64 `json:"sampled"`
	// Histories counts them by what came before; a product counts as several kinds.
	Histories []History `json:"histories,omitempty"`
}

// String says in a few words what was sampled.
func (v Visits) String() string {
	s := fmt.Sprintf("sampled: %d sweeps in different orders", v.Sweeps)
	if v.Sampled > 0 {
		s += fmt.Sprintf(", %s products after other pairs", humanize.Comma(int64(v.Sampled)))
	}
	return s
}

// History is a kind of history.
type History struct {
	Kind     string `json:"kind"`
	Products uint64 `json:"products"`
}

// A visit is a sweep of all pairs.
type visit struct {
	name  string
	fill  cosim.Fill
	order func(r cosim.Rect) cosim.Order
}

// visits returns the sweeps of every pair: open bits (X, undriven, uninitialised) are
// zeros, then ones, then random and different from each other, so that neither one of
// them nor a relation between two goes unnoticed. The orders differ; where a design
// may have state, one of them keeps b and changes a, unless it is a board, to which the
// host sends each pair of such an order.
func (h Histories) visits(o cosim.Opener) []visit {
	rowMajor := func(cosim.Rect) cosim.Order { return cosim.RowMajor }
	v := []visit{
		{"row by row", cosim.FillZeros, rowMajor},
		{"in a scattered order", cosim.FillOnes, func(r cosim.Rect) cosim.Order { return cosim.Scattered(r.Pairs()) }},
		{"row by row", cosim.FillRandom, rowMajor},
	}
	if h == HistoriesFull && !isSlow(o) {
		v = append(v, visit{"column by column, b kept", cosim.FillZeros, func(r cosim.Rect) cosim.Order { return cosim.ColumnMajor(r.NA) }})
	}
	return v
}

// isSlow says whether a design takes much longer for pairs in an order of the host's
// than row by row.
func isSlow(o cosim.Opener) bool {
	s, ok := o.(cosim.SlowOpener)
	return ok && s.Slow()
}

// sweep makes the visit of a rectangle.
func (v visit) sweep(ctx context.Context, d cosim.DUT, r cosim.Rect) (cosim.Products, error) {
	if err := d.Reset(ctx, v.fill); err != nil {
		return cosim.Products{}, err
	}
	return d.Sweep(ctx, r, v.order(r))
}

// pureVisit is sweep number n of a design that was proven to have no state.
func pureVisit(n int) visit { return HistoriesPure.visits(nil)[n] }
