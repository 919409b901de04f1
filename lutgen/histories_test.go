package lutgen_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/lutgen"
)

func openRTL(t *testing.T, file string) *cosim.RTL {
	r, err := cosim.OpenRTL(t.Context(), cosim.Source{Files: []string{file}}, cosim.Overrides{}, cosim.Options{})
	require.NoError(t, err)
	return r
}

// impure makes a table of a design that must have none.
func impure(t *testing.T, o cosim.Opener) *lutgen.ImpureError {
	_, err := lutgen.Make(t.Context(), o, lutgen.Options{Jobs: 2})
	var e *lutgen.ImpureError
	require.ErrorAs(t, err, &e)
	assert.False(t, e.Open)
	return e
}

// Designs whose products depend on what was multiplied before, each in a way that
// sweeps row by row and in a scattered order do not show.
func TestHistoriesShowStateLong(t *testing.T) {
	for _, c := range []struct {
		file    string
		history string // a part of it
		check   func(t *testing.T, e *lutgen.ImpureError)
	}{
		{"trust/f01_b_gated.v", "b kept", keepsB},
		{"trust/f01c_handshake_cache.v", "b kept", keepsB},
		{"trust/f01e_float.v", "b kept", keepsB},
		{"trust/f01f_repeat.v", "repeated", repeats},
		{"trust/f09_duplicate_valid.v", "second answer", func(t *testing.T, e *lutgen.ImpureError) {
			assert.True(t, e.Unasked)
			assert.EqualValues(t, 0x37, e.A)
		}},
		{"trust/f10_counter.v", "", func(t *testing.T, e *lutgen.ImpureError) { assert.Equal(t, e.A*e.B, e.First) }},
		{"testdata/gated_a.v", "", nil}, // the scattered order has pairs that share a
		{"testdata/cache_a.v", "", nil},
		{"testdata/returned.v", "kept", nil},
		{"testdata/twice_stalled.v", "second answer", func(t *testing.T, e *lutgen.ImpureError) { assert.True(t, e.Unasked) }},
		{"testdata/dropped.v", "several pairs in flight", nil},
		{"testdata/after_pause.v", "after a pause of", nil},
		{"testdata/withdrawn.v", "changed before it was taken", nil},
		{"testdata/late.v", "after 100,000 idle cycles", nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			file := c.file
			if file[:5] == "trust" {
				file = cases.File(t, file)
			}
			e := impure(t, openRTL(t, file))
			assert.Contains(t, e.History, c.history)
			assert.Contains(t, e.Error(), c.history)
			if c.check != nil {
				c.check(t, e)
			}
		})
	}
}

func keepsB(t *testing.T, e *lutgen.ImpureError) {
	require.NotNil(t, e.SecondBefore)
	assert.Equal(t, e.B, e.SecondBefore.B)
	require.NotNil(t, e.FirstBefore)
	assert.NotEqual(t, e.B, e.FirstBefore.B)
}

func repeats(t *testing.T, e *lutgen.ImpureError) {
	assert.Equal(t, &cosim.Pair{A: e.A, B: e.B}, e.SecondBefore)
	assert.Equal(t, e.A*e.B, e.First)
	assert.Zero(t, e.Second)
}

// A static variable of a C model is state as well.
func TestHistoriesShowStateOfModels(t *testing.T) {
	for _, file := range []string{"testdata/memo_a.c", "trust/f01d_memo.c"} {
		t.Run(file, func(t *testing.T) {
			if file[:5] == "trust" {
				file = cases.File(t, file)
			}
			m, err := cosim.OpenModel(t.Context(), cosim.ModelSource{File: file, A: 8, B: 8}, cosim.Options{})
			require.NoError(t, err)
			impure(t, m)
		})
	}
}

