package fpga_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
	"github.com/approxtrain/approxtrain/lut"
)

// crc16 is the polynomial of the CRC-16 that a .lut file has for each row.
const crc16 = 1<<16 | 1<<12 | 1<<5 | 1

// polynomial over GF(2): the coefficient of the highest power first.
type polynomial []bool

// multiple returns a random multiple of a polynomial, of which the lowest bit of p is
// the coefficient of 1. It has n coefficients and is not 0; factor has so many
// terms.
func multiple(r *rand.Rand, p uint64, degree, n, terms int) polynomial {
	m := make(polynomial, n)
	for {
		nonzero := false
		for range terms {
			at := r.IntN(n - degree)
			for i := range degree + 1 {
				m[n-1-at-i] = m[n-1-at-i] != (p>>i&1 == 1)
			}
		}
		for _, c := range m {
			nonzero = nonzero || c
		}
		if nonzero {
			return m
		}
	}
}

// spread adds a polynomial to the bits of a row in the order in which a .lut file's
// CRC takes them: the low byte of a product first, its highest bit first.
func spread(t *lut.Table, row uint32, p polynomial) {
	bits := t.Format.EntryBits()
	for i, c := range p {
		if c {
			column, at := uint32(i/bits), i%bits
			t.Set(row, column, t.At(row, column)^1<<(at/8*8+7-at%8))
		}
	}
}

// different counts the products that differ, and makes sure that each row has the
// same CRC-16.
func different(t *testing.T, got, want *lut.Table) (n uint64) {
	for a := range uint32(want.Format.Rows()) {
		require.Equal(t, want.RowCRC(a), got.RowCRC(a), "row %d", a)
		for b := range uint32(want.Format.Cols()) {
			if got.At(a, b) != want.At(a, b) {
				n++
			}
		}
	}
	require.NotZero(t, n)
	return n
}

// fails checks a board with a wrong table, whose wrong products are all found.
func fails(t *testing.T, name string, want, wrong *lut.Table, differ uint64) {
	bubble(t, name, &linktest.Board{Table: wrong}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		r, _, err := check(t.Context(), l, want, fpga.Options{Baud: 3_000_000}, fpga.CheckOptions{Mode: fpga.CRC})
		require.NoError(t, err)
		assert.False(t, r.Equal(), "key %s", r.Key)
		assert.Equal(t, differ, r.Pairs.Mismatched, "key %s", r.Key)
		assert.Equal(t, r.Total, r.Pairs.Compared)
		assert.False(t, r.KeyGiven)
	})
}

// Errors that leave the CRC-16 of every row as it is are found: random multiples of
// that CRC's polynomial, sparse and dense, in one row, some or all.
func TestPatternsOfRows(t *testing.T) {
	want := table(t, "exact_u8")
	r := rand.New(rand.NewPCG(20, 16))
	failed := 0
	for i := range 200 {
		wrong := altered(t, want)
		terms := []int{1, 2, 5, 4096}[i%4]
		rows := []int{1, 1, 2, 3, 256}[i%5]
		if rows == 256 && i%4 == 3 {
			rows = 2 // every product: slow to read
		}
		pattern := multiple(r, crc16, 16, 4096, terms)
		for _, row := range r.Perm(256)[:rows] {
			if i%2 == 0 { // another one in each row
				pattern = multiple(r, crc16, 16, 4096, terms)
			}
			spread(wrong, uint32(row), pattern)
		}
		fails(t, fmt.Sprintf("%d: %d terms, %d rows", i, terms, rows), want, wrong, different(t, wrong, want))
		failed++
	}
	assert.Equal(t, 200, failed)
}

// Errors that leave the CRC-16 of every row and of every column as it is are found.
// Products of a column pattern, a row pattern and bits of an entry are such: in a
// row a product has 16 bits, so the row's error is d(x¹⁶)·e(x) = d(x)¹⁶·e(x), a
// multiple of the CRC's polynomial if d is; and so with columns.
func TestPatternsOfRowsAndColumns(t *testing.T) {
	want := table(t, "exact_u8")
	turned := want.Transposed()
	r := rand.New(rand.NewPCG(21, 16))
	failed := 0
	for i := range 20 {
		wrong := altered(t, want)
		c, d := multiple(r, crc16, 16, 256, 1), multiple(r, crc16, 16, 256, 1+i%3)
		e := 1 + r.Uint32N(0xffff)
		for a := range uint32(256) {
			for b := range uint32(256) {
				if c[a] && d[b] {
					wrong.Set(a, b, wrong.At(a, b)^e)
				}
			}
		}
		differ := different(t, wrong, want)
		different(t, wrong.Transposed(), turned) // columns are rows there
		fails(t, fmt.Sprintf("%d: %d products", i, differ), want, wrong, differ)
		failed++
	}
	assert.Equal(t, 20, failed)
}

// The design of shared/cases/trust/f20_crc.v: two wrong products in every row.
func TestPatternOfTwoColumns(t *testing.T) {
	want := table(t, "exact_u8")
	wrong := altered(t, want)
	for a := range uint32(256) {
		wrong.Set(a, 100, wrong.At(a, 100)^0x0100)
		wrong.Set(a, 101, wrong.At(a, 101)^0x2110)
	}
	differ := different(t, wrong, want)
	assert.EqualValues(t, 512, differ)
	fails(t, "f20", want, wrong, differ)
}

// What a digest cannot see is what its key's polynomial divides: an error made for
// a key passes with this key, which the result says was given, and fails with a key
// that is drawn.
func TestPatternOfTheKey(t *testing.T) {
	want := table(t, "exact_u8")
	key := link.NewKey()
	wrong := altered(t, want)
	pattern := multiple(rand.New(rand.NewPCG(22, 16)), 1<<32|uint64(key), 32, 4096, 3)
	differ := map[uint32]bool{}
	for i, c := range pattern { // a digest takes bit 0 of all products first
		if column, plane := uint32(i%256), i/256; c {
			wrong.Set(40, column, wrong.At(40, column)^1<<plane)
			differ[column] = true
		}
	}
	bubble(t, "this key", &linktest.Board{Table: wrong}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		r, _, err := check(t.Context(), l, want, fpga.Options{}, fpga.CheckOptions{Mode: fpga.CRC, Key: key})
		require.NoError(t, err)
		assert.True(t, r.Equal())
		assert.True(t, r.KeyGiven)
		assert.Equal(t, key.String(), r.Key)
		assert.Contains(t, r.Assurance(), "option key repeats a check; with a new key")
	})
	fails(t, "another key", want, wrong, uint64(len(differ)))
}
