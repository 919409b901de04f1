package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// A file of CIFAR-10's binary version is records, without a header and nothing
// between them:
//
//	offset  bytes  what
//	0       1      label, 0 to 9
//	1       1024   red, row by row from the top left
//	1025    1024   green
//	2049    1024   blue
//
// https://www.cs.toronto.edu/~kriz/cifar.html is where the form comes from.
const (
	cifarSide   = 32
	cifarPlane  = cifarSide * cifarSide
	cifarSize   = 3 * cifarPlane
	cifarRecord = 1 + cifarSize

	maxNames = 128 << 10 // bytes of a file of names that are read: 256 of the longest fit
)

// readCIFAR appends the images of a file of size bytes, the planes of each turned
// into pixels. There must be so many; with 0, at least one.
func (s *Split) readCIFAR(r io.Reader, size int64, images int) error {
	n := size / cifarRecord
	switch {
	case size == 0:
		return errors.New("it is empty; fetch or copy it again")
	case size%cifarRecord != 0:
		return fmt.Errorf("its %s bytes are no multiple of %s, a label and 3 × 32 × 32 pixels; it was cut short or is another file: fetch or copy it again",
			comma(int(size)), comma(cifarRecord))
	case images > 0 && n != int64(images):
		return fmt.Errorf("it holds %s images, expected %s as in each file; fetch or copy it again", comma(int(n)), comma(images))
	case n > maxValues/cifarSize/cifarBatches:
		return fmt.Errorf("it holds %s images, more than the %s that are read", comma(int(n)), comma(maxValues/cifarSize/cifarBatches))
	}
	if images > 0 { // size is not believed
		s.Pixels, s.Labels = slices.Grow(s.Pixels, images*cifarSize), slices.Grow(s.Labels, images)
	}
	in := bufio.NewReaderSize(r, 1<<16)
	var record [cifarRecord]byte
	var pixels [cifarSize]byte
	for i := range n {
		if got, err := io.ReadFull(in, record[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("it ends after %s of %s bytes; it was cut short: fetch or copy it again",
				comma(int(i)*cifarRecord+got), comma(int(size)))
		} else if err != nil {
			return damaged(err)
		}
		if record[0] > 9 {
			return fmt.Errorf("the label of image %s (byte %s) is %d, expected 0 to 9; it is damaged or no file of CIFAR-10: fetch or copy it again",
				comma(int(i)), comma(int(i)*cifarRecord), record[0])
		}
		red, green, blue := record[1:][:cifarPlane], record[1+cifarPlane:][:cifarPlane], record[1+2*cifarPlane:][:cifarPlane]
		for p := range red {
			pixels[3*p], pixels[3*p+1], pixels[3*p+2] = red[p], green[p], blue[p]
		}
		s.Labels, s.Pixels = append(s.Labels, record[0]), append(s.Pixels, pixels[:]...)
	}
	return nil
}

// readCIFARNames reads the names of the ten classes, one a line.
func readCIFARNames(r io.Reader) ([]string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxNames+1))
	switch {
	case err != nil:
		return nil, damaged(err)
	case len(text) > maxNames:
		return nil, fmt.Errorf("it is longer than %s, the most that is read of names", limits.Size(maxNames))
	}
	list := strings.FieldsFunc(string(text), func(c rune) bool { return c == '\n' || c == '\r' })
	if len(list) != 10 {
		return nil, fmt.Errorf("it names %s classes, expected 10, one a line; fetch or copy it again", comma(len(list)))
	}
	return list, checkNames(list)
}

// checkNames refuses names of classes that are too long or cannot be printed.
func checkNames(list []string) error {
	for i, name := range list {
		if err := limits.Name("class", name); err != nil {
			return fmt.Errorf("class %d: %w", i, err)
		}
	}
	return nil
}
