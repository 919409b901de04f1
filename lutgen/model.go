package lutgen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// ModelOpener is a design with further builds, as a C model has them: all must have the
// same products.
type ModelOpener interface {
	cosim.Opener
	Builds() []cosim.Opener
}

// Table makes the table of any design: by MakeModel of one with further builds, by Make
// of others. With opts.Codes it is one of codes.
func Table(ctx context.Context, o cosim.Opener, opts Options) (t *lut.Table, err error) {
	if m, ok := o.(ModelOpener); ok && len(m.Builds()) > 0 {
		t, err = MakeModel(ctx, m, opts)
	} else {
		t, err = Make(ctx, o, opts)
	}
	if err != nil || opts.Codes == (lut.Codings{}) {
		return t, err
	}
	if t, err = t.WithCodes(opts.Codes); err != nil {
		return nil, fault.Usagef("%w", err)
	}
	return t, nil
}

// MakeModel is Make for a model in C. In addition each further build forms every
// product, and so does the first once more, each in an order of its own. An
// [*ImpureError] or a [*BuildError] says where a product is another one, a
// *cosim.DesignError where a build with sanitizers found what C leaves undefined.
func MakeModel(ctx context.Context, m ModelOpener, opts Options) (*lut.Table, error) {
	format, err := m.Shape().Format()
	if err != nil {
		return nil, err
	}
	builds := append(m.Builds(), m)
	pairs := uint64(format.Pairs())
	rest := uint64(len(builds)) * 2 * pairs // after Make
	var made atomic.Uint64                  // by Make
	tell := opts.Progress
	if tell == nil {
		tell = func(_, _ uint64) {}
	}
	opts.Progress = func(n, of uint64) {
		made.Store(of)
		tell(n, of+rest)
	}
	t, err := Make(ctx, m, opts)
	var impure *ImpureError
	if err != nil && !errors.As(err, &impure) {
		return nil, err
	}
	w := &witnesses{model: m, format: format, rect: tableRect(m.Shape(), format), table: t, jobs: opts.jobs(),
		count: newCounter(func(n, _ uint64) { tell(made.Load()+n, made.Load()+rest) }, rest)}
	if impure != nil { // what C leaves undefined is the better explanation
		if better := w.undefined(ctx); better != nil {
			err = better
		}
		return nil, err
	}
	found := make([]error, len(builds))
	var g errgroup.Group
	g.SetLimit(w.jobs)
	for i, o := range builds {
		g.Go(func() error {
			found[i] = w.compare(ctx, o, walks[i%len(walks)])
			return nil
		})
	}
	g.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// Of several the one that says most.
	for _, best := range []func(error) bool{isUndefined, isOptimization, func(err error) bool { return err != nil }} {
		if i := slices.IndexFunc(found, best); i >= 0 {
			return nil, found[i]
		}
	}
	for _, o := range m.Builds() {
		t.Tools = append(t.Tools, o.Tools()...)
	}
	return t, nil
}

// BuildError tells of a function that has another product in another build.
type BuildError struct {
	A, B         uint32 // operands, as at the ports
	First, Other uint32 // products of the first build and of the other one
	Build        string // the other one: g++ -O0
	State        bool   // each build has the same product for the pair alone
}

func (e *BuildError) Error() string {
	why := "the compiler's optimization changes it. The usual reasons are a variable that is never set and other things that C leaves undefined"
	if e.State {
		why = "it depends on earlier operands (a static variable, random numbers): the builds multiply the pairs in different orders"
	}
	return fmt.Sprintf("the product is no function of the operands: a = %#x, b = %#x gave %#x, and %#x when compiled by %s; %s",
		e.A, e.B, e.First, e.Other, e.Build, why)
}

func isUndefined(err error) bool {
	var e *cosim.DesignError
	return errors.As(err, &e) && e.Undefined != ""
}

func isOptimization(err error) bool {
	var e *BuildError
	return errors.As(err, &e) && !e.State
}

