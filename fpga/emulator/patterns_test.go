package emulator_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/faults"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/lut"
)

// missed checks an emulated board with errors that no row's CRC-16 shows, in mode
// crc, and returns the number of wrong products that were found.
func missed(t *testing.T, s cosim.Source) uint64 {
	g, err := golden.Lookup("exact_u8")
	require.NoError(t, err)
	want := g.Table()
	path := plugIn(t, opened(t, s, cosim.Unsigned, g.Format), faults.Faults{})
	r, err := compare(t, path, fpga.Options{Baud: 1_000_000}, want, fpga.CRC)
	require.NoError(t, err)
	assert.False(t, r.Equal(), "key %s", r.Key)
	assert.EqualValues(t, g.Format.Pairs(), r.Pairs.Compared)
	wrong, err := lut.New("wrong", want.Format)
	require.NoError(t, err)
	for a := range uint32(want.Format.Rows()) {
		for b := range uint32(want.Format.Cols()) {
			wrong.Set(a, b, want.At(a, b))
		}
	}
	for _, m := range r.Wrong {
		wrong.Set(m.A, m.B, m.Got)
	}
	for a := range uint32(g.Format.Rows()) {
		assert.Equal(t, want.RowCRC(a), wrong.RowCRC(a), "row %d", a)
	}
	return r.Pairs.Mismatched
}

// A fixed CRC of each row passes these designs.
func TestTwoColumnsLong(t *testing.T) {
	t.Parallel()
	assert.EqualValues(t, 512, missed(t, cosim.Source{Files: []string{"testdata/two_columns.v"}}))
}

// The same design as it was reported.
func TestReportedPatternLong(t *testing.T) {
	t.Parallel()
	assert.EqualValues(t, 512, missed(t, cosim.Source{Files: []string{cases.File(t, "trust/f20_crc.v")}}))
}

// Errors e at the columns of a random multiple of the polynomial of the CRC-16, and
// in the rows of another one, leave the CRC-16 of each row and column as it is.
func TestPatternsLong(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 20))
	for i := range 3 {
		rows, columns := multiple(r), multiple(r)
		if i == 0 {
			rows = []int{r.IntN(256)} // one row: its CRC-16 alone stays
		}
		text := fmt.Sprintf(`module mul (input [7:0] a, input [7:0] b, output [15:0] p);
  wire row = %s;
  wire column = %s;
  assign p = a * b ^ (row && column ? 16'h%04x : 16'h0);
endmodule`, among("a", rows), among("b", columns), 1+r.IntN(0xffff))
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			assert.EqualValues(t, len(rows)*len(columns), missed(t, source(t, text)))
		})
	}
}

// multiple returns the powers of x in a multiple, by a polynomial of three terms, of
// x¹⁶ + x¹² + x⁵ + 1, subtracted from 255.
func multiple(r *rand.Rand) (places []int) {
	odd := map[int]bool{}
	for range 3 {
		at := r.IntN(240)
		for _, power := range []int{16, 12, 5, 0} {
			odd[255-at-power] = !odd[255-at-power]
		}
	}
	for n := range 256 {
		if odd[n] {
			places = append(places, n)
		}
	}
	return places
}

func among(operand string, values []int) string {
	var terms []string
	for _, v := range values {
		terms = append(terms, fmt.Sprintf("%s == %d", operand, v))
	}
	return strings.Join(terms, " || ")
}
