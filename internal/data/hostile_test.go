package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/hostile"
)

// openFolder opens the set in the folder of a file.
func openFolder(path string) (any, error) { return Open(filepath.Dir(path)) }

// sameSet says whether a set is the one that was meant.
func sameSet(want string) func(any) error {
	return func(read any) error {
		if got := read.(*Set).Digest(); got != want {
			return fmt.Errorf("its digest is %s", got)
		}
		return nil
	}
}

// IDX files of images and of labels, plain and gzipped, beside three good ones.
func TestHostileIDX(t *testing.T) {
	files := map[string][]byte{
		"train-images-idx3-ubyte": encodeIDX(ramp(24), 2, 3, 4), "train-labels-idx1-ubyte": encodeIDX([]uint8{1, 2}, 2),
		"t10k-images-idx3-ubyte": encodeIDX(ramp(12), 1, 3, 4), "t10k-labels-idx1-ubyte": encodeIDX([]uint8{3}, 1),
	}
	dir := t.TempDir()
	for name, data := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	good, err := Open(dir)
	require.NoError(t, err)
	for _, name := range []string{"train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"} {
		for _, packed := range []bool{false, true} {
			right := files[name]
			wrap := func(data []byte) []byte {
				if packed {
					return gzipped(t, data)
				}
				return data
			}
			var c, plain hostile.Cases
			heads := map[string]int{"dimension 0": 4}
			if len(right) > 16 {
				heads["dimension 1"], heads["dimension 2"] = 8, 12
			}
			plain.Fields(right, binary.BigEndian, 4, heads)
			plain.Fields(right, binary.BigEndian, 1, map[string]int{"byte 0": 0, "byte 1": 1, "the type": 2, "the number of dimensions": 3})
			plain.Fields(right, binary.BigEndian, 2, map[string]int{"the magic": 0, "type and dimensions": 2})
			for n := range right {
				plain.Add(fmt.Sprintf("cut after %d", n), right[:n])
			}
			plain.Wrapped(right, true)
			for at := range len(right) - 1 {
				plain.Add(fmt.Sprintf("a byte too many at %d", at), append(append(bytes.Clone(right[:at]), 0xee), right[at:]...))
			}
			for v := 10; v < 256 && len(right) < 16; v++ {
				plain.Add(fmt.Sprintf("label %d", v), encodeIDX([]uint8{uint8(v)}, 1))
			}
			for n := range 12 { // other numbers of dimensions, of as many values
				dims := make([]uint32, n)
				for i := range dims {
					dims[i] = 1
				}
				if n != int(right[3]) {
					plain.Add(fmt.Sprintf("%d dimensions", n), encodeIDX(ramp(1), dims...))
				}
			}
			for a := range uint32(6) { // shapes of as many values, and of others
				for b := range uint32(6) {
					if len(right) > 16 && [2]uint32{a, b} != [2]uint32{3, 4} {
						plain.Add(fmt.Sprintf("2 × %d × %d", a, b), encodeIDX(ramp(int(2*a*b)), 2, a, b))
					}
				}
			}
			seen := map[string]bool{string(right): true}
			for _, p := range plain {
				if !seen[string(p.Data)] && !bytes.HasPrefix(p.Data, []byte("\x1f\x8b")) {
					seen[string(p.Data)] = true
					c.Add(p.Name, wrap(p.Data))
				}
			}
			file := name
			if packed {
				file += ".gz"
				z := wrap(right)
				for n := range z {
					c.Add(fmt.Sprintf("gzip cut after %d", n), z[:n])
				}
				for at := range z {
					p := bytes.Clone(z)
					p[at] ^= 0x10
					c.May(fmt.Sprintf("gzip with a bit changed at %d", at), p) // in what gzip does not check, such as its time
				}
				c.Add("gzip and more", append(bytes.Clone(z), 1, 2, 3))
				c.Add("gzip twice", append(bytes.Clone(z), z...))
				c.Add("gzip in gzip", gzipped(t, z))
				c.Add("a bomb behind the values", bomb(t, right, 64<<20))
				c.Add("a bomb for a header", bomb(t, nil, 64<<20))
			}
			beside := map[string][]byte{}
			for other, data := range files {
				if other != name {
					beside[other] = data
				}
			}
			hostile.Reader{Name: file, Says: name, Least: 200, Beside: beside, Read: openFolder, Right: sameSet(good.Digest())}.Run(t, c)
		}
	}
}

// bomb is a gzipped file that begins with some bytes, and goes on with so many nulls.
func bomb(t *testing.T, begin []byte, nulls int) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = z.Write(begin)
	require.NoError(t, err)
	for piece := make([]byte, 1<<20); nulls > 0; nulls -= len(piece) {
		_, err = z.Write(piece)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}

