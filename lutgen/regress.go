package lutgen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
)

// Case is a row of a regression: a design, a functional model and what is
// committed of the model's table.
type Case struct {
	Name   string
	Open   func(context.Context) (cosim.Opener, Options, error)
	Model  func() *lut.Table
	Digest string                     // committed SHA-256 of the table
	Table  func() (*lut.Table, error) // the committed table; nil if only its digest is
}

// Result is the outcome of a case.
type Result struct {
	Name     string `json:"name"`
	Compared uint64 `json:"compared"` // products of the RTL against the model
	Wrong    uint64 `json:"mismatched"`
	Stored   uint64 `json:"committed"` // entries of the model against the committed table
	// Witnesses are the simulators that computed every product of the RTL.
	Witnesses []lut.Witness `json:"witnesses,omitempty"`
	Skipped   bool          `json:"skipped,omitempty"`
	Time      time.Duration `json:"time"`
	Err       error         `json:"-"`
	Error     string        `json:"error,omitempty"`
}

// Passed says whether the case ran, compared something and found no difference.
func (r Result) Passed() bool {
	return r.Err == nil && !r.Skipped && r.Wrong == 0 && r.Compared > 0 && r.Compared == r.Stored
}

// Regress runs cases, up to jobs at a time: the RTL's table, as Make sweeps it,
// against the model's, and the model's against what is committed. Results come
// in the order of the cases; done, if not nil, is told of each as it ends. With
// failFast, cases that have not begun when one fails are skipped. If ctx ends, the cases that
// have not ended by then are Skipped, and the error is that of ctx.
func Regress(ctx context.Context, cases []Case, jobs int, failFast bool, done func(Result)) ([]Result, error) {
	results := make([]Result, len(cases))
	var mu sync.Mutex
	failed := false
	var g errgroup.Group
	g.SetLimit(max(1, jobs))
	for i, c := range cases {
		g.Go(func() error {
			mu.Lock()
			skip := failFast && failed
			mu.Unlock()
			r := Result{Name: c.Name, Skipped: skip}
			if !skip && ctx.Err() == nil {
				start := time.Now()
				r.Err = c.run(ctx, &r)
				r.Time = time.Since(start)
				if r.Err != nil {
					r.Error = r.Err.Error()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			failed = failed || !r.Passed()
			switch {
			case ctx.Err() != nil: // it may have failed for that reason
				r = Result{Name: c.Name, Skipped: true}
			case done != nil:
				done(r)
			}
			results[i] = r
			return nil
		})
	}
	g.Wait()
	return results, ctx.Err()
}

func (c Case) run(ctx context.Context, r *Result) error {
	model := c.Model()
	if got := model.Digest(); got != c.Digest {
		return fmt.Errorf("the model's table has SHA-256 %s, committed is %s", got, c.Digest)
	}
	if c.Table != nil {
		stored, err := c.Table()
		if err != nil {
			return err
		}
		same, err := CompareTables(model, stored)
		if err != nil {
			return err
		}
		if !same.Equal() {
			return fmt.Errorf("the model differs from the committed table in %d of %d entries", same.Mismatched, same.Compared)
		}
	}
	r.Stored = uint64(model.Format.Pairs())
	o, opts, err := c.Open(ctx)
	if err != nil {
		return err
	}
	opts.Jobs = 1
	got, err := Make(ctx, o, opts)
	if err != nil {
		return err
	}
	r.Witnesses = got.Witnesses
	cmp, err := CompareTables(got, model)
	if err != nil {
		return err
	}
	r.Compared, r.Wrong = cmp.Compared, cmp.Mismatched
	if cmp.Mismatched > 0 {
		m := cmp.First[0]
		return errors.New(describeFirst(cmp, m))
	}
	return nil
}

func describeFirst(c *Comparison, m Mismatch) string {
	return fmt.Sprintf("the RTL differs from the model in %d of %d products, "+
		"first at a = %#x, b = %#x: expected %#x, got %#x",
		c.Mismatched, c.Compared, m.A, m.B, m.Want, m.Got)
}

// Agreements returns, for each group of simulators, on how many products of all cases it agreed.
func Agreements(results []Result) []*Agreement {
	var order []string
	all := map[string]*Agreement{}
	for _, r := range results {
		if len(r.Witnesses) == 0 {
			continue
		}
		a := AgreementOf(r.Witnesses)
		key := strings.Join(a.Tools, ", ")
		for _, w := range a.Sampled {
			key += "; " + w.Tool
		}
		if all[key] == nil {
			order = append(order, key)
			all[key] = &Agreement{Tools: a.Tools, Products: a.Products, Sampled: slices.Clone(a.Sampled)}
			continue
		}
		all[key].Products += a.Products
		for i := range a.Sampled {
			all[key].Sampled[i].Products += a.Sampled[i].Products
		}
	}
	var out []*Agreement
	for _, key := range order {
		out = append(out, all[key])
	}
	return out
}
