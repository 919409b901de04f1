package device

import "fmt"

// Copy is the shape of a copy of Rows rows of Cols elements each: row r is taken
// from From + r·FromStep on and goes to To + r·ToStep. A FromStep of 0 repeats
// one row. Rows must not overlap where they go to.
type Copy struct{ Rows, Cols, From, FromStep, To, ToStep int }

// Check says whether all rows lie within buffers of the given lengths.
func (c Copy) Check(x, y int) error {
	if min(c.Rows, c.Cols, c.From, c.FromStep, c.To, c.ToStep) < 0 {
		return fmt.Errorf("copy %+v: negative", c)
	}
	if c.Rows == 0 || c.Cols == 0 {
		return nil
	}
	from, to := c.From+(c.Rows-1)*c.FromStep+c.Cols, c.To+(c.Rows-1)*c.ToStep+c.Cols
	if from > x || to > y {
		return fmt.Errorf("copy %+v: reaches elements %d and %d of buffers of %d and %d", c, from, to, x, y)
	}
	return nil
}
