package gradient

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/approxtrain/approxtrain/internal/npy"
)

// shape returns the shape of the array of the slopes; see ReadFile.
func (g *Gradient) shape() []int {
	rows, cols := g.Format.Rows(), g.Format.Cols()
	switch {
	case !g.OneD:
		return []int{2, rows, cols}
	case rows == cols:
		return []int{2, cols}
	}
	return []int{cols + rows}
}

// writeNPY writes an array of binary32, little endian, in C order.
func writeNPY(w io.Writer, g *Gradient) error {
	p := npy.Header{Order: '<', Kind: 'f', Width: 4, Shape: g.shape()}.Append(nil)
	for _, side := range [][]float32{g.A, g.B} {
		for _, v := range side {
			p = binary.LittleEndian.AppendUint32(p, math.Float32bits(v))
		}
	}
	_, err := w.Write(p)
	return err
}

// readNPY reads an array into g.
func readNPY(r io.Reader, g *Gradient) error {
	h, err := npy.ReadHeader(r)
	if err != nil {
		return err
	}
	if h.Kind != 'f' || h.Width != 4 && h.Width != 8 {
		return fmt.Errorf("NumPy array of type %s, expected binary32 or binary64: <f4, <f8", h.Type())
	}
	two := npy.Header{Shape: g.shape()}
	g.OneD = true
	one := npy.Header{Shape: g.shape()}
	switch {
	case slices.Equal(h.Shape, two.Shape):
		g.alloc(false)
	case slices.Equal(h.Shape, one.Shape):
		g.alloc(true)
	default:
		return fmt.Errorf("NumPy array of shape %s, expected %s for slopes by both operands, or %s by one", h.ShapeText(), two.ShapeText(), one.ShapeText())
	}
	total := len(g.A) + len(g.B)
	data, err := io.ReadAll(io.LimitReader(r, int64(total*h.Width)+1))
	if err != nil {
		return err
	}
	switch want := total * h.Width; {
	case len(data) > want:
		return fmt.Errorf("NumPy array has more than %d bytes of elements, expected %[1]d", want)
	case len(data) < want:
		return fmt.Errorf("NumPy array has %d bytes of elements, expected %d", len(data), want)
	}
	for i := range total {
		v, err := binary32(number(data[i*h.Width:(i+1)*h.Width], h.BigEndian()))
		at := i
		if h.Fortran {
			at = rowMajor(i, h.Shape)
		}
		if err != nil {
			return fmt.Errorf("NumPy array: element %v: %w", indices(at, h.Shape), err)
		}
		if at < len(g.A) {
			g.A[at] = v
		} else {
			g.B[at-len(g.A)] = v
		}
	}
	return nil
}

// number reads a number of 4 or 8 bytes.
func number(p []byte, bigEndian bool) float64 {
	var order binary.ByteOrder = binary.LittleEndian
	if bigEndian {
		order = binary.BigEndian
	}
	if len(p) == 4 {
		return float64(math.Float32frombits(order.Uint32(p)))
	}
	return math.Float64frombits(order.Uint64(p))
}

// rowMajor returns the place in C order of the element at a place in Fortran order.
func rowMajor(place int, shape []int) (at int) {
	stride := 1
	for _, n := range shape {
		stride *= n
	}
	for _, n := range shape {
		stride /= n
		at += place % n * stride
		place /= n
	}
	return at
}

// indices returns the indices of the element at a place in C order.
func indices(at int, shape []int) []int {
	list := make([]int, len(shape))
	for i := len(shape) - 1; i >= 0; i-- {
		list[i] = at % shape[i]
		at /= shape[i]
	}
	return list
}
