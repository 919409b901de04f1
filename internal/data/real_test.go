package data

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/realdata"
)

// TestPublishedSets opens the published files: how many images, how many of each
// class, and one image to the bit.
func TestPublishedSets(t *testing.T) {
	for _, c := range []struct {
		name        string
		size        [2]int // images to train and to test on
		train, test [10]int
		first       string // SHA-256 of the first image to train on
		label       uint8
	}{
		{
			"mnist", [2]int{60000, 10000},
			[10]int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949},
			[10]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009},
			"23ceaef5eb61f0e70d64ac18fdf0f60df3d5971cf30bbadac7b6ebf07f782d2c", 5,
		},
		{
			"fashion-mnist", [2]int{60000, 10000},
			[10]int{6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000},
			[10]int{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000},
			"5bd44e331a6d6998daf675700cd0c13dcd7af8ab954b7585124124da61459e7b", 9,
		},
		{
			"cifar10", [2]int{50000, 10000},
			[10]int{5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000},
			[10]int{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000},
			"7cbda40c52a00fdb4343e76a94b670a6280112167d0e5a0acd9dfeb76d34cff4", 6,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := realdata.Dir(t, c.name)
			t.Setenv(HomeVariable, filepath.Dir(dir))
			s, err := Open(c.name)
			require.NoError(t, err)
			k := find(c.name)
			assert.Equal(t, dir, k.Folder())
			assert.Equal(t, k.Classes, s.Classes)
			assert.Equal(t, c.size, [2]int{s.Train.Len(), s.Test.Len()})
			assert.Equal(t, []int{k.Train, k.Test, k.H, k.W, k.C}, []int{s.Train.Len(), s.Test.Len(), s.Train.H, s.Test.W, s.Test.C})
			assert.Equal(t, c.train, histogram(s.Train))
			assert.Equal(t, c.test, histogram(s.Test))
			assert.Equal(t, c.first, digest(s.Train.Image(0)))
			assert.Equal(t, c.label, s.Train.Labels[0])
		})
	}
}

// TestPublishedFiles compares the files with the digests that Fetch expects.
func TestPublishedFiles(t *testing.T) {
	compared := 0
	for _, k := range known {
		if k.Generated() || k.Name == "cifar10" { // see TestPublishedCIFARLong
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

// TestPublishedCIFARLong compares what is in CIFAR-10's archive with its published
// digests, since the archive as published need not be here, and with the set that is
// read from it: digests of all pixels and labels, which were computed once from the
// files by other means. The archive and the folder give the same.
func TestPublishedCIFARLong(t *testing.T) {
	dir := filepath.Join(realdata.Dir(t, "cifar10"), cifarFolder)
	digests := []string{
		"cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
		"a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
		"bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
		"014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
		"755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
		"8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
		"558e74b5e208382e186da55784b4bac2cd52e558448e1b5800990fdb28ed8033",
	}
	files := map[string][]byte{}
	for k, name := range cifarFiles {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, digests[k], digest(content), "%s/%s", dir, name)
		files[name] = content
	}
	path := filepath.Join(t.TempDir(), "cifar.tar.gz")
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.HuffmanOnly) // quick
	require.NoError(t, err)
	_, err = z.Write(tarred(t, files, "data_batch_1.bin", cifarNames, "data_batch_3.bin",
		"data_batch_4.bin", "test_batch.bin", "data_batch_5.bin", "data_batch_2.bin"))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, os.WriteFile(path, packed.Bytes(), 0o644))
	files = nil
	for _, spec := range []string{dir, path} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s, err := readCIFAR(spec, "cifar10", cifarImages)
		require.NoError(t, err)
		runtime.ReadMemStats(&after)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(200e6), "bytes allocated for 184 MB of images")
		assert.Equal(t, "47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a", digest(s.Train.Pixels), spec)
		assert.Equal(t, "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253", digest(s.Train.Labels), spec)
		assert.Equal(t, "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04", digest(s.Test.Pixels), spec)
		assert.Equal(t, "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5", digest(s.Test.Labels), spec)
	}
}

func digest(content []byte) string {
	d := sha256.Sum256(content)
	return hex.EncodeToString(d[:])
}

func histogram(s *Split) (n [10]int) {
	for _, l := range s.Labels {
		n[l]++
	}
	return n
}

// TestPreparedCIFARLong: mean and deviation as others publish them (to the bit
// as computed in fractions), and ten augmented examples.
func TestPreparedCIFARLong(t *testing.T) {
	s, err := readCIFAR(cifarSource(realdata.Dir(t, "cifar10")), "cifar10", cifarImages)
	require.NoError(t, err)
	mean, deviation := s.Train.Statistics()
	assert.Equal(t, []float32{0.49139967861519607, 0.48215840839460783, 0.44653091444546567}, mean)
	assert.Equal(t, []float32{0.24703223246328201, 0.24348512800005553, 0.2615878417279645}, deviation)
	train, _ := Preparation{Crop: 4, Flip: true, Seed: 1}.Apply(s)
	pixels, labels := batch(train, 7, 49990, 49991, 49992, 49993, 49994, 49995, 49996, 49997, 49998, 49999)
	assert.Equal(t, "2a41c864c0faa06cdeccd01af1708da2b1194106f65b18352e0d7e9f0e0be26d", floatDigest(pixels))
	assert.Equal(t, []int{4, 2, 0, 1, 0, 2, 6, 9, 1, 1}, labels)
}
