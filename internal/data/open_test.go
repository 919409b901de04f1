package data

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// folder writes the four files of a small set: 3 images of 2 × 2 to train on, 1 to
// test on. Entries of change replace files; nil leaves one out.
func folder(t *testing.T, change map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string][]byte{
		"train-images-idx3-ubyte":   encodeIDX(ramp(12), 3, 2, 2),
		"train-labels-idx1-ubyte":   encodeIDX([]uint8{0, 9, 4}, 3),
		"t10k-images-idx3-ubyte":    encodeIDX([]uint8{9, 8, 7, 6}, 1, 2, 2),
		"t10k-labels-idx1-ubyte.gz": gzipped(t, encodeIDX([]uint8{5}, 1)),
	}
	for name, content := range change {
		files[name] = content
	}
	for name, content := range files {
		if content != nil {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
		}
	}
	return dir
}

func TestOpenFolder(t *testing.T) {
	dir := folder(t, nil)
	s, err := Open(dir)
	require.NoError(t, err)
	assert.Equal(t, filepath.Base(dir), s.Name)
	assert.Equal(t, digitNames, s.Classes)
	assert.Equal(t, &Split{2, 2, 1, ramp(12), []uint8{0, 9, 4}}, s.Train)
	assert.Equal(t, &Split{2, 2, 1, []uint8{9, 8, 7, 6}, []uint8{5}}, s.Test)
}

func TestOpenFolderWithClasses(t *testing.T) {
	labels := encodeIDX([]uint8{0, 11, 4}, 3)
	dir := folder(t, map[string][]byte{"train-labels-idx1-ubyte": labels})
	_, err := Open(dir)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "train-labels-idx1-ubyte: the label of image 1 is 11, expected 0 to 9; if the set has more classes, name them in classes.txt")
	names := []byte("a\nb\nc\nd\ne\nf\n\ng\nh\ni\nj\nk\nthe last\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "classes.txt"), names, 0o644))
	s, err := Open(dir)
	require.NoError(t, err)
	assert.Len(t, s.Classes, 12)
	assert.Equal(t, "the last", s.Classes[11])
}

func TestOpenAcceptsDotsInNames(t *testing.T) {
	dir := folder(t, nil)
	require.NoError(t, os.Rename(filepath.Join(dir, "train-images-idx3-ubyte"), filepath.Join(dir, "train-images.idx3-ubyte")))
	_, err := Open(dir)
	require.NoError(t, err)
}

func TestOpenRefuses(t *testing.T) {
	t.Setenv(HomeVariable, "")
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	for _, c := range []struct{ name, spec, message string }{
		{"missing", "mnist", "mnist is not on this machine (looked in " + os.Getenv("XDG_DATA_HOME") + "/approxtrain/mnist): get it with `approxtrain data fetch mnist`, or set APPROXTRAIN_DATA"},
		{"nearly a name", "fashion-mnits", `"fashion-mnits" is no data set and no folder; did you mean fashion-mnist?`},
		{"no name", "imagenet", `"imagenet" is no data set and no folder; the sets are digits, mnist, fashion-mnist`},
		{"nothing", "", `"" is no data set and no folder`},
		{"no folder", "./mnist", "./mnist: no such file or folder; expected the folder that holds the four IDX files"},
		{"a file", file, "is a file; expected the folder"},
		{"a file left out", folder(t, map[string][]byte{"t10k-images-idx3-ubyte": nil}), "there is no t10k-images-idx3-ubyte, plain or .gz; a set has the four files"},
		{"another count", folder(t, map[string][]byte{"train-labels-idx1-ubyte": encodeIDX(ramp(4), 4)}),
			"train-labels-idx1-ubyte holds 4 labels: they do not belong together"},
		{"another size", folder(t, map[string][]byte{"t10k-images-idx3-ubyte": encodeIDX(ramp(6), 1, 3, 2)}),
			"images are 2 × 2 for training, but 3 × 2 for tests"},
		{"label", folder(t, map[string][]byte{"train-labels-idx1-ubyte": encodeIDX([]uint8{0, 9, 10}, 3)}),
			"train-labels-idx1-ubyte: the label of image 2 is 10, expected 0 to 9"},
		{"damage", folder(t, map[string][]byte{"train-images-idx3-ubyte": encodeIDX(ramp(11), 3, 2, 2)}),
			"train-images-idx3-ubyte: it ends after 11 of 12 values (3 × 2 × 2)"},
		{"no classes", folder(t, map[string][]byte{"classes.txt": []byte("\n")}), "names 0 classes, expected 1 to 256"},
	} {
		s, err := Open(c.spec)
		require.Error(t, err, c.name)
		assert.Nil(t, s, c.name)
		assert.Contains(t, err.Error(), c.message, c.name)
		assert.Equal(t, fault.Usage, fault.Status(err), c.name)
	}
}

