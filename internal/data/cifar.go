package data

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// The set is six files of images and one of names, in a folder or in the archive
// as it is published.
const (
	cifarBatches = 5     // files to train on
	cifarImages  = 10000 // in each file of the published set

	cifarFolder  = "cifar-10-batches-bin"
	cifarArchive = "cifar-10-binary.tar.gz"
	cifarNames   = "batches.meta.txt"
)

// cifarFiles are the files of a set; the first cifarBatches are to train on, in
// this order.
var cifarFiles = []string{
	"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
	"test_batch.bin", cifarNames,
}

const cifarExpected = "the binary version of CIFAR-10 has data_batch_1.bin to data_batch_5.bin, test_batch.bin and " + cifarNames

// readCIFAR reads a set from the folder or archive at path. Each file must hold so
// many images; with 0, as many as the first one to train on, and any number to test
// on. Errors name the file and have the exit status of wrong input.
func readCIFAR(path, name string, images int) (*Set, error) {
	c := &cifar{perFile: images, tests: images}
	read := c.archive
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		read = c.folder
	}
	if err := read(path); err != nil {
		return nil, fault.Usagef("data set %s: %w", name, err)
	}
	return &Set{Name: name, Classes: c.classes, Train: c.train, Test: c.test}, nil
}

// cifarSource returns what readCIFAR can read in the folder dir: dir, the folder
// in it that unpacking the archive gives, or the archive; "" if none is complete.
func cifarSource(dir string) string {
	for _, d := range []string{dir, filepath.Join(dir, cifarFolder)} {
		if !slices.ContainsFunc(cifarFiles, func(name string) bool { return !isFile(filepath.Join(d, name)) }) {
			return d
		}
	}
	if file := filepath.Join(dir, cifarArchive); isFile(file) {
		return file
	}
	return ""
}

// cifarTrace returns dir or the folder in it that holds some file of a set, "" if neither does.
// Reading that folder reports the missing files.
func cifarTrace(dir string) string {
	for _, d := range []string{dir, filepath.Join(dir, cifarFolder)} {
		if slices.ContainsFunc(cifarFiles, func(name string) bool { return isFile(filepath.Join(d, name)) }) {
			return d
		}
	}
	return ""
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// cifar puts a set together from its files, in whatever order they come.
type cifar struct {
	perFile, tests int // images of each file to train on and of the one to test on; 0: not known yet
	train, test    *Split
	classes        []string
	seen           [cifarBatches + 2]bool // by cifarFiles
}

// folder reads the files of a folder.
func (c *cifar) folder(dir string) error {
	for _, name := range cifarFiles {
		if err := c.file(filepath.Join(dir, name)); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s: there is no %s; %s", dir, name, cifarExpected)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (c *cifar) file(path string) error {
	f, err := limits.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := c.add(filepath.Base(path), f.Info().Size(), f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// archive reads a tar file, gzipped or plain, without unpacking it to the disk.
func (c *cifar) archive(path string) error {
	f, err := limits.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := c.tar(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// tar reads r to its end; in which folder of the archive the files are does not
// matter, others are passed over.
func (c *cifar) tar(r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<16)
	budget := &budget{r: in, left: maxOthers}
	if head, _ := in.Peek(2); string(head) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return damaged(err)
		}
		budget.r = z
	}
	in = bufio.NewReaderSize(budget, 1<<16)
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if errors.Is(err, tar.ErrHeader) {
			return fmt.Errorf("it is no archive like %s, or damaged (%w): fetch or copy it again", cifarArchive, err)
		} else if err != nil {
			return damaged(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		name := path.Base(h.Name)
		if slices.Contains(cifarFiles, name) {
			budget.left += min(max(h.Size, 0), maxValues)
		}
		if err := c.add(name, h.Size, t); err != nil {
			return fmt.Errorf("%s in it: %w", name, err)
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil { // gzip's checksum comes last
		return damaged(err)
	}
	if k := slices.Index(c.seen[:], false); k >= 0 {
		return fmt.Errorf("there is no %s in it; %s", cifarFiles[k], cifarExpected)
	}
	return nil
}

// maxOthers is how many bytes of an archive may be none of the set's files.
const maxOthers = 64 << 20

// budget reads an archive until it has given so many bytes: a gzipped one of a few kilobytes
// may go on for hours.
type budget struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (b *budget) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("it holds more than %s besides the files of the set", limits.Size(maxOthers))
	}
	return n, err
}

// add reads the file called name of so many bytes, if it belongs to a set. Memory grows with the
// bytes read, at most fivefold, not with the claimed size.
func (c *cifar) add(name string, size int64, r io.Reader) (err error) {
	k := slices.Index(cifarFiles, name)
	switch {
	case k < 0:
		return nil
	case c.seen[k]:
		return errors.New("it is there twice; expected each file once")
	case name == cifarNames:
		c.classes, err = readCIFARNames(r)
	case k < cifarBatches:
		err = c.batch(k, size, r)
	default:
		c.test = &Split{H: cifarSide, W: cifarSide, C: 3}
		err = c.test.readCIFAR(r, size, c.tests)
	}
	c.seen[k] = err == nil
	return err
}

// batch reads the file k to train on into its place.
func (c *cifar) batch(k int, size int64, r io.Reader) error {
	part := &Split{H: cifarSide, W: cifarSide, C: 3}
	if c.perFile > 0 {
		c.allocate()
		part = c.place(k)
	}
	if err := part.readCIFAR(r, size, c.perFile); err != nil {
		return err
	}
	if c.perFile == 0 {
		c.perFile = part.Len()
		c.allocate()
		place := c.place(k)
		place.Pixels, place.Labels = append(place.Pixels, part.Pixels...), append(place.Labels, part.Labels...)
	}
	return nil
}

// allocate makes room for all images to train on, once.
func (c *cifar) allocate() {
	if n := cifarBatches * c.perFile; c.train == nil {
		c.train = &Split{cifarSide, cifarSide, 3, make([]uint8, n*cifarSize), make([]uint8, n)}
	}
}

// place returns an empty split with room for the images of file k, which appending
// fills.
func (c *cifar) place(k int) *Split {
	from, to := k*c.perFile, (k+1)*c.perFile
	return &Split{cifarSide, cifarSide, 3, c.train.Pixels[from*cifarSize : from*cifarSize : to*cifarSize], c.train.Labels[from:from:to]}
}
