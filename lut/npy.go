package lut

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/approxtrain/approxtrain/internal/npy"
)

// WriteNPY writes a NumPy array of shape (Rows, Cols) in C order: uint8, uint16
// or uint32 by the entry width, and for signed products int8, int16 or int32 of the
// product's value.
func WriteNPY(w io.Writer, t *Table) error {
	f := t.Format
	h := npy.Header{Order: '<', Kind: 'u', Width: f.EntryBits() / 8, Shape: []int{f.Rows(), f.Cols()}}
	if f.Kind.SignedProduct() {
		h.Kind = 'i'
	}
	if h.Width == 1 {
		h.Order = '|'
	}
	p := h.Append(nil)
	for a := range uint32(f.Rows()) {
		for _, v := range t.Row(a, nil) {
			x := f.NumberP(v)
			p = append(p, []byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)}[:h.Width]...)
		}
		if _, err := w.Write(p); err != nil {
			return err
		}
		p = p[:0]
	}
	return nil
}

// ReadNPY reads a NumPy array of shape (Rows, Cols): integers of any width and
// byte order, in C or Fortran order, whose values fit the format.
func ReadNPY(r io.Reader, f Format, name string) (*Table, error) {
	im, err := newImporter(f, name)
	if err != nil {
		return nil, err
	}
	h, err := npy.ReadHeader(r)
	if err != nil {
		return nil, err
	}
	integers := (h.Kind == 'u' || h.Kind == 'i') && slices.Contains([]int{1, 2, 4, 8}, h.Width)
	switch {
	case !integers || len(h.Shape) != 2:
		return nil, fmt.Errorf("NumPy array of type %s and shape %s, expected a two-dimensional array of integers", h.Type(), h.ShapeText())
	case h.Shape[0] != f.Rows() || h.Shape[1] != f.Cols():
		return nil, fmt.Errorf("NumPy array has shape %s, expected (%d, %d) for format %v", h.ShapeText(), f.Rows(), f.Cols(), f)
	}
	width := h.Width
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
			if !h.BigEndian() {
				j = width - 1 - j
			}
			v = v<<8 | uint64(word[j])
		}
		value := int64(min(v, math.MaxInt64))
		if h.Kind == 'i' {
			value = int64(v<<(64-8*width)) >> (64 - 8*width)
		}
		a, b := i>>f.B, i&(1<<f.B-1)
		if h.Fortran {
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
