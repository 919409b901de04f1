package data

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/internal/realdata"
)

// TestPublishedSets opens the published files: how many images, how many of each
// class, and one image to the bit.
func TestPublishedSets(t *testing.T) {
	for _, c := range []struct {
		name        string
		train, test [10]int
		first       string // SHA-256 of the first image to train on
		label       uint8
	}{
		{
			"mnist",
			[10]int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949},
			[10]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009},
			"23ceaef5eb61f0e70d64ac18fdf0f60df3d5971cf30bbadac7b6ebf07f782d2c", 5,
		},
		{
			"fashion-mnist",
			[10]int{6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000},
			[10]int{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000},
			"5bd44e331a6d6998daf675700cd0c13dcd7af8ab954b7585124124da61459e7b", 9,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(HomeVariable, filepath.Dir(realdata.Dir(t, c.name)))
			s, err := Open(c.name)
			require.NoError(t, err)
			k := find(c.name)
			assert.Equal(t, []int{60000, 10000}, []int{s.Train.Len(), s.Test.Len()})
			assert.Equal(t, []int{k.Train, k.Test, k.H, k.W, k.C}, []int{s.Train.Len(), s.Test.Len(), s.Train.H, s.Test.W, s.Test.C})
			assert.Equal(t, c.train, histogram(s.Train))
			assert.Equal(t, c.test, histogram(s.Test))
			digest := sha256.Sum256(s.Train.Image(0))
			assert.Equal(t, c.first, hex.EncodeToString(digest[:]))
			assert.Equal(t, c.label, s.Train.Labels[0])
		})
	}
}

// TestPublishedFiles compares the files with the digests that Fetch expects.
func TestPublishedFiles(t *testing.T) {
	compared := 0
	for _, k := range known {
		if k.Generated() {
			continue
		}
		dir := realdata.Dir(t, k.Name)
		for _, f := range k.files {
			ok, err := f.matches(filepath.Join(dir, f.name))
			require.NoError(t, err)
			assert.True(t, ok, "%s/%s is not the file with SHA-256 %s", k.Name, f.name, f.sha256)
			compared++
		}
	}
	assert.Equal(t, 8, compared)
}

func histogram(s *Split) (n [10]int) {
	for _, l := range s.Labels {
		n[l]++
	}
	return n
}
