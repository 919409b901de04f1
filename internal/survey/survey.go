// Package survey measures every multiplier of a folder: its table and error figures, its gates, depth, cells and
// delay, and whether the figures that its file states are right.
//
// A survey goes on where an earlier one was interrupted, even by kill -9. The row of a design is an entry of the build
// cache: it is complete or absent, and it is used only while every file that the tools read for it has the same
// content, none would be found in another place, and options, tools and program are the same. A design that cannot be
// measured is a row with the reason.
//
// Start reading at [Run]; files.go finds the files, designs.go says which of them are designs, measure.go
// measures one, rows.go keeps rows, published.go reads the figures that files state.
package survey

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/lut"
)

// Options say how designs are read, run and measured.
type Options struct {
	Proof  proof.Options    // of each design: Source.Files, Source.Top, Jobs and Progress are not used
	Golden multiplier.Ref   // of a kind in [Golden]; of kind Unknown: none
	Boards []gateware.Board // for logic cells and delay; of several, the first; empty for none
	A, B   int              // bits of the integer operands of functions in C
	Knobs  []Knob           // inputs that are held at one value after the other, each a row
	Models bool             // functions in C of a folder are designs too
	Jobs   int              // designs side by side, 0 for one per core

	// Progress, if not nil, is called at the beginning of long work, and returns what is told of its progress, and of
	// its end.
	Progress func(what, unit string) (set func(done, total uint64), finish func())
	// Done, if not nil, hears of each row when it is complete, from several goroutines. kept says that it comes from an
	// earlier survey.
	Done func(r *Row, kept bool)
}

// Golden lists the kinds of golden models that all designs of a survey can be compared with.
var Golden = []multiplier.Kind{multiplier.Design, multiplier.Builtin, multiplier.Table}

// Result is a survey.
type Result struct {
	Rows    []Row      `json:"designs"`                // in the order of the files
	LeftOut []LeftOut  `json:"left_out,omitempty"`     // files that are no designs
	Equal   [][]string `json:"equal_tables,omitempty"` // names of designs, the groups in which all tables are equal
	Notes   []string   `json:"notes,omitempty"`        // what was not measured at all, and why
	Totals  Totals     `json:"totals"`
	Kept    int        `json:"-"` // rows of an earlier survey
}

// Totals count what a survey did.
type Totals struct {
	Designs int `json:"designs"`
	Failed  int `json:"failed"`  // designs that could not be measured
	Unequal int `json:"unequal"` // designs that differ from the golden model
	// Figures counts the published figures that were compared, Untrue those that differ from the computed ones.
	Figures int `json:"published_figures"`
	Untrue  int `json:"published_figures_wrong"`
	// Agreed counts the products of second and further simulators that were compared with those of the first, Compared
	// the ones compared with the golden model.
	Agreed   uint64 `json:"products_of_two_simulators"`
	Compared uint64 `json:"products_compared_with_golden"`
}

// Good says whether every design was measured, is equal to the golden model, and has the figures that its file states.
func (t Totals) Good() bool { return t.Failed+t.Unequal+t.Untrue == 0 }

// Run surveys the designs of folders and files, which are written as on a command line: folder, file.v, file.v:module
// or file.c:function. Designs that fail are rows. The error says why there is no survey: wrong input, a missing
// tool, or the end of the context. After that, the same call goes on with the designs that have no row yet.
func Run(ctx context.Context, names []string, o Options) (*Result, error) {
	jobs, err := files(names, o.Models)
	if err != nil {
		return nil, err
	}
	s := &survey{Options: o}
	if s.Jobs == 0 {
		s.Jobs = runtime.GOMAXPROCS(0)
	}
	if err := s.prepare(ctx, jobs); err != nil {
		return nil, err
	}
	if err := s.each(ctx, "reading", "files", len(jobs), func(ctx context.Context, i int) error {
		return jobs[i].elaborate(ctx, &s.Proof, s.Knobs)
	}); ended(ctx, err) {
		return nil, context.Cause(ctx)
	} else if err != nil {
		return nil, err
	}
	r := &Result{Notes: s.notes}
	jobs, r.LeftOut = designs(jobs)
	if jobs, err = turn(jobs, s.Knobs); err != nil {
		return nil, err
	}
	if len(jobs) == 0 {
		return nil, fault.Usagef("none of %d files is a design: %s", len(r.LeftOut), r.LeftOut[0])
	}
	r.Rows = make([]Row, len(jobs))
	var mu sync.Mutex
	done := 0
	err = s.each(ctx, "survey", "designs", len(jobs), func(ctx context.Context, i int) error {
		row, kept, err := s.row(ctx, jobs[i])
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if r.Rows[i] = row; kept {
			r.Kept++
		}
		done++
		if s.Done != nil {
			s.Done(&row, kept)
		}
		return nil
	})
	if ended(ctx, err) {
		return nil, &StoppedError{Done: done, Designs: len(jobs), err: context.Cause(ctx)}
	} else if err != nil {
		return nil, err
	}
	r.finish()
	return r, nil
}

