package data

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Whatever differs between two sets, but for names, changes the digest.
func TestDigest(t *testing.T) {
	build := func(change func(s *Set)) string {
		part := func() *Split { return &Split{1, 2, 1, []uint8{1, 2, 3, 4}, []uint8{0, 1}} }
		s := &Set{Train: part(), Test: part()}
		change(s)
		return s.Digest()
	}
	same := build(func(*Set) {})
	assert.Equal(t, same, build(func(s *Set) { s.Name = "x" }))
	seen := map[string]bool{same: true}
	for _, change := range []func(*Set){
		func(s *Set) { s.Train.Pixels[0]++ },
		func(s *Set) { s.Test.Pixels[3]++ },
		func(s *Set) { s.Train.Labels[1]++ },
		func(s *Set) { s.Test.Labels[0]++ },
		func(s *Set) { s.Train.H, s.Train.W = 2, 1 },
		func(s *Set) { s.Train = s.Train.First(1) },
		func(s *Set) { s.Test = s.Test.First(0) },
	} {
		seen[build(change)] = true
	}
	assert.Len(t, seen, 8)
}
