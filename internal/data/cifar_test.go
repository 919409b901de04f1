package data

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// cifarLabels are the images of a small set, by file: two in each to train on, one
// to test on.
var cifarLabels = [][]uint8{{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}, {5}}

const tenNames = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"

// encodeCIFAR makes a file with an image for each label. Red is the position,
// rows and columns told apart, green the label, blue the position upside down.
func encodeCIFAR(labels ...uint8) []byte {
	var out []byte
	for _, l := range labels {
		out = append(out, l)
		for p := range cifarPlane {
			out = append(out, uint8(p/32*7+p%32))
		}
		out = append(out, bytes.Repeat([]byte{l}, cifarPlane)...)
		for p := range cifarPlane {
			out = append(out, ^uint8(p/32*7+p%32))
		}
	}
	return out
}

// cifarContent returns the files of a small set. Entries of change replace files;
// nil leaves one out.
func cifarContent(change map[string][]byte) map[string][]byte {
	files := map[string][]byte{cifarNames: []byte(tenNames)}
	for k, labels := range cifarLabels {
		files[cifarFiles[k]] = encodeCIFAR(labels...)
	}
	for name, content := range change {
		files[name] = content
	}
	for name, content := range files {
		if content == nil {
			delete(files, name)
		}
	}
	return files
}

func writeCIFAR(t testing.TB, dir string, change map[string][]byte) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, content := range cifarContent(change) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	return dir
}

// tarred makes an archive; the order of the files is that of names.
func tarred(t testing.TB, files map[string][]byte, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: cifarFolder + "/", Mode: 0o755}))
	for _, name := range names {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: cifarFolder + "/" + name, Mode: 0o644, Size: int64(len(files[name]))}
		require.NoError(t, w.WriteHeader(h))
		_, err := w.Write(files[name])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// checkCIFAR compares a small set, every byte, with what encodeCIFAR put in.
func checkCIFAR(t *testing.T, s *Set) {
	t.Helper()
	assert.Equal(t, strings.Fields(tenNames), s.Classes)
	assert.Equal(t, slices.Concat(cifarLabels[:5]...), s.Train.Labels)
	assert.Equal(t, cifarLabels[5], s.Test.Labels)
	compared := 0
	for _, part := range []*Split{s.Train, s.Test} {
		require.Equal(t, []int{32, 32, 3}, []int{part.H, part.W, part.C})
		require.Len(t, part.Pixels, part.Len()*3072)
		for i := range part.Len() {
			for p, v := range part.Image(i) {
				y, x := p/96, p/3%32
				at := uint8(y*7 + x)
				require.Equal(t, [3]uint8{at, part.Labels[i], ^at}[p%3], v, "image %d, row %d, column %d, channel %d", i, y, x, p%3)
				compared++
			}
		}
	}
	assert.Equal(t, 11*3072, compared)
}

// TestOpenCIFAR: the folder, a folder with the folder or with the archive in it, the
// archive itself with its files in another order, gzipped and plain.
func TestOpenCIFAR(t *testing.T) {
	dir := t.TempDir()
	files := cifarContent(map[string][]byte{"readme.html": []byte("<html>")})
	scrambled := []string{"data_batch_4.bin", cifarNames, "test_batch.bin", "data_batch_1.bin", "readme.html", "data_batch_5.bin", "data_batch_3.bin", "data_batch_2.bin"}
	plain := tarred(t, files, scrambled...)
	writeCIFAR(t, filepath.Join(dir, "outer", cifarFolder), nil)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "packed"), 0o755))
	for name, content := range map[string][]byte{"packed/" + cifarArchive: gzipped(t, plain), "a.tgz": gzipped(t, plain), "b.tar": plain} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	for spec, name := range map[string]string{
		"outer/" + cifarFolder: cifarFolder, "outer": "outer", "packed": "packed",
		"packed/" + cifarArchive: "cifar-10-binary", "a.tgz": "a", "b.tar": "b",
	} {
		s, err := Open(filepath.Join(dir, spec))
		require.NoError(t, err, spec)
		assert.Equal(t, name, s.Name)
		checkCIFAR(t, s)
	}
}

