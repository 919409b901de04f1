package fpga

import (
	"context"
	"time"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Mode says how a board's products are read.
type Mode string

const (
	// CRC: the board sweeps and returns a digest of each row, a CRC with a
	// polynomial that is drawn for the check; only rows that differ are read.
	CRC Mode = "crc"
	// Stream: the board sweeps and returns all products.
	Stream Mode = "stream"
	// Batch: the host sends each pair.
	Batch Mode = "batch"
)

// CheckOptions of a check.
type CheckOptions struct {
	Mode     Mode
	AnyBuild bool // compare though the builds are known to differ
	// Key is the key of the digests in mode CRC; 0 draws one, on which Result.Odds
	// rests. A given one repeats a check.
	Key link.Key
	// Progress, if not nil, is called with the number of finished products.
	Progress func(done, total uint64)
}

// Check compares every product of a board with a table. Each mismatch in the result appeared in
// answers to two requests. A product that is not always the same is an [*UnstableError], a
// multiplier that hangs a [*StuckError], a fault of the line or the board a [*link.Error].
func Check(ctx context.Context, b *Board, want *lut.Table, o CheckOptions) (*Result, error) {
	start := time.Now()
	table, err := fit(b, want)
	if err != nil {
		return nil, err
	}
	r := &Result{Mode: o.Mode, table: table, Total: uint64(table.Format.Pairs()), Pairs: lutgen.NewComparison()}
	if r.Build, err = compareBuilds(b, want, o.AnyBuild); err != nil {
		return nil, err
	}
	c := &checker{
		Board: b, table: table, result: r, tell: o.Progress, bySum: make([]bool, table.Format.Rows()),
		got: map[int][]uint32{}, odd: map[place]link.Status{}, irregular: map[[2]uint32]bool{},
	}
	switch o.Mode {
	case CRC:
		if c.key = o.Key; c.key == 0 {
			c.key = link.NewKey()
		}
		c.digester = b.Layout.Digester(c.key)
		r.Key, r.KeyGiven, r.Odds = c.key.String(), o.Key != 0, b.Layout.Odds()
		err = c.bySums(ctx)
	case Stream:
		err = c.readRows(ctx, c.allRows())
	case Batch:
		err = c.readPairs(ctx)
	default:
		err = fault.Usagef("%v %s: expected crc, stream or batch", option.Mode, o.Mode)
	}
	if err == nil {
		err = c.lookAgain(ctx)
	}
	if err != nil {
		return nil, c.name(err)
	}
	c.compare()
	if err := c.judge(ctx); err != nil {
		return nil, err
	}
	r.Link, r.Time = b.Stats(), time.Since(start)
	r.Seconds = r.Time.Seconds()
	return r, nil
}

// missing stands for a product that has not arrived: no product has so many bits.
const missing = ^uint32(0)

// place is a stretch of a row that one response has.
type place struct{ row, column int }

type checker struct {
	*Board
	table  *lut.Table
	result *Result
	tell   func(done, total uint64)
	done   uint64

	key       link.Key
	digester  *link.Digester
	bySum     []bool                // rows whose digest was right
	got       map[int][]uint32      // rows that were read
	odd       map[place]link.Status // responses that were not regular
	irregular map[[2]uint32]bool    // products that cannot be entries
	sumsOdd   []place               // first and last row of sums that were not regular
}

// count tells of products that came for the first time.
func (c *checker) count(products int) {
	if products == 0 {
		return
	}
	c.done += uint64(products)
	if c.tell != nil {
		c.tell(c.done, c.result.Total)
	}
}

func (c *checker) allRows() []int {
	rows := make([]int, c.table.Format.Rows())
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// digest returns the digest of a row of the table.
func (c *checker) digest(row int) uint32 { return c.digester.Row(c.table.Row(uint32(row), nil)) }

// bySums compares the digest of each row and reads the rows where it differs.
func (c *checker) bySums(ctx context.Context) error {
	suspect := map[int]bool{}
	counted := make([]bool, c.table.Format.Rows())
	err := c.sums(ctx, c.key, 0, c.table.Format.Rows(), func(first int, sums []uint32, s link.Status) {
		rows := 0
		for i, sum := range sums {
			row := first + i
			if !counted[row] {
				counted[row] = true
				rows++
			}
			equal := sum == c.digest(row)
			c.bySum[row] = equal && s == link.Regular
			suspect[row] = !c.bySum[row]
		}
		if s != link.Regular {
			c.sumsOdd = append(c.sumsOdd, place{first, first + len(sums) - 1})
		}
		c.count(rows * c.table.Format.Cols())
	})
	if err != nil {
		return err
	}
	var rows []int
	for _, row := range c.allRows() {
		if suspect[row] {
			rows = append(rows, row)
		}
	}
	if err := c.readRows(ctx, rows); err != nil {
		return err
	}
	for _, row := range rows { // what was right after all?
		if c.differs(row) || c.oddRow(row) {
			continue
		}
		if err := c.sumAgain(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// sumAgain asks for the digest of a row that differed though its products do not.
func (c *checker) sumAgain(ctx context.Context, row int) error {
	var again uint32
	var status link.Status
	err := c.sums(ctx, c.key, row, row+1, func(_ int, sums []uint32, s link.Status) { again, status = sums[0], s })
	switch right := c.digest(row); {
	case err != nil:
		return err
	case again != right || status != link.Regular:
		return &UnstableError{Board: c.Name, A: uint32(row), Got: []uint32{again, right}, Sum: true}
	}
	for _, p := range c.sumsOdd { // the status of its neighbours brought it here
		if p.row <= row && row <= p.column {
			return nil
		}
	}
	c.result.Unrepeated++
	return nil
}

// readRows reads whole rows.
func (c *checker) readRows(ctx context.Context, rows []int) error {
	return c.stream(ctx, rows, func(row, column int, products []uint32, s link.Status) {
		c.keep(row, column, products, s)
	})
}

// keep takes products that begin at a column.
func (c *checker) keep(row, column int, products []uint32, s link.Status) {
	line := c.got[row]
	if line == nil {
		line = make([]uint32, c.table.Format.Cols())
		for i := range line {
			line[i] = missing
		}
		c.got[row] = line
	}
	first := 0 // products that had not come yet: a response may come twice
	for i, v := range products {
		if line[column+i] == missing {
			first++
		}
		line[column+i] = v
	}
	if s != link.Regular {
		at := place{row, column / link.StreamColumns * link.StreamColumns}
		c.odd[at] = max(c.odd[at], s)
	}
	if !c.bySumsMode() {
		c.count(first)
	}
}

func (c *checker) bySumsMode() bool { return c.result.Mode == CRC }

// readPairs sends every pair.
func (c *checker) readPairs(ctx context.Context) error {
	columns := c.table.Format.Cols()
	each := c.Layout.MaxPairs()
	for n := columns; ; n /= 2 { // whole parts of a row
		if n <= each {
			each = n
			break
		}
	}
	var x, y []uint32
	flush := func() error {
		first := x
		err := c.multiply(ctx, x, y, each, func(i int, products []uint32, s link.Status) {
			c.keep(int(first[i]), int(y[i]), products, s)
		})
		x, y = nil, nil
		return err
	}
	for row := range c.table.Format.Rows() {
		for column := range columns {
			x, y = append(x, uint32(row)), append(y, uint32(column))
		}
		if len(x) >= 1<<16 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// differs says whether a row that was read has a product that is not the table's.
func (c *checker) differs(row int) bool {
	for column, v := range c.got[row] {
		if v != c.table.At(uint32(row), uint32(column)) {
			return true
		}
	}
	return false
}

func (c *checker) oddRow(row int) bool {
	for p := range c.odd {
		if p.row == row {
			return true
		}
	}
	return false
}

// classIrregular describes a product that cannot be an entry.
const classIrregular = "no entry: not between 1 and 4, or bits below the last place"

// compare forms the result: row after row, each either by its digest or by its
// products.
func (c *checker) compare() {
	f := c.table.Format
	r := c.result
	var want []uint32
	for row := range f.Rows() {
		line := c.got[row]
		switch {
		case line != nil:
			want = c.table.Row(uint32(row), want)
			r.Pairs.Row(f, uint32(row), line, want)
			for column := range line {
				pair := [2]uint32{uint32(row), uint32(column)}
				if c.irregular[pair] && line[column] == want[column] {
					r.Pairs.Add(lutgen.Mismatch{A: pair[0], B: pair[1], Want: want[column], Got: line[column]}, 0, classIrregular)
				}
				if c.irregular[pair] || line[column] != want[column] {
					r.Wrong = append(r.Wrong, lutgen.Mismatch{A: pair[0], B: pair[1], Want: want[column], Got: line[column]})
				}
			}
		case c.bySum[row]:
			r.BySum++
			r.Pairs.Compared += uint64(f.Cols())
		}
	}
	r.Irregular = len(c.irregular)
}