// witnesses form the products of a table again.
type witnesses struct {
	model  ModelOpener
	format lut.Format // of the ports
	rect   cosim.Rect
	table  *lut.Table // nil: there is nothing to compare with
	jobs   int
	count  *counter
}

// A walk visits each of n pairs of a rectangle twice: pair i is visited at 2i and 2i+1,
// at a place of the row-major order.
type walk func(i uint64, r cosim.Rect) (row, col uint64)

// walks by build. Of Make's orders one keeps a, the other keeps nothing.
var walks = []walk{
	// One column after another, so that b stays and a changes.
	func(i uint64, r cosim.Rect) (row, col uint64) { return i % uint64(r.NA), i / uint64(r.NA) },
	// Rows from the last pair to the first.
	func(i uint64, r cosim.Rect) (row, col uint64) {
		i = r.Pairs() - 1 - i
		return i / uint64(r.NB), i % uint64(r.NB)
	},
	// Columns from the last pair to the first.
	func(i uint64, r cosim.Rect) (row, col uint64) {
		i = r.Pairs() - 1 - i
		return i % uint64(r.NA), i / uint64(r.NA)
	},
}

// want returns the product at the ports that the table was made of.
func (w *witnesses) want(row, col uint64) uint32 {
	p := w.table.At(uint32(row), uint32(col)) << (w.format.P - w.table.Format.P)
	if w.model.Shape().Kind == cosim.Float {
		p += w.format.One() << w.format.P
	}
	return p
}

// compare lets a build form every product twice in a row, in the order of a walk.
func (w *witnesses) compare(ctx context.Context, o cosim.Opener, at walk) (err error) {
	d, err := o.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	const most = 1 << 16 // pairs of a call
	n := 2 * w.rect.Pairs()
	a, b, p := make([]uint32, min(n, most)), make([]uint32, min(n, most)), make([]uint32, min(n, most))
	for from := uint64(0); from < n; from += uint64(len(a)) {
		for i := range a {
			row, col := at((from+uint64(i))/2, w.rect)
			a[i], b[i] = w.rect.A0+uint32(row), w.rect.B0+uint32(col)
		}
		if err := d.Eval(ctx, a, b, p); err != nil {
			return err
		}
		w.count.add(uint64(len(a)))
		if w.table == nil {
			continue
		}
		for i, got := range p {
			if want := w.want(uint64(a[i]-w.rect.A0), uint64(b[i]-w.rect.B0)); got != want {
				return w.explain(ctx, o, a[i], b[i], want, got)
			}
		}
	}
	return nil
}

// explain finds out whether the build or the order makes the difference: each build
// multiplies the pair alone.
func (w *witnesses) explain(ctx context.Context, o cosim.Opener, a, b, want, got uint32) error {
	if o == cosim.Opener(w.model) {
		return &ImpureError{A: a, B: b, First: want, Second: got}
	}
	first, err := alone(ctx, w.model, a, b)
	if err != nil {
		return err
	}
	other, err := alone(ctx, o, a, b)
	if err != nil {
		return err
	}
	return &BuildError{A: a, B: b, First: want, Other: got, Build: strings.Join(o.Tools(), ", "), State: first == other}
}

// alone returns the product of a pair in a new process.
func alone(ctx context.Context, o cosim.Opener, a, b uint32) (uint32, error) {
	d, err := o.Open(ctx)
	if err != nil {
		return 0, err
	}
	var p [1]uint32
	err = d.Eval(ctx, []uint32{a}, []uint32{b}, p[:])
	return p[0], errors.Join(err, d.Close())
}

// undefined returns what builds with sanitizers report, if they do.
func (w *witnesses) undefined(ctx context.Context) error {
	for _, o := range w.model.Builds() {
		if err := w.compare(ctx, o, walks[0]); isUndefined(err) {
			return err
		}
	}
	return nil
}
