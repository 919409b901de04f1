package gradient

import (
	"math/big"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// productsOf returns the products of a table by the values of the operands, both ascending. Their magnitudes are at most
// 2^lut.MaxProduct, and so sums of four of them fit.
func productsOf(t *lut.Table) [][]int32 {
	f := t.Format
	loA, _ := rangeOf(f.A, f.Kind.SignedA())
	loB, _ := rangeOf(f.B, f.Kind.SignedB())
	rows := make([][]int32, f.Rows())
	for i := range rows {
		rows[i] = make([]int32, f.Cols())
		for j := range rows[i] {
			rows[i][j] = int32(device.IntegerProductOf(t, uint32(loA+i)&uint32(f.Rows()-1), uint32(loB+j)&uint32(f.Cols()-1)))
		}
	}
	return rows
}

// transpose returns the columns of rows.
func transpose(rows [][]int32) [][]int32 {
	columns := make([][]int32, len(rows[0]))
	for j := range columns {
		columns[j] = make([]int32, len(rows))
		for i, row := range rows {
			columns[j][i] = row[j]
		}
	}
	return columns
}

// transposed returns a matrix of rows × columns, row-major, by its columns.
func transposed(x []float32, rows, columns int) []float32 {
	y := make([]float32, len(x))
	for i := range rows {
		for j := range columns {
			y[j*rows+i] = x[i*columns+j]
		}
	}
	return y
}

// bitsOf returns the binary logarithm of a power of two.
func bitsOf(n int) (bits int) {
	for ; n > 1; n >>= 1 {
		bits++
	}
	return bits
}

// inside returns the half window of a row of n numbers, and the first index that is at neither end and the one after the
// last. There is none if first ≥ end.
func inside(n, half int) (h, first, end int) {
	h = min(half, maxHalf(bitsOf(n)))
	return h, h + 1, n - h - 1
}

// differences returns the slopes along each row, row-major, as Difference defines them.
func differences(rows [][]int32, half int) []float32 {
	n := len(rows[0])
	h, first, end := inside(n, half)
	slopes := make([]float32, 0, len(rows)*n)
	for _, row := range rows {
		whole := quotient(row[n-1]-row[0], int32(n-1))
		for x := range row {
			if x < first || x >= end {
				slopes = append(slopes, whole)
			} else {
				slopes = append(slopes, quotient(row[x+h+1]+row[x+h]-row[x-h]-row[x-h-1], int32(4*h+2)))
			}
		}
	}
	return slopes
}

// each computes a slope for each row.
func each(rows [][]int32, half int, slope func(row []int32, half int) float32) []float32 {
	slopes := make([]float32, len(rows))
	for i, row := range rows {
		slopes[i] = slope(row, half)
	}
	return slopes
}

// meanDifference returns the mean of the slopes along a row, as Difference1D defines it.
func meanDifference(row []int32, half int) float32 {
	n := len(row)
	h, first, end := inside(n, half)
	var inner int64 // the sum of the slopes inside, · 2(2h + 1)
	for x := first; x < end; x++ {
		inner += int64(row[x+h+1] + row[x+h] - row[x-h] - row[x-h-1])
	}
	outside := n - max(0, end-first)
	sum := new(big.Rat).Add(
		big.NewRat(inner, int64(4*h+2)),
		big.NewRat(int64(outside)*int64(row[n-1]-row[0]), int64(n-1)))
	mean, _ := sum.Quo(sum, big.NewRat(int64(n), 1)).Float32()
	return mean
}

// regression returns the slope of the least-squares line through a row. With c = 2x − (n − 1), twice the distance of
// the index x from the mean of all, it is 2 · Σ c·T / Σ c², and Σ c² = n(n² − 1)/3.
func regression(row []int32, _ int) float32 {
	n := int64(len(row))
	var sum int64
	for x, p := range row {
		sum += (2*int64(x) - (n - 1)) * int64(p)
	}
	slope, _ := big.NewRat(6*sum, n*(n*n-1)).Float32()
	return slope
}

// quotient returns x / y, rounded once, of an x of at most 2^27 and a y of at most 2^13. The quotient in binary64 is the
// exact one, or on the same side of each number half way between two of binary32: from those it is at least
// 1 / (2^25 · y) away, relatively, and so more than the first rounding can move it.
func quotient(x, y int32) float32 { return float32(float64(x) / float64(y)) }