// Files of CIFAR-10, one at a time, in a folder.
func TestHostileCIFAR(t *testing.T) {
	dir := writeCIFAR(t, t.TempDir(), nil)
	good, err := Open(dir)
	require.NoError(t, err)
	for _, name := range []string{"data_batch_1.bin", "test_batch.bin"} {
		right := cifarContent(nil)[name]
		var c hostile.Cases
		for k := range 64 {
			n := len(right) * k / 64
			if n%cifarRecord != 0 || n == 0 || name == "data_batch_1.bin" {
				c.Add(fmt.Sprintf("cut after %d", n), right[:n])
			}
		}
		c.Cuts(right, 1, 2, 1024, 2048, cifarRecord-1)
		for v := 10; v < 256; v++ {
			p := bytes.Clone(right)
			p[len(p)-cifarRecord] = uint8(v)
			c.Add(fmt.Sprintf("the last label is %d", v), p)
		}
		c.Wrapped(right, true)
		seen, all := map[string]bool{}, hostile.Cases{}
		for _, one := range c {
			if name == "test_batch.bin" && one.Name == "itself behind it" {
				continue // a set may have any number of images to test on
			}
			if !seen[string(one.Data)] {
				seen[string(one.Data)] = true
				all = append(all, one)
			}
		}
		beside := cifarContent(map[string][]byte{name: nil})
		hostile.Reader{Name: name, Says: "_batch", Least: 200, Beside: beside, Read: openFolder, Right: sameSet(good.Digest())}.Run(t, all)
	}
}

// Archives of CIFAR-10.
func TestHostileArchive(t *testing.T) {
	files := cifarContent(nil)
	right := tarred(t, files, cifarFiles...)
	good, err := Open(writeCIFAR(t, t.TempDir(), nil))
	require.NoError(t, err)
	var c hostile.Cases
	for k := range 120 { // the last 1024 bytes are the end of a tar file, which may lack
		n := (len(right) - 1536) * k / 120
		c.Add(fmt.Sprintf("cut after %d", n), right[:n])
	}
	z := gzipped(t, right)
	for k := range 100 {
		n := len(z) * k / 100
		if n > 0 {
			c.Add(fmt.Sprintf("gzip cut after %d", n), z[:n])
		}
		p := bytes.Clone(z)
		p[n] ^= 0x55
		c.May(fmt.Sprintf("gzip with byte %d changed", n), p)
	}
	for at := range 512 { // the header of the first file
		if at%4 == 0 {
			for _, v := range []byte{0xff, '9'} {
				p := bytes.Clone(right)
				if p[512+at] != v {
					p[512+at] = v
					c.Add(fmt.Sprintf("header byte %d is %#x", at, v), p)
				}
			}
		}
	}
	c.Add("a bomb behind it", bomb(t, right, 256<<20))
	c.Add("nothing but a bomb", bomb(t, nil, 256<<20))
	special := func(name string, change func(h *tar.Header)) {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for i, file := range cifarFiles {
			h := &tar.Header{Typeflag: tar.TypeReg, Name: cifarFolder + "/" + file, Mode: 0o644, Size: int64(len(files[file]))}
			if i == 1 {
				change(h)
			}
			require.NoError(t, w.WriteHeader(h))
			if h.Size > 0 {
				_, err := w.Write(append(bytes.Clone(files[file]), make([]byte, max(0, int(h.Size)-len(files[file])))...)[:h.Size])
				require.NoError(t, err)
			}
		}
		require.NoError(t, w.Close())
		c.Add(name, out.Bytes())
	}
	for _, kind := range []byte{tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeDir, tar.TypeFifo} {
		special(fmt.Sprintf("a file of kind %c", kind), func(h *tar.Header) { h.Typeflag, h.Size, h.Linkname = kind, 0, "/etc/passwd" })
	}
	for i, name := range []string{"data_batch_1.bin", "DATA_BATCH_2.BIN", "data_batch_2.bin.gz", "data_batch_2", "data_batch_2.bin/x", "x", "data_batch_7.bin", strings.Repeat("n", 5000), "\u202edata_batch_2.bin", "data_batch_2.bin "} {
		special(fmt.Sprintf("evil name %d", i), func(h *tar.Header) { h.Name = name })
	}
	for _, size := range []int64{1, cifarRecord, cifarRecord * 3, cifarRecord*2 + 1, cifarRecord*2 - 1} {
		special(fmt.Sprintf("%d bytes", size), func(h *tar.Header) { h.Size = size })
	}
	twice := append(append([]string(nil), cifarFiles...), cifarFiles[0])
	c.Add("a file twice", tarred(t, files, twice...))
	for i, name := range cifarFiles {
		c.Add("no "+name, tarred(t, files, append(append([]string(nil), cifarFiles[:i]...), cifarFiles[i+1:]...)...))
	}
	c.Wrapped(right[:1024], false)
	c.May("gzipped", z)
	c.May("ends early", right[:len(right)-512])
	hostile.Reader{Name: "x.tar.gz", Least: 200, Memory: 128 << 20, Time: 60e9, Read: func(path string) (any, error) { return Open(path) },
		Right: func(read any) error { s := read.(*Set); s.Name = good.Name; return sameSet(good.Digest())(s) }}.Run(t, c)
}

