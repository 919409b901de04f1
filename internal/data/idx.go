package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// An IDX file, numbers big endian:
//
//	offset    bytes    what
//	0         2        0
//	2         1        type of the values: 8 unsigned byte, 9 signed byte, 0b int16, …
//	3         1        n, the number of dimensions
//	4         4·n      sizes of the dimensions, the slowest first
//	4 + 4·n   …        the values, and nothing after them
//
// The sets here use unsigned bytes: one dimension for labels, three for images.
// http://yann.lecun.com/exdb/mnist is where the form comes from.
const (
	idxByte   = 8
	maxValues = 1 << 30 // of a file; above, the header is not believed
	maxDim    = 1 << 31
	maxExtra  = 1 << 20 // bytes behind the values that are counted
	maxSide   = 4096    // pixels of an image
)

// idx is the content of an IDX file of unsigned bytes.
type idx struct {
	dims   []int
	values []uint8
}

// readIDXFile reads an IDX file, plain or gzipped, that must have so many
// dimensions. The error names the file.
func readIDXFile(path string, dimensions int) (*idx, error) {
	f, err := limits.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	x, err := readIDX(f, dimensions)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return x, nil
}

// readIDX reads r to its end. Memory grows with the bytes read, not with the header's claim: at
// most three times the values, of which there are at most 2^30.
func readIDX(r io.Reader, dimensions int) (*idx, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if head, _ := in.Peek(2); string(head) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, damaged(err)
		}
		in = bufio.NewReaderSize(z, 1<<16)
	}
	dims, err := readDims(in, dimensions)
	if err != nil {
		return nil, err
	}
	total := int64(1)
	for _, d := range dims {
		if total *= int64(d); total > maxValues {
			return nil, fmt.Errorf("its header claims %s values, more than the %s that are read; it is no data set or damaged",
				times(dims), humanize.Comma(maxValues))
		}
	}
	var values bytes.Buffer
	n, err := io.CopyN(&values, in, total)
	if err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, damaged(err)
		}
		return nil, fmt.Errorf("it ends after %s of %s values (%s); it was cut short: fetch or copy it again",
			humanize.Comma(n), humanize.Comma(total), times(dims))
	}
	switch extra, err := io.CopyN(io.Discard, in, maxExtra); {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, damaged(err)
	case extra > 0:
		more := ""
		if extra == maxExtra { // a gzipped file may go on for hours
			more = " or more"
		}
		return nil, fmt.Errorf("%s bytes%s follow its %s values (%s); it is damaged: fetch or copy it again",
			humanize.Comma(extra), more, humanize.Comma(total), times(dims))
	}
	return &idx{dims, values.Bytes()}, nil
}

// readDims reads the header and returns the sizes of the dimensions.
func readDims(in io.Reader, dimensions int) ([]int, error) {
	var magic [4]byte
	if n, err := io.ReadFull(in, magic[:]); err != nil {
		return nil, headerEnds(n, err)
	}
	switch {
	case magic[0] != 0 || magic[1] != 0:
		return nil, fmt.Errorf("it is no IDX file: it begins with % x, expected 00 00 %02x %02x", magic, idxByte, dimensions)
	case magic[2] != idxByte:
		return nil, fmt.Errorf("its values have the IDX type %#02x, expected %#02x, unsigned bytes; convert it", magic[2], idxByte)
	case int(magic[3]) != dimensions:
		what := map[int]string{1: "labels", 3: "images"}
		return nil, fmt.Errorf("it has %d dimensions, expected %d as for %s; are images and labels exchanged?",
			magic[3], dimensions, what[dimensions])
	}
	sizes := make([]byte, 4*dimensions)
	if n, err := io.ReadFull(in, sizes); err != nil {
		return nil, headerEnds(4+n, err)
	}
	dims := make([]int, dimensions)
	for i := range dims {
		d := binary.BigEndian.Uint32(sizes[4*i:])
		if d == 0 || d >= maxDim {
			return nil, fmt.Errorf("dimension %d of %d is %s, expected 1 or more and below 2^31; it is damaged: fetch or copy it again",
				i+1, dimensions, humanize.Comma(int64(d)))
		}
		if i > 0 && d > maxSide {
			return nil, fmt.Errorf("dimension %d of %d is %s, expected at most %s pixels; it is no data set or damaged",
				i+1, dimensions, humanize.Comma(int64(d)), humanize.Comma(maxSide))
		}
		dims[i] = int(d)
	}
	return dims, nil
}

func headerEnds(n int, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it ends within the IDX header, after %d bytes; it was cut short: fetch or copy it again", n)
	}
	return damaged(err)
}

func damaged(err error) error {
	return fmt.Errorf("reading it failed (%w); if it is damaged, fetch or copy it again", err)
}

// times prints dimensions: 60,000 × 28 × 28.
func times(dims []int) string {
	var parts []string
	for _, d := range dims {
		parts = append(parts, comma(d))
	}
	return strings.Join(parts, " × ")
}

func comma(n int) string { return humanize.Comma(int64(n)) }
