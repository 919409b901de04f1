package fpga

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/lut"
)

// A Board is a cosim.Opener: tables are made from it as from any other design. Its
// operands are a table's indices, so that a floating-point multiplier looks like
// one of mantissas.

// Shape implements cosim.Opener.
func (b *Board) Shape() cosim.Shape { return cosim.TableShape(b.Format()) }

// Sources implements cosim.Opener: a board holds no sources, only their digest.
func (b *Board) Sources() []lut.Source { return nil }

// Options implements cosim.Opener.
func (b *Board) Options() []string { return nil }

// Tools implements cosim.Opener. The tool of a table is the board, of which only the build is
// known.
func (b *Board) Tools() []string { return []string{fmt.Sprintf("board with build %v", b.Digest())} }

// Slow implements cosim.SlowOpener.
func (b *Board) Slow() bool { return true }

var _ cosim.SlowOpener = (*Board)(nil)

// Open implements cosim.Opener. There is one board: no two instances may be in use
// at once.
func (b *Board) Open(context.Context) (cosim.DUT, error) { return &dut{Board: b}, nil }

// dut is the board as a cosim.DUT. Undefined bits have the values of the silicon.
type dut struct {
	*Board
	repaired int // rows that were right when read again
}

func (d *dut) Reset(context.Context, cosim.Fill) error { return nil }
func (d *dut) Close() error                            { return nil }

// Eval implements cosim.DUT.
func (d *dut) Eval(ctx context.Context, a, b, p []uint32) error {
	return d.products(ctx, a, b, func(i int, v uint32) { p[i] = v })
}

// products requests the products of pairs and refuses values that cannot be products.
func (d *dut) products(ctx context.Context, a, b []uint32, got func(i int, v uint32)) error {
	odd := -1
	var status link.Status
	err := d.multiply(ctx, a, b, d.Layout.MaxPairs(), func(first int, products []uint32, s link.Status) {
		for i, v := range products {
			got(first+i, v)
		}
		if s != link.Regular && (odd < 0 || first < odd) {
			odd, status = first, s
		}
	})
	if err != nil {
		return d.name(err)
	}
	if odd < 0 {
		return nil
	}
	n := min(len(a), odd+d.Layout.MaxPairs())
	return d.oddPair(ctx, a[odd:n], b[odd:n], status)
}

// oddPair finds the first of some pairs, a response to which was not regular,
// that is not so alone.
func (d *dut) oddPair(ctx context.Context, a, b []uint32, s link.Status) error {
	var found error
	first := len(a)
	err := d.multiply(ctx, a, b, 1, func(i int, p []uint32, s link.Status) {
		if s == link.Regular || i > first {
			return
		}
		first = i
		if s == link.Stuck {
			found = &StuckError{Board: d.Name, A: a[i], B: b[i]}
		} else {
			found = &IrregularError{Board: d.Name, A: a[i], B: b[i], Got: p[0], Format: d.Format().String()}
		}
	})
	switch {
	case err != nil:
		return d.name(err)
	case found == nil:
		return fmt.Errorf("%s: the board said that a product near a = %#x, b = %#x is none (status %d), and when asked for each of them, that all are: "+
			"repeat the command; if it says so again, the clock is too fast for the multiplier", d.Name, a[0], b[0], s)
	}
	return found
}

// Sweep implements cosim.DUT. Ascending, the board sweeps by itself; in another
// order the host sends the pairs in that order. Each row that was read whole is
// compared with its digest, and read again if that differs: what comes from here
// was not damaged on the line.
func (d *dut) Sweep(ctx context.Context, r cosim.Rect, o cosim.Order) (cosim.Products, error) {
	f := d.Format()
	if r.A0+r.NA > uint32(f.Rows()) || r.B0 != 0 || r.NB != uint32(f.Cols()) {
		return cosim.Products{}, fmt.Errorf("%s: a board sweeps whole rows of its table, not %+v", d.Name, r)
	}
	columns := f.Cols()
	out := make([]uint32, r.Pairs())
	var err error
	if o == cosim.RowMajor {
		err = d.sweepRows(ctx, r, out)
	} else {
		n := r.Pairs()
		x, y, at := make([]uint32, n), make([]uint32, n), make([]uint64, n)
		for i := range n {
			at[i] = o.Pair(i, n)
			x[i], y[i] = r.A0+uint32(at[i]/uint64(columns)), uint32(at[i]%uint64(columns))
		}
		err = d.products(ctx, x, y, func(i int, v uint32) { out[at[i]] = v })
	}
	if err == nil {
		err = d.verify(ctx, r, out)
	}
	if err != nil {
		return cosim.Products{}, err
	}
	return d.pack(out), nil
}

// sweepRows reads rows into out.
func (d *dut) sweepRows(ctx context.Context, r cosim.Rect, out []uint32) error {
	columns := d.Format().Cols()
	var rows []int
	for i := range r.NA {
		rows = append(rows, int(r.A0+i))
	}
	odd := place{-1, -1}
	var status link.Status
	err := d.stream(ctx, rows, func(row, column int, products []uint32, s link.Status) {
		copy(out[(row-int(r.A0))*columns+column:], products)
		if s != link.Regular && odd.row < 0 {
			odd, status = place{row, column}, s
		}
	})
	if err != nil {
		return d.name(err)
	}
	if odd.row < 0 {
		return nil
	}
	var x, y []uint32
	for column := odd.column; column < min(odd.column+link.StreamColumns, columns); column++ {
		x, y = append(x, uint32(odd.row)), append(y, uint32(column))
	}
	return d.oddPair(ctx, x, y, status)
}

// verify compares rows with their digests and reads rows that differ again, pair by pair. A second
// difference, or more of them than the line explains, is a fault of the board.
func (d *dut) verify(ctx context.Context, r cosim.Rect, out []uint32) error {
	columns := d.Format().Cols()
	row := func(i int) []uint32 { return out[(i-int(r.A0))*columns:][:columns] }
	const most = 2 // times that rows are read again
	key := link.NewKey()
	digester := d.Layout.Digester(key)
	for round := 0; ; round++ {
		var unstable *UnstableError
		var x, y []uint32
		err := d.sums(ctx, key, int(r.A0), int(r.A0+r.NA), func(first int, sums []uint32, _ link.Status) {
			for i, sum := range sums {
				read := digester.Row(row(first + i))
				if read == sum {
					continue
				}
				if unstable == nil {
					unstable = &UnstableError{Board: d.Name, A: uint32(first + i), Got: []uint32{read, sum}, Sum: true}
				}
				for column := range columns {
					x, y = append(x, uint32(first+i)), append(y, uint32(column))
				}
			}
		})
		if err != nil {
			return d.name(err)
		}
		if unstable == nil {
			if d.repaired > 0 {
				_, err = d.explain(ctx, d.repaired)
			}
			return err
		}
		if round == most {
			return unstable
		}
		d.repaired += len(x) / columns
		if err := d.products(ctx, x, y, func(i int, v uint32) { row(int(x[i]))[y[i]] = v }); err != nil {
			return err
		}
	}
}

// pack narrows products to the width that cosim has.
func (d *dut) pack(out []uint32) cosim.Products {
	switch d.Shape().EntryBytes() {
	case 1:
		return cosim.Products{U8: narrow[uint8](out)}
	case 2:
		return cosim.Products{U16: narrow[uint16](out)}
	}
	return cosim.Products{U32: out}
}

func narrow[T uint8 | uint16](from []uint32) []T {
	to := make([]T, len(from))
	for i, v := range from {
		to[i] = T(v)
	}
	return to
}
