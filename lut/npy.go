package lut

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// The NumPy format is read and written here: the library that the tests compare
// with (sbinet/npyio) cannot write two-dimensional integers, takes a truncated
// file for a complete one, and panics on some damaged headers.
const npyMagic = "\x93NUMPY"

// WriteNPY writes a NumPy array of shape (Rows, Cols) in C order: uint8, uint16
// or uint32 by the entry width, and for signed products int8, int16 or int32 of the
// product's value.
func WriteNPY(w io.Writer, t *Table) error {
	f := t.Format
	kind, order, width := "u", "<", f.EntryBits()/8
	if f.Kind.SignedProduct() {
		kind = "i"
	}
	if width == 1 {
		order = "|"
	}
	head := fmt.Sprintf("{'descr': '%s%s%d', 'fortran_order': False, 'shape': (%d, %d), }", order, kind, width, f.Rows(), f.Cols())
	const fixed = len(npyMagic) + 4
	head += strings.Repeat(" ", 63-(fixed+len(head))%64) + "\n" // data begins at a multiple of 64
	p := append([]byte(npyMagic), 1, 0)
	p = binary.LittleEndian.AppendUint16(p, uint16(len(head)))
	p = append(p, head...)
	for a := range uint32(f.Rows()) {
		for _, v := range t.Row(a, nil) {
			x := f.NumberP(v)
			p = append(p, []byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)}[:width]...)
		}
		if _, err := w.Write(p); err != nil {
			return err
		}
		p = p[:0]
	}
	return nil
}

var npyHeader = regexp.MustCompile(`^\{'descr': '([<>|=])([ui])([1248])', 'fortran_order': (True|False), 'shape': \((\d+), (\d+)\),? ?\}\s*$`)

// ReadNPY reads a NumPy array of shape (Rows, Cols): integers of any width and
// byte order, in C or Fortran order, whose values fit the format.
func ReadNPY(r io.Reader, f Format, name string) (*Table, error) {
	im, err := newImporter(f, name)
	if err != nil {
		return nil, err
	}
	g, err := readNPYHeader(r)
	if err != nil {
		return nil, err
	}
	if g[5] != strconv.Itoa(f.Rows()) || g[6] != strconv.Itoa(f.Cols()) {
		return nil, fmt.Errorf("NumPy array has shape (%s, %s), expected (%d, %d) for format %v", g[5], g[6], f.Rows(), f.Cols(), f)
	}
	width := int(g[3][0] - '0')
	data, err := readUpTo(nil, r, f.Pairs()*width+1)
	if err != nil {
		return nil, err
	}
	if want := f.Pairs() * width; len(data) != want {
		return nil, fmt.Errorf("NumPy array has %s bytes of data, expected %d", countUpTo(len(data), want), want)
	}
	for i := range f.Pairs() {
		word := data[i*width : (i+1)*width]
		var v uint64
		for j := range word { // from the most significant byte
			if g[1] != ">" {
				j = width - 1 - j
			}
			v = v<<8 | uint64(word[j])
		}
		value := int64(min(v, math.MaxInt64))
		if g[2] == "i" {
			value = int64(v<<(64-8*width)) >> (64 - 8*width)
		}
		a, b := i>>f.B, i&(1<<f.B-1)
		if g[4] == "True" {
			a, b = i&(1<<f.A-1), i>>f.A
		}
		e, ok := f.entry(value)
		if !ok {
			return nil, fmt.Errorf("NumPy array: element (%d, %d) is %d, out of the range of %d bits of format %v", a, b, value, f.ValueBits(), f)
		}
		if err := im.put(a<<f.B|b, uint64(e)); err != nil {
			return nil, err
		}
	}
	return im.table()
}

// readNPYHeader returns the groups of npyHeader.
func readNPYHeader(r io.Reader) ([]string, error) {
	p, err := readUpTo(nil, r, len(npyMagic)+2)
	if err != nil {
		return nil, err
	}
	if len(p) < len(npyMagic)+2 || string(p[:len(npyMagic)]) != npyMagic {
		return nil, fmt.Errorf("not a NumPy file: it begins with % x, expected % x", p, npyMagic)
	}
	lengthBytes := 2
	if p[6] > 1 {
		lengthBytes = 4
	}
	length, err := readUpTo(nil, r, lengthBytes)
	if err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(append(length, 0, 0, 0, 0))
	if len(length) < lengthBytes || n > 1<<16 {
		return nil, fmt.Errorf("NumPy file: the header is cut off or has %d bytes, at most %d are expected", n, 1<<16)
	}
	head, err := readUpTo(nil, r, int(n))
	if err != nil {
		return nil, err
	}
	g := npyHeader.FindStringSubmatch(string(head))
	if g == nil || len(head) < int(n) {
		return nil, fmt.Errorf("NumPy file: header %s, expected that of a two-dimensional array of integers", limits.Show(string(head)))
	}
	return g, nil
}
