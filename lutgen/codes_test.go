package lutgen

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// Codes are compared as codes, but for those of NaN, which are counted.
func TestCompareCodes(t *testing.T) {
	f, err := lut.ParseFormat("fp4e2m1-fp4e2m1-fp8e5m2")
	require.NoError(t, err)
	tables := [2]*lut.Table{}
	for i := range tables {
		tables[i], err = lut.New("x", f)
		require.NoError(t, err)
	}
	got, want := tables[0], tables[1]
	for b, p := range [][2]uint32{{0x80, 0}, {0x7d, 0xff}, {0x7d, 0x7c}, {1, 0x7f}, {0x3c, 0x3d}, {0x3d, 0x3c}, {0x3c, 0x3c}} {
		got.Set(0, uint32(b), p[0])
		want.Set(0, uint32(b), p[1])
	}
	c, err := CompareTables(got, want)
	require.NoError(t, err)
	assert.False(t, c.Equal())
	assert.EqualValues(t, 256, c.Compared)
	assert.EqualValues(t, 5, c.Mismatched)
	assert.EqualValues(t, 1, c.NaNs)
	assert.Equal(t, map[string]uint64{classSame: 1, classNotNaN: 1, classNaN: 1, classSmall: 1, classLarge: 1}, c.Classes)
	assert.Empty(t, c.Spread)
	other, err := lut.New("x", lut.UintFormat(4, 4))
	require.NoError(t, err)
	_, err = CompareTables(got, other)
	assert.ErrorContains(t, err, "cannot be compared")
}
