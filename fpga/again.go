package fpga

import (
	"context"
	"errors"
	"slices"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// mostAlone is the largest number of products that are read one by one.
const mostAlone = 4096

// lookAgain reads what differs a second time, and a third where the two do not
// agree.
func (c *checker) lookAgain(ctx context.Context) error {
	if err := c.lookAtOdd(ctx); err != nil {
		return err
	}
	rows, x, y := c.differing()
	second := map[[2]uint32]uint32{}
	err := c.stream(ctx, rows, func(row, column int, products []uint32, _ link.Status) {
		for i, v := range products {
			second[[2]uint32{uint32(row), uint32(column + i)}] = v
		}
	})
	if err != nil {
		return err
	}
	err = c.multiply(ctx, x, y, c.Layout.MaxPairs(), func(first int, products []uint32, _ link.Status) {
		for i, v := range products {
			second[[2]uint32{x[first+i], y[first+i]}] = v
		}
	})
	if err != nil {
		return err
	}
	var doubtful [][2]uint32
	for row, line := range c.got {
		for column, v := range line {
			pair := [2]uint32{uint32(row), uint32(column)}
			if again, ok := second[pair]; ok && again != v && v != c.table.At(pair[0], pair[1]) {
				doubtful = append(doubtful, pair)
			}
		}
	}
	slices.SortFunc(doubtful, func(p, q [2]uint32) int { return slices.Compare(p[:], q[:]) })
	return c.settle(ctx, doubtful, second)
}

// differing returns what must be read again: whole rows where that is cheaper, else pairs.
func (c *checker) differing() (rows []int, x, y []uint32) {
	f := c.table.Format
	wa, wb := c.Layout.OperandBytes()
	for row := range f.Rows() {
		var columns []uint32
		for column, v := range c.got[row] {
			if v != c.table.At(uint32(row), uint32(column)) {
				columns = append(columns, uint32(column))
			}
		}
		if len(columns)*(wa+wb+c.Layout.EntryBytes()) > f.Cols()*c.Layout.EntryBytes() {
			rows = append(rows, row)
			continue
		}
		for _, column := range columns {
			x, y = append(x, uint32(row)), append(y, column)
		}
	}
	return rows, x, y
}

// lookAtOdd asks for the products of irregular responses one by one.
func (c *checker) lookAtOdd(ctx context.Context) error {
	var places []place
	for p := range c.odd {
		places = append(places, p)
	}
	slices.SortFunc(places, func(p, q place) int { return slices.Compare([]int{p.row, p.column}, []int{q.row, q.column}) })
	asked := 0
	for n, p := range places {
		var x, y []uint32
		for column := p.column; column < min(p.column+link.StreamColumns, c.table.Format.Cols()); column++ {
			x, y = append(x, uint32(p.row)), append(y, uint32(column))
		}
		if asked += len(x); asked > mostAlone {
			c.result.MoreIrregular = len(places) - n
			return nil
		}
		found := 0
		stuck := -1
		err := c.multiply(ctx, x, y, 1, func(i int, _ []uint32, s link.Status) {
			switch s {
			case link.Irregular:
				found++
				c.irregular[[2]uint32{x[i], y[i]}] = true
			case link.Stuck:
				if found++; stuck < 0 || i < stuck {
					stuck = i
				}
			}
		})
		switch {
		case err != nil:
			return err
		case stuck >= 0:
			return &StuckError{Board: c.Name, A: x[stuck], B: y[stuck]}
		case found == 0:
			if err := c.oddForNothing(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// oddForNothing reads a row again of which one response was irregular or stuck
// and none of its products is: was the status damaged, or is it the board?
func (c *checker) oddForNothing(ctx context.Context, p place) error {
	odd := false
	err := c.stream(ctx, []int{p.row}, func(_, column int, products []uint32, s link.Status) {
		odd = odd || s != link.Regular
		copy(c.got[p.row][column:], products) // after a stuck one, zeros were sent
	})
	if err == nil && odd {
		return &UnstableError{Board: c.Name, A: uint32(p.row), B: uint32(p.column), Got: c.got[p.row][p.column : p.column+1]}
	}
	c.result.Unrepeated++
	return err
}

// settle asks three times more, one by one, for products of which two readings
// differ.
func (c *checker) settle(ctx context.Context, doubtful [][2]uint32, second map[[2]uint32]uint32) error {
	if len(doubtful) > mostAlone {
		p := doubtful[0]
		return c.unstable(p, []uint32{c.got[int(p[0])][p[1]], second[p]})
	}
	const times = 3
	more := make([][]uint32, len(doubtful))
	for range times {
		var x, y []uint32
		for _, p := range doubtful {
			x, y = append(x, p[0]), append(y, p[1])
		}
		if err := c.multiply(ctx, x, y, 1, func(i int, p []uint32, _ link.Status) { more[i] = append(more[i], p[0]) }); err != nil {
			return err
		}
	}
	places := map[place]bool{}
	for i, p := range doubtful {
		first, again, value := c.got[int(p[0])][p[1]], second[p], more[i][0]
		same := !slices.ContainsFunc(more[i], func(v uint32) bool { return v != value })
		if !same || value != first && value != again {
			return c.unstable(p, append([]uint32{first, again}, more[i]...))
		}
		c.got[int(p[0])][p[1]] = value
		places[place{int(p[0]), int(p[1]) / link.StreamColumns}] = true
	}
	c.result.Unrepeated += len(places)
	return nil
}

func (c *checker) unstable(p [2]uint32, got []uint32) error {
	return &UnstableError{Board: c.Name, A: p[0], B: p[1], Got: got}
}

// judge reads the board's counters, and reports whether the line explains the products that
// changed.
func (c *checker) judge(ctx context.Context) (err error) {
	c.result.Lost, err = c.explain(ctx, c.result.Unrepeated)
	return err
}

// explain returns the board's counters of damage. It is an error if some responses were wrong,
// right on repetition, and the line does not explain it: one in 65,536 damaged frames has a right
// CRC.
func (b *Board) explain(ctx context.Context, unrepeated int) (lost link.Counters, err error) {
	if now, err := b.Refresh(ctx); err == nil {
		lost = now.Minus(b.Identity.Counters)
	} else if ctx.Err() != nil {
		return lost, err
	}
	s := b.Stats()
	frames := s.Bad() + s.Retries + lost.Total()
	if unrepeated > 0 && (frames == 0 || unrepeated > 1+frames/4096) {
		err = fault.Failedf("%s: %d responses with wrong products were right when asked again, and the line, on which %d frames were lost, "+
			"does not explain it: is the clock too fast for the multiplier, does state leak from one product to the next?", b.Name, unrepeated, frames)
	}
	return lost, err
}

// name adds the port's name to an error of the line.
func (b *Board) name(err error) error {
	var e *link.Error
	if errors.As(err, &e) {
		return fault.Failedf("%s: %w", b.Name, err)
	}
	return err
}
