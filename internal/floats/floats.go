// Package floats reads and writes binary32 numbers in files, little endian.
package floats

import (
	"encoding/binary"
	"io"
	"math"
)

// piece is how many numbers are moved at once.
const piece = 1 << 14

// Write writes numbers, four bytes each.
func Write(w io.Writer, values []float32) error {
	buf := make([]byte, 0, 4*min(piece, len(values)))
	for len(values) > 0 {
		buf = buf[:0]
		n := min(piece, len(values))
		for _, v := range values[:n] {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// Read reads n numbers. Memory grows with the numbers read, not with n. If there are fewer, it
// fails with io.ErrUnexpectedEOF.
func Read(r io.Reader, n int) ([]float32, error) {
	values := make([]float32, 0, min(piece, n))
	buf := make([]byte, 4*min(piece, n))
	for len(values) < n {
		part := buf[:4*min(piece, n-len(values))]
		if _, err := io.ReadFull(r, part); err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil {
			return nil, err
		}
		for ; len(part) > 0; part = part[4:] {
			values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(part)))
		}
	}
	return values, nil
}