func TestOpenCIFARRefuses(t *testing.T) {
	wrongLabel := encodeCIFAR(2, 3)
	wrongLabel[cifarRecord] = 10
	for _, c := range []struct {
		name, message string
		change        map[string][]byte
	}{
		{"a file left out", "there is no data_batch_4.bin", map[string][]byte{"data_batch_4.bin": nil}},
		{"no names", "there is no batches.meta.txt", map[string][]byte{cifarNames: nil}},
		{"no test", "there is no test_batch.bin", map[string][]byte{"test_batch.bin": nil}},
		{"a byte missing", "data_batch_2.bin: its 6,145 bytes are no multiple of 3,073, a label and 3 × 32 × 32 pixels",
			map[string][]byte{"data_batch_2.bin": encodeCIFAR(2, 3)[1:]}},
		{"an image missing", "data_batch_5.bin: it holds 1 images, expected 2 as in each file", map[string][]byte{"data_batch_5.bin": encodeCIFAR(8)}},
		{"an image more", "data_batch_2.bin: it holds 3 images, expected 2 as in each file", map[string][]byte{"data_batch_2.bin": encodeCIFAR(8, 8, 8)}},
		{"empty", "test_batch.bin: it is empty", map[string][]byte{"test_batch.bin": {}}},
		{"label", "data_batch_2.bin: the label of image 1 (byte 3,073) is 10, expected 0 to 9", map[string][]byte{"data_batch_2.bin": wrongLabel}},
		{"nine names", "batches.meta.txt: it names 9 classes, expected 10", map[string][]byte{cifarNames: []byte(tenNames[9:])}},
	} {
		_, err := Open(writeCIFAR(t, filepath.Join(t.TempDir(), "set"), c.change))
		require.Error(t, err, c.name)
		assert.Contains(t, err.Error(), "data set set: ", c.name)
		assert.Contains(t, err.Error(), c.message, c.name)
		assert.Equal(t, fault.Usage, fault.Status(err), c.name)

		files := cifarContent(c.change)
		path := filepath.Join(t.TempDir(), "set.tar.gz")
		var names []string
		for _, name := range cifarFiles {
			if files[name] != nil {
				names = append(names, name)
			}
		}
		require.NoError(t, os.WriteFile(path, gzipped(t, tarred(t, files, names...)), 0o644))
		_, err = Open(path)
		require.Error(t, err, c.name)
		assert.Contains(t, err.Error(), "data set set: "+path+": ", c.name)
		assert.Contains(t, err.Error(), strings.Replace(c.message, ": ", " in it: ", 1), c.name)
		assert.Equal(t, fault.Usage, fault.Status(err), c.name)
	}
	_, err := readCIFAR(writeCIFAR(t, filepath.Join(t.TempDir(), "set"), nil), "cifar10", cifarImages)
	assert.ErrorContains(t, err, "data_batch_1.bin: it holds 2 images, expected 10,000 as in each file")
	outer := t.TempDir()
	writeCIFAR(t, filepath.Join(outer, cifarFolder), map[string][]byte{"data_batch_1.bin": nil})
	_, err = Open(outer)
	assert.ErrorContains(t, err, cifarFolder+": there is no data_batch_1.bin")
}