// StoppedError is the error of a survey whose context ended.
type StoppedError struct {
	Done, Designs int // designs that have a row, and all
	err           error
}

// Error says how far the survey was.
func (e *StoppedError) Error() string {
	return fmt.Sprintf("%d of %d designs are measured", e.Done, e.Designs)
}

// Unwrap returns why the context ended.
func (e *StoppedError) Unwrap() error { return e.err }

// survey is a survey under way.
type survey struct {
	Options
	key    []string // of every row: program, tools and options
	golden []string // and files of the golden model
	notes  []string
}

// each works on 0 to n−1, several at a time.
func (s *survey) each(ctx context.Context, what, unit string, n int,
	work func(ctx context.Context, i int) error) error {
	set, finish := func(done, total uint64) {}, func() {}
	if s.Progress != nil {
		set, finish = s.Progress(what, unit)
	}
	defer finish()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.Jobs)
	var mu sync.Mutex
	var done uint64
	for i := range n {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			if err := work(ctx, i); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			set(done, uint64(n))
			return nil
		})
	}
	return g.Wait()
}

// finish finds equal tables and counts.
func (r *Result) finish() {
	type same struct {
		digest string
		format string
	}
	groups := map[same][]int{}
	var order []same
	for i, row := range r.Rows {
		if row.Digest == "" {
			continue
		}
		k := same{row.Digest, row.Format}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], i)
	}
	for _, k := range order {
		if len(groups[k]) < 2 {
			continue
		}
		var names []string
		for _, i := range groups[k] {
			names = append(names, r.Rows[i].Name)
		}
		r.Equal = append(r.Equal, names)
		for _, i := range groups[k] {
			r.Rows[i].Same = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == r.Rows[i].Name })
		}
	}
	t := &r.Totals
	t.Designs = len(r.Rows)
	for _, row := range r.Rows {
		if row.Error != "" {
			t.Failed++
			continue
		}
		t.Agreed += row.Agreed
		if g := row.Golden; g != nil {
			t.Compared += g.Compared
			if !g.Equal() {
				t.Unequal++
			}
		}
		for _, f := range row.Published {
			if f.Computed == nil {
				continue
			}
			if t.Figures++; !f.Agrees {
				t.Untrue++
			}
		}
	}
}

// Row is a design and what was measured of it. A row with an Error has no figures.
type Row struct {
	Name  string `json:"name"` // unique in the survey
	File  string `json:"file"` // as the user named it, or its folder
	Error string `json:"error,omitempty"`

	Knobs    []string     `json:"knobs,omitempty"`    // values at which inputs were held: "mode=2"
	Inferred string       `json:"inferred,omitempty"` // top module, ports, latency
	Format   string       `json:"format,omitempty"`
	Group    string       `json:"-"`                 // the format as names of multipliers have it
	Kind     cosim.Kind   `json:"read_as,omitempty"` // the other reading of its bit patterns, which was taken
	Digest   string       `json:"sha256,omitempty"`  // of the table; none where a table cannot hold the products
	Metrics  *lut.Metrics `json:"metrics,omitempty"`
	Agreed   uint64       `json:"products_of_two_simulators,omitempty"`
	Alone    string       `json:"one_simulator,omitempty"` // why there is no second simulator
	Golden   *Verdict     `json:"golden,omitempty"`
	Known    string       `json:"equal_to,omitempty"`     // a built-in golden model with the same table
	Same     []string     `json:"equal_tables,omitempty"` // other designs of the survey with the same table

	Area      *Area    `json:"area,omitempty"`
	Published []Figure `json:"published,omitempty"`
	Notes     []string `json:"notes,omitempty"`
}

// Verdict is the comparison with the golden model.
type Verdict struct {
	Model      string `json:"model"`
	Compared   uint64 `json:"compared"`
	Mismatched uint64 `json:"mismatched"`
}

// Equal says whether every product was the expected one, and there were any.
func (v *Verdict) Equal() bool { return v.Compared > 0 && v.Mismatched == 0 }

// Area is the size of a design in Verilog.
type Area struct {
	gateware.Gates
	// Operators and Depth are those of the netlist that is simulated, before optimisation: two-input gates and
	// multiplexers, and levels of them (see netlist.Structure). Nil without a netlist.
	Operators *int `json:"operators,omitempty"`
	Depth     *int `json:"depth,omitempty"`
	// Cells and Delay, in ns between registers, are those of place and route for Board. Nil if it was not asked
	// for, or where the design does not fit.
	Board string   `json:"board,omitempty"`
	Cells *int     `json:"logic_cells,omitempty"`
	Delay *float64 `json:"delay_ns,omitempty"`
}

// ended says whether an error is the end of the context and not the design's fault.
func ended(ctx context.Context, err error) bool { return err != nil && ctx.Err() != nil }
