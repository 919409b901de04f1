package witness

import (
	"context"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// OpenBuiltin opens the Verilog of a built-in multiplier, which came with this program. wide also takes integers
// that no table holds.
func OpenBuiltin(ctx context.Context, r golden.RTL, wide bool, build cosim.Options, opts Options) (*Design, error) {
	if r.File == "" {
		return nil, fault.Usagef("the built-in Verilog has floats of format e8mY, not of others, and no codes: name a file with %v", option.RTL)
	}
	s, err := cosim.Builtin(r.File, r.Top, r.Params)
	if err != nil {
		return nil, err
	}
	d, err := cosim.ElaborateRTL(ctx, s, cosim.Overrides{Kind: cosim.Kind(r.Kind), Wide: wide}, build)
	if err != nil {
		return nil, err
	}
	return Open(ctx, d, opts)
}

// Sweep returns the options of a sweep into a table with every simulator of the design, on so many processes, 0 for
// one per core.
func (d *Design) Sweep(jobs int) lutgen.Options {
	o := lutgen.Options{Jobs: jobs, Others: d.Others(), Explain: d.Explain, Function: d.Function(), Proven: d.Proven(),
		Sampled: d.Sampled()}
	if d.Pure() {
		o.Histories = lutgen.HistoriesPure
	}
	return o
}

// Case returns the case of a row of the golden manifest for lutgen.Regress: the row's RTL in every simulator, on one
// process each.
func Case(row golden.Row) (lutgen.Case, error) {
	m, err := row.Multiplier()
	if err != nil {
		return lutgen.Case{}, err
	}
	c := lutgen.Case{
		Name: row.String(), Model: m.Table, Digest: row.Digest,
		Open: func(ctx context.Context) (cosim.Opener, lutgen.Options, error) {
			d, err := OpenBuiltin(ctx, m.RTL, false, cosim.Options{}, Options{})
			if err != nil {
				return nil, lutgen.Options{}, err
			}
			return d, d.Sweep(1), nil
		},
	}
	if row.Table {
		c.Table = func() (*lut.Table, error) { return golden.CommittedTable(row.Name) }
	}
	return c, nil
}

// Cases returns the cases of all rows of the golden manifest whose names match.
func Cases(match func(name string) bool) (cases []lutgen.Case, err error) {
	rows, err := golden.Manifest()
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if !match(row.String()) {
			continue
		}
		c, err := Case(row)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}
