package gradient

import "github.com/approxtrain/approxtrain/lut"

// mostLines is the number of rows, and of columns, of a table that DefaultHalf looks at.
const mostLines = 256

// DefaultHalf returns the half window for a table if none is given: the least of LeastHalf, twice that, and so on, up to
// MaxHalf, that gives the fewest wrong slopes. A slope is wrong if it is 0, or has the other sign, where that of the
// exact product is not 0: a network does not learn through it. Of large tables a number of rows and columns is looked
// at, at equal distances.
//
// A window of 2·4 + 1 numbers is wide enough for tables that drop the lowest three bits of an operand, and leaves only 5
// numbers at each end that have the slope of the whole row.
func DefaultHalf(t *lut.Table) int {
	most := MaxHalf(t.Format)
	rows := productsOf(t)
	columns := transpose(rows)
	loA, _ := rangeOf(t.Format.A, t.Format.Kind.SignedA())
	loB, _ := rangeOf(t.Format.B, t.Format.Kind.SignedB())
	best, fewest := min(LeastHalf, most), 0.0
	for h := best; h <= most; h *= 2 {
		wrong := wrongSlopes(rows, loA, h) + wrongSlopes(columns, loB, h)
		if h == best || wrong < fewest {
			best, fewest = h, wrong
		}
	}
	return best
}

// wrongSlopes returns the share of the slopes along some of the rows that are wrong. The exact slope of a row is its other
// operand, lo of the first row.
func wrongSlopes(rows [][]int32, lo, half int) float64 {
	n := len(rows[0])
	wrong, looked := 0, 0
	h, first, end := inside(n, half)
	for i := 0; i < len(rows); i += (len(rows) + mostLines - 1) / mostLines {
		exact := lo + i
		if exact == 0 {
			continue
		}
		row := rows[i]
		for x := range row {
			slope := row[n-1] - row[0] // times a positive number
			if x >= first && x < end {
				slope = row[x+h+1] + row[x+h] - row[x-h] - row[x-h-1]
			}
			if slope == 0 || (slope > 0) != (exact > 0) {
				wrong++
			}
		}
		looked += n
	}
	return float64(wrong) / float64(max(1, looked))
}