// Names of classes, of both kinds of sets.
func TestHostileClasses(t *testing.T) {
	lines := func(n int, name func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(name(i) + "\n")
		}
		return b.String()
	}
	plain := func(i int) string { return fmt.Sprint("class ", i) }
	build := func(ten bool) hostile.Cases {
		n := 12
		if ten {
			n = 10
		}
		var c hostile.Cases
		for what, name := range hostile.Names {
			for _, at := range []int{0, 1, n / 2, n - 1} {
				text := lines(n, func(i int) string {
					if i == at {
						return name
					}
					return plain(i)
				})
				if (what == "a line" || what == "a carriage return") && !ten { // these are two names, or a blank
					c.May(fmt.Sprintf("class %d: %s", at, what), []byte(text))
					continue
				}
				c.Add(fmt.Sprintf("class %d: %s", at, what), []byte(text))
			}
		}
		for _, r := range []rune{1, 2, 3, 4, 5, 6, 7, 8, 0xe, 0xf, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x7f, 0x80, 0x84, 0x90, 0x9d, 0x9f, 0xad,
			0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x202a, 0x202b, 0x202c, 0x202d, 0x2060, 0x2061, 0x2067, 0x2068, 0x2069, 0x206a, 0xfeff, 0xfff9, 0xfffe, 0xffff, 0x1d173, 0xe0001, 0x10ffff} {
			c.Add(fmt.Sprintf("the character %#x", r), []byte(lines(n, func(i int) string { return fmt.Sprintf("a%cb%d", r, i) })))
			c.Add(fmt.Sprintf("the character %#x, once", r), []byte(lines(n, func(i int) string { return plain(i) + strings.Repeat(string(r), max(0, i-n+2)) + "x" })))
		}
		for _, k := range []int{0, 257, 258, 300, 1000, 10_000} {
			c.Add(fmt.Sprintf("%d names", k), []byte(lines(k, plain)))
		}
		for _, k := range []int{257, 300, 1000, 60_000, 200_000} {
			c.Add(fmt.Sprintf("a name of %d bytes", k), []byte(lines(n, func(i int) string { return strings.Repeat(string(rune('a'+i)), k) })))
		}
		c.Add("nulls", make([]byte, 1000))
		c.Add("blank lines", []byte(strings.Repeat(" \n", 1000)))
		c.Add("UTF-16", []byte("\xff\xfea\x00\n\x00"))
		c.Add("blanks", []byte(strings.Repeat(" ", 300_000)))
		c.Add("lines", []byte(strings.Repeat("\n", 200_000)))
		return c
	}
	idx := map[string][]byte{
		"train-images-idx3-ubyte": encodeIDX(ramp(24), 2, 3, 4), "train-labels-idx1-ubyte": encodeIDX([]uint8{1, 2}, 2),
		"t10k-images-idx3-ubyte": encodeIDX(ramp(12), 1, 3, 4), "t10k-labels-idx1-ubyte": encodeIDX([]uint8{3}, 1),
	}
	named := func(read any) error {
		for _, name := range read.(*Set).Classes {
			if len(name) > 256 || strings.ContainsAny(name, "\x1b\n\r\x00") {
				return fmt.Errorf("a class is %q", name)
			}
		}
		return nil
	}
	withoutFolders := build(false)
	hostile.Reader{Name: classesFile, Least: 180, Beside: idx, Read: func(path string) (any, error) {
		if _, err := os.Lstat(path); err != nil { // without names the classes are digits
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		s, err := openFolder(path)
		if st, failed := os.Lstat(path); err == nil && failed == nil && st.Mode()&os.ModeSymlink != 0 {
			return nil, fmt.Errorf("%s leads to nothing", path)
		}
		return s, err
	}, Right: named}.Run(t, withoutFolders)
	hostile.Reader{Name: cifarNames, Least: 180, Beside: cifarContent(map[string][]byte{cifarNames: nil}), Read: openFolder, Right: named}.Run(t, build(true))
}
