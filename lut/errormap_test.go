package lut

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mapOf collects a multiplier's errors; rows whose products are exact by Exact.
func mapOf(f Format, rows []uint32, product func(a, b int64) int64) *ErrorMap {
	m := NewErrorMap(f)
	run := f.Cols() // columns that ascend as numbers
	if f.Kind.SignedB() {
		run /= 2
	}
	for _, a := range rows {
		wrong := false
		diff, exact := make([]int64, f.Cols()), make([]int64, f.Cols())
		for b := range diff {
			x, y := f.NumberA(a), f.NumberB(uint32(b))
			exact[b], diff[b] = x*y, product(x, y)-x*y
			wrong = wrong || diff[b] != 0
		}
		if !wrong {
			m.Exact(a)
			continue
		}
		for b := 0; b < f.Cols(); b += run {
			m.Add(a, uint32(b), diff[b:b+run], exact[b:b+run])
		}
	}
	return m
}

func TestErrorMap(t *testing.T) {
	for _, f := range []Format{UintFormat(10, 3), UintFormat(3, 11), SintFormat(10, 4), SintFormat(4, 8), UintFormat(2, 1), SintFormat(1, 2),
		{Kind: SignedByUnsigned, A: 10, B: 4, P: 14}, {Kind: UnsignedBySigned, A: 4, B: 10, P: 14}} {
		product := func(a, b int64) int64 {
			switch {
			case a == 3:
				return a * b // an exact row
			case a == -2, b == 1:
				return a*b + 1
			}
			return a &^ 3 * b
		}
		var rows, even, odd []uint32
		for a := range uint32(f.Rows()) {
			rows = append(rows, a)
			if a%2 == 0 {
				even = append(even, a)
			} else {
				odd = append(odd, a)
			}
		}
		m := mapOf(f, rows, product)
		other := mapOf(f, odd, product)
		other.Merge(mapOf(f, even, product))
		nan := func(v []float64) (out []float64) {
			for _, e := range v {
				if e != e {
					e = 1e9
				}
				out = append(out, e)
			}
			return out
		}
		require.Equal(t, nan(m.Cells), nan(other.Cells), "%v: the order does not matter", f)
		require.Equal(t, m.counts, other.counts)

		// The same by hand, pair by pair.
		lowA, lowB := int64(0), int64(0)
		if f.Kind.SignedA() {
			lowA = -int64(f.Rows() / 2)
		}
		if f.Kind.SignedB() {
			lowB = -int64(f.Cols() / 2)
		}
		cells := make([]float64, m.Columns*m.Rows)
		for i := range cells {
			cells[i] = math.NaN()
		}
		var errors []float64
		for i := range int64(f.Rows()) {
			for j := range int64(f.Cols()) {
				x, y := lowA+i, lowB+j
				if x*y == 0 {
					continue
				}
				e := float64(product(x, y)-x*y) / float64(x*y)
				errors = append(errors, e)
				c := &cells[int(j)*m.Rows/f.Cols()*m.Columns+int(i)*m.Columns/f.Rows()]
				if *c != *c || math.Abs(e) > math.Abs(*c) || math.Abs(e) == math.Abs(*c) && e > *c {
					*c = e
				}
			}
		}
		require.Equal(t, nan(cells), nan(m.Cells), "%v", f)
		require.Equal(t, uint64(len(errors)), m.Pairs())
		for _, limit := range []float64{0.001, 0.25, 0.3, 1, 2.7} {
			bins := m.Histogram(limit)
			counts := make([]uint64, len(bins))
			for _, e := range errors {
				for i, b := range bins {
					in := e >= b.Low && e < b.High
					if b.High <= 0 {
						in = e > b.Low && e <= b.High && e != 0
					}
					if in || i == 0 && e <= b.Low && b.High <= 0 || i == len(bins)-1 && e >= b.High {
						counts[i]++
						break
					}
				}
			}
			for i, b := range bins {
				require.Equal(t, counts[i], b.Count, "%v, limit %g: from %g to %g", f, limit, b.Low, b.High)
				if i > 0 {
					require.Equal(t, bins[i-1].High, b.Low)
				}
			}
			side := limit / (bins[0].High - bins[0].Low)
			assert.True(t, side > 16 && side <= 32, "%g bins of each sign", side)
		}
	}
}

func TestErrorMapOfExactProducts(t *testing.T) {
	f := UintFormat(9, 10)
	m := NewErrorMap(f)
	for a := range uint32(f.Rows()) {
		m.Exact(a)
	}
	assert.Equal(t, uint64(511*1023), m.Pairs())
	assert.Equal(t, []Bin{{0, 1.0 / 32, 511 * 1023}}, m.Histogram(1))
	assert.True(t, math.IsNaN(m.Cells[0]), "a = 0")
	assert.Zero(t, m.Cells[1], "a = 1, b = 0 and 1")
}