// Right designs of all kinds pass, in every manner that they have.
func TestHistoriesOfRightDesignsLong(t *testing.T) {
	want := model(t, "exact_u4")
	for file, manners := range map[string][]cosim.Manner{
		"right_ack.v":   {cosim.Paused},
		"right_busy.v":  {cosim.Paused},
		"right_held.v":  {cosim.Paused},
		"right_level.v": {cosim.Paused},
		"right_wide.v":  {cosim.Paused},
		"right_skid.v":  {cosim.Paused, cosim.InFlight},
		"right_valid.v": {cosim.Paused, cosim.InFlight},
		"right_pipe.v":  {cosim.Steady, cosim.Held},
		"right_comb.v":  {cosim.Steady},
	} {
		t.Run(file, func(t *testing.T) {
			r := openRTL(t, "testdata/"+file)
			var visits lutgen.Visits
			got, err := lutgen.Make(t.Context(), r, lutgen.Options{Visits: &visits})
			require.NoError(t, err)
			c, err := lutgen.CompareTables(got, want)
			require.NoError(t, err)
			assert.True(t, c.Equal())
			assert.EqualValues(t, 256, c.Compared)

			d, err := r.Open(t.Context())
			require.NoError(t, err)
			defer d.Close()
			has, err := d.(cosim.Walker).Manners(t.Context())
			require.NoError(t, err)
			assert.Equal(t, manners, has)
			counted := map[string]uint64{}
			for _, h := range visits.Histories {
				counted[h.Kind] = h.Products
			}
			// 4,096 groups of 8 in each manner but the slow one, and 128 at the end.
			var sampled uint64
			for _, m := range manners {
				n := uint64(4096+128) * 8
				if m == cosim.Held {
					n = 8 * 4096 / 8
				}
				if m != cosim.Steady {
					assert.GreaterOrEqual(t, counted[m.String()], n)
				}
				sampled += n
			}
			assert.GreaterOrEqual(t, visits.Sampled, sampled)
			for _, kind := range []string{"another pair before", "repeated", "a kept", "b kept"} {
				assert.Equal(t, visits.Sampled/4, counted[kind], kind)
			}
		})
	}
}

// A clocked design runs for more than 65,536 cycles without a reset, and then for
// 100,000 without a pair.
func TestHistoriesRunOn(t *testing.T) {
	r := openRTL(t, "testdata/right_pipe.v")
	var cycles []uint64
	_, err := lutgen.Make(t.Context(), r, lutgen.Options{Jobs: 1, Observe: func(_ context.Context, d cosim.DUT) error {
		n, ok := d.(cosim.Walker).Cycles()
		assert.True(t, ok)
		cycles = append(cycles, n)
		return nil
	}})
	require.NoError(t, err)
	require.Len(t, cycles, 2) // of the sweeps and of the walk
	assert.Greater(t, cycles[1], uint64(165536))
}

// The pairs of a float that are in no table are sampled as well.
func TestFullSamplesHistories(t *testing.T) {
	r := openRTL(t, "testdata/full_sign.v")
	table, err := lutgen.Make(t.Context(), r, lutgen.Options{})
	require.NoError(t, err, "the table's pairs are right")
	_, err = lutgen.Full(t.Context(), r, table, lutgen.Options{})
	var e *lutgen.ImpureError
	require.ErrorAs(t, err, &e)
	assert.Contains(t, e.History, "b kept")
	assert.EqualValues(t, 1, e.A>>9)

	want := model(t, "exact_e8m1")
	f := pure(fp(1, 1), func(a, b uint32) uint32 { return want.MulNarrow(a, b) })
	for h, sweeps := range map[lutgen.Histories]int{lutgen.HistoriesFull: 3, lutgen.HistoriesPure: 2} {
		var visits lutgen.Visits
		c, err := lutgen.Full(t.Context(), f, want, lutgen.Options{Histories: h, Visits: &visits})
		require.NoError(t, err)
		assert.True(t, c.Equal())
		assert.Equal(t, sweeps, visits.Sweeps)
		assert.Equal(t, h == lutgen.HistoriesFull, visits.Sampled == 8192)
	}
}

// What is known to have no state is not sampled: three sweeps, as many products.
func TestPureIsNotSampled(t *testing.T) {
	var formed int
	f := pure(u(4, 4, 8), func(a, b uint32) uint32 { formed++; return a * b })
	visits := lutgen.Visits{Sampled: 1}
	_, err := lutgen.Make(t.Context(), f, lutgen.Options{Histories: lutgen.HistoriesPure, Visits: &visits})
	require.NoError(t, err)
	assert.Equal(t, lutgen.Visits{Sweeps: 3}, visits)
	assert.Equal(t, 3*256, formed)
}

// A design in another process, a board, is sampled with lists of pairs.
func TestListsShowState(t *testing.T) {
	e := impure(t, &fake{shape: u(6, 6, 12), product: func(s *state, a, b uint32) uint32 {
		if a == s.lastA && b == s.lastB && a > 40 {
			return 0
		}
		return a * b
	}})
	assert.Equal(t, "repeated", e.History)
	repeats(t, e)
	assert.Contains(t, e.Error(), "(repeated); it depends on earlier operands")
}
