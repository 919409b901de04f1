package lutgen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
)

// exchange finds out whether a multiplier of equal operand widths commutes, without
// holding its 2^32 products: with D the matrix of its errors (the exact products
// commute) and u random words, D·u and Dᵀ·u are summed modulo 2^64 while products
// come by. Where they are equal, D is symmetric; a matrix that is not passes with a
// probability below 2^−31, since a product differs from its counterpart in the low
// 33 bits. A difference is followed up to the pair itself. Words are the same in
// every run, and so is the answer.
type exchange struct {
	u    []uint64
	rows []uint64 // D·u; each is added to by one goroutine
}

func newExchange(n int) *exchange {
	e := &exchange{u: make([]uint64, n), rows: make([]uint64, n)}
	rng := rand.New(rand.NewPCG(16, 32))
	for i := range e.u {
		e.u[i] = rng.Uint64()
	}
	return e
}

// add adds errors of row a from column b on; columns are a goroutine's part of Dᵀ·u.
func (e *exchange) add(a uint32, b int, diff []int64, columns []uint64) {
	u := e.u[b:][:len(diff)]
	columns = columns[b:][:len(diff)]
	ua := e.u[a]
	var sum uint64
	for i, d := range diff {
		sum += uint64(d) * u[i]
		columns[i] += uint64(d) * ua
	}
	e.rows[a] += sum
}

// commutes says whether exchanging the operands never changes the product, and if
// it does, the first pair in row-major order of which it does.
func (x *exhaustive) commutes(ctx context.Context) (bool, *lut.CounterExample, error) {
	if x.exchange == nil {
		return false, nil, nil
	}
	for a, row := range x.exchange.rows {
		for _, w := range x.workers {
			row -= w.columns[a]
		}
		if row != 0 {
			e, err := x.counterExample(ctx, uint32(a))
			return false, e, err
		}
	}
	return true, nil, nil
}

// counterExample compares row a with column a.
func (x *exhaustive) counterExample(ctx context.Context, a uint32) (*lut.CounterExample, error) {
	d, err := x.Opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	n := uint32(1) << x.shape.A
	row, err := pureVisit(0).sweep(ctx, d, cosim.Rect{A0: a, NA: 1, NB: n})
	if err != nil {
		return nil, err
	}
	row = row.Clone()
	column, err := pureVisit(0).sweep(ctx, d, cosim.Rect{NA: n, B0: a, NB: 1})
	if err != nil {
		return nil, err
	}
	b := row.Differs(column)
	if b < 0 {
		return nil, fmt.Errorf("the products of row %#x changed when they were formed again", a)
	}
	return &lut.CounterExample{A: a, B: uint32(b), AB: row.At(b), BA: column.At(b)}, nil
}

// equalExchanged returns how many mismatches there are if each product is the one that the reference has for (b, a) in
// the place of (a, b), and 0 otherwise: also where the reference is the exact product, which commutes.
func (x *exhaustive) equalExchanged(ctx context.Context, list []Mismatch) (n uint64, err error) {
	a, b, want := make([]uint32, len(list)), make([]uint32, len(list)), make([]uint32, len(list))
	for i, m := range list {
		a[i], b[i] = m.B, m.A
	}
	switch {
	case x.ref != nil:
		d, err := x.ref.Opener.Open(ctx)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		if err := d.Eval(ctx, a, b, want); err != nil {
			return 0, err
		}
	case x.want != nil:
		row := make([]uint32, 1<<x.shape.B)
		for i := range list {
			x.want(a[i], row)
			want[i] = row[b[i]]
		}
	default:
		return 0, nil
	}
	for i, m := range list {
		if m.Got != want[i] {
			return 0, nil
		}
	}
	return uint64(len(list)), nil
}
