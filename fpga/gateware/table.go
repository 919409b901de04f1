package gateware

import (
	"context"
	"errors"
	"regexp"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Builtins returns the rows of the manifest that docs/fpga.md has tables of: 8-bit integers, and floats of 7 mantissa
// bits. filter, if not nil, selects those whose names it matches.
func Builtins(filter *regexp.Regexp) ([]golden.Row, error) {
	all, err := golden.Manifest()
	if err != nil {
		return nil, err
	}
	var rows []golden.Row
	for _, r := range all {
		if filter != nil && !filter.MatchString(r.String()) {
			continue
		}
		m, err := r.Multiplier()
		if err != nil {
			return nil, err
		}
		if f := m.Format; f.Kind != lut.Mantissa && f.A == 8 || f.Kind == lut.Mantissa && f.A == 7 {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// Several says how a table is made.
type Several struct {
	Jobs int // side by side, 0 for one per core
	// Progress, if not nil, hears how many entries are done, from several goroutines.
	Progress func(done, total uint64)
}

// each works on 0 to n−1.
func (s Several) each(ctx context.Context, n int, work func(ctx context.Context, i int) error) error {
	jobs := s.Jobs
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(jobs)
	var done atomic.Uint64
	for i := range n {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			err := work(ctx, i)
			if s.Progress != nil {
				s.Progress(done.Add(1), uint64(n))
			}
			return err
		})
	}
	return g.Wait()
}

// Built is a multiplier on a board, and what approxtrain fpga build --json prints.
type Built struct {
	Board      string  `json:"board"`
	Multiplier string  `json:"multiplier"`
	Digest     string  `json:"digest,omitempty"` // of the build, 16 hexadecimal digits
	Report     *Report `json:"report,omitempty"` // nil: it does not fit
	Needs      *Use    `json:"needs,omitempty"`  // logic cells, where it does not fit
	Path       string  `json:"path,omitempty"`   // of the bitstream that was written
}

// BuildAll builds built-in multipliers on boards. The result of rows[i] on boards[j] has number i·len(boards) + j.
func BuildAll(ctx context.Context, rows []golden.Row, boards []Board, s Several) ([]Built, error) {
	results := make([]Built, len(rows)*len(boards))
	return results, s.each(ctx, len(results), func(ctx context.Context, i int) (err error) {
		results[i], err = buildRow(ctx, rows[i/len(boards)], boards[i%len(boards)])
		return err
	})
}

// buildRow builds a built-in multiplier on a board, once every simulator agrees on every product of it. That it does
// not fit is a result.
func buildRow(ctx context.Context, row golden.Row, b Board) (Built, error) {
	r := Built{Board: b.Name, Multiplier: row.String()}
	g, err := row.Multiplier()
	if err != nil {
		return r, err
	}
	d, err := witness.OpenBuiltin(ctx, g.RTL, false, cosim.Options{}, witness.Options{})
	if err != nil {
		return r, err
	}
	t, err := lutgen.Table(ctx, d.Opener, d.Sweep(0))
	if err != nil {
		return r, err
	}
	m, err := New(d.RTL, t.Format)
	if err != nil {
		return r, err
	}
	r.Digest = m.Digest.String()
	bits, err := Build(ctx, b, m)
	var full *NoRoomError
	switch {
	case errors.As(err, &full):
		r.Needs = &full.Needs
	case err != nil:
		return r, err
	default:
		r.Report = &bits.Report
	}
	return r, nil
}

// Measured is the area of a multiplier and its error, and what approxtrain synth --json prints.
type Measured struct {
	Multiplier string     `json:"multiplier"`
	Format     string     `json:"format"`
	MRED       float64    `json:"mred"` // mean relative error distance; 0.01 is 1 %
	Numbers    lut.Format `json:"-"`    // Format
	*Area
}

// MeasureAll measures built-in multipliers, each alone, without a board's gateware.
func MeasureAll(ctx context.Context, rows []golden.Row, boards []Board, s Several) ([]Measured, error) {
	results := make([]Measured, len(rows))
	return results, s.each(ctx, len(rows), func(ctx context.Context, i int) error {
		g, err := rows[i].Multiplier()
		if err != nil {
			return err
		}
		d, err := witness.OpenBuiltin(ctx, g.RTL, false, cosim.Options{}, witness.Options{Simulators: witness.Verilator})
		if err != nil {
			return err
		}
		area, err := Synthesize(ctx, d.RTL, boards)
		if err != nil {
			return err
		}
		results[i] = NewMeasured(rows[i].String(), area, g.Table())
		return nil
	})
}

// NewMeasured puts the area of a multiplier beside the error of its table.
func NewMeasured(name string, a *Area, t *lut.Table) Measured {
	return Measured{name, t.Format.String(), lut.Measure(t).MRED, t.Format, a}
}
