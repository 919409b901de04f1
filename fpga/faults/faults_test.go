package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

func TestParse(t *testing.T) {
	f, err := Parse("drop=1e-4,flip=2e-4,duplicate=0.5,insert=1,stall=50ms,cut=9,before=hello,seed=7")
	require.NoError(t, err)
	assert.Equal(t, Faults{Drop: 1e-4, Flip: 2e-4, Duplicate: 0.5, Insert: 1, Stall: usualStalls, StallFor: 50 * time.Millisecond, CutAfter: 9,
		Before: "hello", Seed: 7}, f)
	f, err = Parse("stalls=0.5,stall=1s")
	require.NoError(t, err)
	assert.Equal(t, Faults{Stall: 0.5, StallFor: time.Second}, f)
	for list, want := range map[string]string{"flop=1": `no fault "flop"`, "flip=2": "from 0 to 1", "drop=NaN": "from 0 to 1", "drop": "fault drop:",
		"stall=5": "fault stall=5", "stall=-1s": "not negative", "cut=0": "one byte or more", "seed=-1": "fault seed=-1", "flip=1,": `no fault ""`} {
		_, err := Parse(list)
		require.ErrorContains(t, err, want, list)
		assert.Equal(t, fault.Usage, fault.Status(err), list)
	}
}

// Each fault is as frequent as is asked for, and the same for the same seed.
func TestSpoil(t *testing.T) {
	p := make([]byte, 100_000)
	for name, c := range map[string]struct {
		f          Faults
		length     int // of the result, about
		differ     int // bytes that are not 0, about
		sameLength bool
	}{
		"flip":      {Faults{Flip: 0.01, Seed: 1}, 100_000, 1000, true},
		"drop":      {Faults{Drop: 0.01, Seed: 2}, 99_000, 0, false},
		"duplicate": {Faults{Duplicate: 0.01, Seed: 3}, 101_000, 0, false},
		"insert":    {Faults{Insert: 0.01, Seed: 4}, 101_000, 1000, false},
		"none":      {Faults{Seed: 5}, 100_000, 0, true},
	} {
		got := c.f.Spoil(p, c.f.Random(0))
		assert.Equal(t, got, c.f.Spoil(p, c.f.Random(0)), name)
		assert.InDelta(t, c.length, len(got), 150, name)
		assert.Equal(t, c.sameLength, len(got) == len(p), name)
		n := 0
		for _, v := range got {
			if v != 0 {
				n++
			}
		}
		assert.InDelta(t, c.differ, n, 150, name)
	}
	late := 0
	f := Faults{Stall: 0.01, StallFor: time.Second}
	for r := f.Random(1); late < 1000; late++ {
		if f.Delay(r) == time.Second {
			break
		}
	}
	assert.Less(t, late, 1000)
	assert.Zero(t, Faults{StallFor: time.Second}.Delay(f.Random(0)))
}
