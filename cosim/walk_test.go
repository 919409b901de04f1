package cosim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each group of a walk gives its pair four histories; as many groups as there are pairs
// have each pair once. Every lane has groups of its own.
func TestWalk(t *testing.T) {
	checked := 0
	for _, g := range []struct{ rows, columns, lanes int }{{2, 2, 1}, {16, 16, 1}, {4, 64, 2}, {256, 256, 16}} {
		w := NewWalk(g.rows, g.columns, g.lanes)
		seen := map[[2]uint64]int{}
		lanes := uint64(g.lanes)
		for group := range uint64(g.rows * g.columns) {
			var row, column [WalkSteps]uint64
			for i := range uint64(WalkSteps) {
				row[i], column[i] = w.At((group/lanes*WalkSteps+i)*lanes + group%lanes)
				require.Less(t, row[i], uint64(g.rows))
				require.Less(t, column[i], uint64(g.columns))
			}
			for _, i := range []int{2, 4, 6, 7} {
				require.Equal(t, [2]uint64{row[1], column[1]}, [2]uint64{row[i], column[i]})
			}
			require.Equal(t, row[1], row[3])
			require.NotEqual(t, column[1], column[3])
			require.NotEqual(t, row[1], row[5])
			require.Equal(t, column[1], column[5])
			seen[[2]uint64{row[1], column[1]}]++
			checked++
		}
		assert.Len(t, seen, g.rows*g.columns)
	}
	assert.Equal(t, 4+256+256+65536, checked)
}

// The walk in C++ is the one in Go.
func TestWalkMatchesHeader(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeHarness(dir))
	const program = `#include "walk.h"
#include <cstdio>
#include <cstdlib>
int main(int, char** v) {
    const uint64_t first = strtoull(v[5], nullptr, 10);
    const approxtrain::Walk w(atoi(v[1]), atoi(v[2]), strtoull(v[3], nullptr, 10), atoi(v[4]));
    for (uint64_t i = first; i < first + 4096; i++) {
        uint32_t row, column;
        w.at(i, row, column);
        printf("%u %u\n", row, column);
    }
}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "w.cc"), []byte(program), 0o644))
	tools, err := findTools(t.Context(), false)
	require.NoError(t, err)
	exe := filepath.Join(dir, "w")
	require.NoError(t, compileCXX(writing(t.Context(), dir), tools, "-std=c++17", filepath.Join(dir, "w.cc"), "-o", exe))
	compared := 0
	for _, g := range []struct {
		rows, columns, lanes int
		first                uint64
	}{{2, 2, 1, 0}, {256, 256, 16, 0}, {16, 4096, 4, 1 << 20}, {65536, 16, 1, 3 << 35}} {
		w := NewWalk(g.rows, g.columns, g.lanes)
		out, err := exec.Command(exe, fmt.Sprint(g.rows), fmt.Sprint(g.columns), fmt.Sprint(w.stride), fmt.Sprint(g.lanes), fmt.Sprint(g.first)).Output()
		require.NoError(t, err)
		for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			row, column := w.At(g.first + uint64(i))
			require.Equal(t, fmt.Sprint(row, column), line, "step %d of %v", g.first+uint64(i), g)
			compared++
		}
	}
	assert.Equal(t, 4*4096, compared)
}

// counting is a model whose product is the number of pairs it was given before.
const counting = `#include <stdint.h>
static uint64_t n;
uint64_t mul(uint64_t a, uint64_t b) { return n++; }
`

// A harness visits a rectangle in the order that Order.Pair says.
func TestOrderMatchesHarness(t *testing.T) {
	m, err := OpenModel(t.Context(), ModelSource{File: file(t, t.TempDir(), "m.c", counting), A: 6, B: 6}, Options{})
	require.NoError(t, err)
	compared := 0
	for _, o := range []Order{RowMajor, Scattered(512), ColumnMajor(8), ColumnMajor(32), {Step: 5, Start: 100, Rows: 16}} {
		for _, r := range []Rect{{A0: 8, NA: 8, NB: 64}, {A0: 1, NA: 32, B0: 9, NB: 16}, {NA: 16, NB: 32}} {
			if o.Rows > 0 && o.Rows != r.NA {
				continue
			}
			d, err := m.Open(t.Context())
			require.NoError(t, err)
			got, err := d.Sweep(t.Context(), r, o)
			require.NoError(t, err)
			for i := range r.Pairs() {
				require.EqualValues(t, i, got.At(int(o.Pair(i, r.Pairs()))), "%+v of %+v", o, r)
				compared++
			}
			require.NoError(t, d.Close())
		}
	}
	assert.Equal(t, 9*512, compared)
	column := ColumnMajor(8)
	assert.Equal(t, []uint64{0, 64, 128}, []uint64{column.Pair(0, 512), column.Pair(1, 512), column.Pair(2, 512)})
	assert.Equal(t, uint64(1), column.Pair(8, 512))
	d, err := m.Open(t.Context())
	require.NoError(t, err)
	defer d.Close()
	r := Rect{A0: 8, NA: 8, NB: 64}
	assert.Nil(t, Before(d, r, RowMajor, 0))
	assert.Equal(t, &Pair{9, 62}, Before(d, r, RowMajor, 64+63))
	assert.Equal(t, &Pair{8, 63}, Before(d, r, column, 64+63))
}
