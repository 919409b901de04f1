package fpga_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// made makes a table from a board.
func made(t *testing.T, l *linktest.Line, visits *lutgen.Visits) (*lut.Table, error) {
	b, err := fpga.Connect(t.Context(), l, "test", fpga.Options{})
	require.NoError(t, err)
	defer b.Disconnect()
	return lutgen.Make(t.Context(), b, lutgen.Options{Jobs: 1, Visits: visits})
}

// A board's table is the multiplier's, whatever the line does.
func TestTableOfABoard(t *testing.T) {
	bad := linktest.Faults{Flip: usual, Drop: usual, Duplicate: usual, Insert: usual, Seed: 3}
	for _, name := range []string{"mbm_e8m7", "exact_s5"} {
		want := table(t, name)
		for line, f := range map[string]linktest.Faults{"good": {}, "bad": bad} {
			bubble(t, name+" "+line, &linktest.Board{Table: want}, f, func(t *testing.T, l *linktest.Line) {
				var visits lutgen.Visits
				got, err := made(t, l, &visits)
				require.NoError(t, err)
				assert.Equal(t, 3, visits.Sweeps)
				assert.Equal(t, uint64(8192), visits.Sampled)
				c, err := lutgen.CompareTables(got, want)
				require.NoError(t, err)
				assert.True(t, c.Equal())
				assert.EqualValues(t, want.Format.Pairs(), c.Compared)
			})
		}
	}
}

// What has no table is an error that names the first operands.
func TestNoTableOfABoard(t *testing.T) {
	want := table(t, "mbm_e8m7")
	from := func(a, b uint32) bool { return a >= 9 && b >= 17 }
	bubble(t, "irregular", &linktest.Board{Table: want, Irregular: from}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, err := made(t, l, nil)
		var e *fpga.IrregularError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, [3]uint32{9, 17, want.At(9, 17)}, [3]uint32{e.A, e.B, e.Got})
	})
	bubble(t, "stuck", &linktest.Board{Table: want, Stuck: from}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, err := made(t, l, nil)
		var e *fpga.StuckError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, [2]uint32{9, 17}, [2]uint32{e.A, e.B})
	})
	n := uint32(0)
	changing := func(a, b, p uint32) uint32 {
		if a == 9 && b == 17 {
			n++
			return p ^ n&3
		}
		return p
	}
	bubble(t, "flaky", &linktest.Board{Table: want, Flaky: changing}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, err := made(t, l, nil)
		var e *fpga.UnstableError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, uint32(9), e.A)
	})
	k := 0
	once := func(a, b, p uint32) uint32 { // wrong the first time
		if a == 9 && b == 17 {
			if k++; k == 1 {
				return p ^ 4
			}
		}
		return p
	}
	bubble(t, "wrong once", &linktest.Board{Table: want, Flaky: once}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		_, err := made(t, l, nil)
		assert.ErrorContains(t, err, "does not explain it")
	})
	k = 0
	bubble(t, "wrong once on a bad line", &linktest.Board{Table: want, Flaky: once}, linktest.Faults{Flip: usual, Seed: 3}, func(t *testing.T, l *linktest.Line) {
		got, err := made(t, l, nil)
		require.NoError(t, err, "as if it was damaged, with a right CRC")
		c, err := lutgen.CompareTables(got, want)
		require.NoError(t, err)
		assert.True(t, c.Equal())
	})
	bubble(t, "irregular pairs", &linktest.Board{Table: want, Irregular: from}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		b, err := fpga.Connect(t.Context(), l, "test", fpga.Options{})
		require.NoError(t, err)
		defer b.Disconnect()
		d, err := b.Open(t.Context())
		require.NoError(t, err)
		var x, y, p [4096]uint32
		for i := range x {
			x[i], y[i] = uint32(i)/128, uint32(i)%128
		}
		var e *fpga.IrregularError
		require.ErrorAs(t, d.Eval(t.Context(), x[:], y[:], p[:]), &e)
		assert.Equal(t, [2]uint32{9, 17}, [2]uint32{e.A, e.B})
	})
}
