// Package npy reads and writes the headers of NumPy's array files (.npy). What follows a header are the elements, which
// belong to the caller.
//
// The library that the tests compare with (sbinet/npyio) cannot write integers of two dimensions or numbers of three,
// takes a truncated file for a complete one, and panics on some damaged headers.
//
// See https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html for the format.
package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// Magic is what a file begins with.
const Magic = "\x93NUMPY"

// mostHeader is the most bytes of a header that are read.
const mostHeader = 1 << 16

// Header describes the elements of an array.
type Header struct {
	Order   byte // of an element's bytes: < little endian, > big endian, = or | as it does not matter
	Kind    byte // u, i, f, …: unsigned integers, signed integers, floating point
	Width   int  // bytes of an element
	Fortran bool // the first index varies fastest, instead of the last one
	Shape   []int
}

// Append appends the bytes of a file up to its first element, whose place is a multiple of 64.
func (h Header) Append(p []byte) []byte {
	fortran := "False"
	if h.Fortran {
		fortran = "True"
	}
	head := fmt.Sprintf("{'descr': '%c%c%d', 'fortran_order': %s, 'shape': %s, }", h.Order, h.Kind, h.Width, fortran, h.ShapeText())
	const fixed = len(Magic) + 4
	head += strings.Repeat(" ", 63-(fixed+len(head))%64) + "\n"
	p = append(append(p, Magic...), 1, 0)
	p = binary.LittleEndian.AppendUint16(p, uint16(len(head)))
	return append(p, head...)
}

// ShapeText returns the shape as Python prints it: (4, 4), (4,) or ().
func (h Header) ShapeText() string {
	var n []string
	for _, d := range h.Shape {
		n = append(n, strconv.Itoa(d))
	}
	if len(n) == 1 {
		return "(" + n[0] + ",)"
	}
	return "(" + strings.Join(n, ", ") + ")"
}

// Type returns the type of the elements as NumPy names it: <f4, |u1.
func (h Header) Type() string { return fmt.Sprintf("%c%c%d", h.Order, h.Kind, h.Width) }

// BigEndian says whether the first byte of an element is the most significant one.
func (h Header) BigEndian() bool { return h.Order == '>' }

var pattern = regexp.MustCompile(`^\{'descr': '([<>|=])([a-zA-Z])(\d{1,3})', 'fortran_order': (True|False), 'shape': ` +
	`\(((?:\d{1,9}, )*\d{1,9},?|)\),? ?\}\s*$`)

// ReadHeader reads a file up to its first element. Elements that are no numbers of a fixed width are an error.
func ReadHeader(r io.Reader) (Header, error) {
	start := make([]byte, len(Magic)+2)
	n, err := readFull(r, start)
	if err != nil {
		return Header{}, err
	}
	if n < len(start) || string(start[:len(Magic)]) != Magic {
		return Header{}, fmt.Errorf("not a NumPy file: it begins with % x, expected % x", start[:n], Magic)
	}
	length := make([]byte, 2)
	if start[len(Magic)] > 1 {
		length = make([]byte, 4)
	}
	if n, err = readFull(r, length); err != nil {
		return Header{}, err
	}
	size := binary.LittleEndian.Uint32(append(length[:n:n], 0, 0, 0, 0))
	if n < len(length) || size > mostHeader {
		return Header{}, fmt.Errorf("NumPy file: the header is cut off or has %d bytes, at most %d are expected", size, mostHeader)
	}
	head := make([]byte, size)
	if n, err = readFull(r, head); err != nil {
		return Header{}, err
	}
	g := pattern.FindStringSubmatch(string(head[:n]))
	if g == nil || n < len(head) {
		return Header{}, fmt.Errorf("NumPy file: header %s, expected that of an array of numbers", limits.Show(strings.TrimSpace(string(head[:n]))))
	}
	h := Header{Order: g[1][0], Kind: g[2][0], Fortran: g[4] == "True"}
	h.Width, _ = strconv.Atoi(g[3])
	for _, d := range strings.FieldsFunc(g[5], func(r rune) bool { return r == ',' || r == ' ' }) {
		size, _ := strconv.Atoi(d) // of at most 9 digits
		h.Shape = append(h.Shape, size)
	}
	return h, nil
}

// readFull fills p and returns how many bytes there were. The end of the file is no error.
func readFull(r io.Reader, p []byte) (int, error) {
	n, err := io.ReadFull(r, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}