// TestOpenCIFARDamaged: an archive of which a part is missing or changed, wherever.
func TestOpenCIFARDamaged(t *testing.T) {
	files := cifarContent(nil)
	plain := tarred(t, files, cifarFiles...)
	packed := gzipped(t, plain)
	checksum := bytes.Clone(packed)
	checksum[len(checksum)-5] ^= 1
	header := bytes.Clone(plain)
	header[3]++
	twice := tarred(t, files, append(slices.Clone(cifarFiles), "data_batch_3.bin")...)
	for _, c := range []struct {
		name, message string
		content       []byte
	}{
		{"empty", "there is no data_batch_1.bin in it; the binary version of CIFAR-10 has", nil},
		{"half", "data_batch_4.bin in it: it ends after 1,024 of 6,146 bytes; it was cut short: fetch or copy it again", plain[:23552]},
		{"half, gzipped", "unexpected EOF", packed[:len(packed)/8]},
		{"gzip's checksum", "reading it failed (gzip: invalid checksum); if it is damaged, fetch or copy it again", checksum},
		{"gzip's checksum missing", "reading it failed (unexpected EOF)", packed[:len(packed)-8]},
		{"a tail after gzip", "reading it failed (gzip: invalid header)", append(bytes.Clone(packed), "more than a header"...)},
		{"gzip's header", "reading it failed (gzip: invalid header)", []byte("\x1f\x8b\x09\x00\x00\x00\x00\x00\x00\x00")},
		{"a header", "it is no archive like cifar-10-binary.tar.gz, or damaged (archive/tar: invalid tar header)", header},
		{"no archive", "it is no archive like", bytes.Repeat([]byte("text "), 1000)},
		{"a file twice", "data_batch_3.bin in it: it is there twice", twice},
	} {
		path := filepath.Join(t.TempDir(), "x.tar.gz")
		require.NoError(t, os.WriteFile(path, c.content, 0o644))
		_, err := Open(path)
		require.Error(t, err, c.name)
		assert.Contains(t, err.Error(), "data set x: "+path+": ", c.name)
		assert.Contains(t, err.Error(), c.message, c.name)
		assert.Equal(t, fault.Usage, fault.Status(err), c.name)
	}
}

// FuzzReadCIFAR changes an archive at any place and cuts it anywhere; the patch is
// what is mutated, since the archive is too long for it. Either there is an error or
// a complete set whose images are those of the archive; memory stays near what was
// read.
func FuzzReadCIFAR(f *testing.F) {
	plain := tarred(f, cifarContent(nil), cifarFiles...)
	f.Add([]byte(nil), uint32(0), uint32(0), false)
	f.Add([]byte(nil), uint32(0), uint32(0), true)
	f.Add([]byte(nil), uint32(0), uint32(20000), false)
	f.Add([]byte{7}, uint32(1024), uint32(0), false)                            // a label
	f.Add(plain[512:1024], uint32(7680), uint32(0), false)                      // the header of another file
	f.Add([]byte("77777777777\x00"), uint32(512+124), uint32(0), false)         // a size
	f.Add(gzipped(f, []byte("no archive")), uint32(0), uint32(0), false)        // gzip
	f.Add([]byte("\n"), uint32(len(plain)-2048), uint32(len(plain)-1024), true) // the names
	f.Fuzz(func(t *testing.T, patch []byte, at, cut uint32, packed bool) {
		content := bytes.Clone(plain)
		copy(content[int(at)%len(content):], patch)
		content = content[:len(content)-int(cut)%len(content)]
		if packed {
			content = gzipped(t, content)
		}
		c := new(cifar)
		err := c.tar(bytes.NewReader(content))
		for _, s := range []*Split{c.train, c.test} {
			if s == nil {
				require.Error(t, err)
				continue
			}
			require.Len(t, s.Pixels, s.Len()*cifarSize)
			require.LessOrEqual(t, cap(s.Pixels), cifarBatches*len(plain))
		}
		if err != nil {
			return
		}
		require.Len(t, c.classes, 10)
		require.Equal(t, cifarBatches*c.perFile, c.train.Len())
		for _, l := range slices.Concat(c.train.Labels, c.test.Labels) {
			require.Less(t, l, uint8(10))
		}
		files := map[string][]byte{cifarNames: []byte(strings.Join(c.classes, "\n"))}
		for k := range cifarBatches {
			files[cifarFiles[k]] = planar(c.place(k).filled(c.perFile))
		}
		files["test_batch.bin"] = planar(c.test)
		again := new(cifar)
		require.NoError(t, again.tar(bytes.NewReader(tarred(t, files, cifarFiles...))))
		require.Equal(t, c, again)
	})
}

// filled returns the split with the n images in its capacity.
func (s *Split) filled(n int) *Split {
	return &Split{s.H, s.W, s.C, s.Pixels[:n*cifarSize], s.Labels[:n]}
}

// planar turns images back into the records of a file.
func planar(s *Split) []byte {
	var out []byte
	for i, l := range s.Labels {
		out = append(out, l)
		for ch := range 3 {
			for p := range cifarPlane {
				out = append(out, s.Image(i)[3*p+ch])
			}
		}
	}
	return out
}
