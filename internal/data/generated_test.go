package data

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/data/digits"
)

func TestDigitsDoNotDependOnThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := Digits(3, 500, 130)
	runtime.GOMAXPROCS(7)
	many := Digits(3, 500, 130)
	assert.True(t, assert.ObjectsAreEqual(one, many), "another number of threads draws other images")
	shorter := Digits(3, 65, 10)
	assert.Equal(t, one.Train.Pixels[:65*28*28], shorter.Train.Pixels, "a smaller set is the beginning of a larger one")
	assert.Equal(t, one.Test.Pixels[:10*28*28], shorter.Test.Pixels)
}

func TestDigits(t *testing.T) {
	s := Digits(1, 1000, 1000)
	assert.Equal(t, [10]int{100, 100, 100, 100, 100, 100, 100, 100, 100, 100}, histogram(s.Train))
	assert.Equal(t, []int{28, 28, 1, 1000}, []int{s.Train.H, s.Train.W, s.Train.C, s.Train.Len()})
	for i := range 1000 {
		want := make([]uint8, 28*28)
		digits.Draw(want, i%10, 1, digits.Test, uint64(i))
		require.Equal(t, want, s.Test.Image(i), "test image %d is not the one that data/digits pins", i)
	}
	seen := map[string]bool{}
	for _, split := range []*Split{s.Train, s.Test, Digits(2, 1000, 0).Train} {
		for i := range split.Len() {
			seen[string(split.Image(i))] = true
		}
	}
	assert.Len(t, seen, 3000, "parts and seeds share images")
}

func TestOpenDigits(t *testing.T) {
	s, err := Open("digits")
	require.NoError(t, err)
	k := find("digits")
	assert.Equal(t, []int{20000, 5000}, []int{s.Train.Len(), s.Test.Len()})
	assert.Equal(t, []int{k.Train, k.Test, k.H, k.W, k.C}, []int{s.Train.Len(), s.Test.Len(), s.Train.H, s.Test.W, s.Test.C})
	assert.Len(t, s.Classes, 10)
}