// TestOpenLooksInOrder: $APPROXTRAIN_DATA goes before $XDG_DATA_HOME, an incomplete
// folder does not count.
func TestOpenLooksInOrder(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	t.Setenv(HomeVariable, first)
	t.Setenv("XDG_DATA_HOME", second)
	require.NoError(t, os.Mkdir(filepath.Join(second, "approxtrain"), 0o755))
	k := find("mnist")
	assert.Equal(t, "", k.Folder())
	last := filepath.Join(second, "approxtrain", "mnist")
	require.NoError(t, os.Rename(folder(t, nil), last))
	require.NoError(t, os.Rename(folder(t, map[string][]byte{"train-labels-idx1-ubyte": nil}), filepath.Join(first, "mnist")))
	assert.Equal(t, last, k.Folder())
	require.NoError(t, os.Rename(filepath.Join(last, "train-labels-idx1-ubyte"), filepath.Join(first, "mnist", "train-labels-idx1-ubyte")))
	assert.Equal(t, filepath.Join(first, "mnist"), k.Folder())
	s, err := Open("mnist")
	require.NoError(t, err)
	assert.Equal(t, "mnist", s.Name)
	assert.Equal(t, filepath.Join(first, "fashion-mnist"), DefaultFolder("fashion-mnist"))
}

// TestOpenByAlias: both names find the set in a folder of either name; the first
// folder with something complete counts, an archive as well.
func TestOpenByAlias(t *testing.T) {
	home := t.TempDir()
	t.Setenv(HomeVariable, home)
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	_, err := Open("cifar-10")
	assert.ErrorContains(t, err, "cifar10 is not on this machine (looked in "+home+"/cifar10 and "+home+"/cifar-10 and ")
	assert.ErrorContains(t, err, "get it with `approxtrain data fetch cifar10`")
	assert.Equal(t, filepath.Join(home, "cifar10"), DefaultFolder("cifar-10"))

	writeCIFAR(t, filepath.Join(home, "cifar10"), map[string][]byte{"test_batch.bin": nil})
	second := filepath.Join(home, "cifar-10")
	require.NoError(t, os.Mkdir(second, 0o755))
	archive := gzipped(t, tarred(t, cifarContent(nil), cifarFiles...))
	require.NoError(t, os.WriteFile(filepath.Join(second, cifarArchive), archive, 0o644))
	assert.Equal(t, second, find("cifar10").Folder())
	for _, name := range []string{"cifar10", "cifar-10"} {
		_, err := Open(name) // it has two images a file
		assert.ErrorContains(t, err, "data set cifar10: "+second+"/"+cifarArchive+": data_batch_1.bin in it: it holds 2 images, expected 10,000 as in each file")
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
}

// The first images of a set are those of the whole set, whether it is drawn or read.
func TestOpenFirst(t *testing.T) {
	for _, spec := range []string{"digits", folder(t, nil)} {
		all, err := Open(spec)
		require.NoError(t, err)
		some, err := OpenFirst(spec, func(train, test int) (int, int) {
			assert.Equal(t, []int{all.Train.Len(), all.Test.Len()}, []int{train, test}, "told")
			return 2, 1
		})
		require.NoError(t, err)
		assert.Equal(t, []int{2, 1}, []int{some.Train.Len(), some.Test.Len()})
		assert.Equal(t, all.Train.First(2).Pixels, some.Train.Pixels)
		assert.Equal(t, all.Test.First(1).Labels, some.Test.Labels)
		assert.Equal(t, all.Classes, some.Classes)
		none, err := OpenFirst(spec, func(int, int) (int, int) { return 0, 0 })
		require.NoError(t, err)
		assert.Zero(t, none.Train.Len()+none.Test.Len())
		h, w, c := none.Test.Shape()
		ah, aw, ac := all.Test.Shape()
		assert.Equal(t, []int{ah, aw, ac}, []int{h, w, c})
	}
	_, err := OpenFirst("no-such-set", func(train, test int) (int, int) { return train, test })
	assert.ErrorContains(t, err, "no data set")
}
