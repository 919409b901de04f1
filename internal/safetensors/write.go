package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/floats"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/nn"
)

// The form is described in doc.go.
const (
	maxHeader   = 16 << 20
	mostData    = 16 * limits.GiB
	mostTensors = 100_000
	mostDims    = 8 // of a tensor
	mostValues  = 2_000_000
	metadataKey = "__metadata__"
	float       = "F32"
)

// File is the content of a file.
type File struct {
	Metadata map[string]string
	Tensors  []nn.Tensor // in the order of their data
}

type entry struct {
	Type    string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// Write writes a file. It fails, before writing anything, if a tensor has no name or
// that of another, or its shape is not that of its values.
func Write(w io.Writer, f File) error {
	var head bytes.Buffer
	head.Write(make([]byte, 8))
	add := func(key string, value any) error {
		for _, v := range []any{key, value} {
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			head.Write(text)
			head.WriteByte(':')
		}
		head.Bytes()[head.Len()-1] = ','
		return nil
	}
	head.WriteByte('{')
	if len(f.Metadata) > 0 {
		if err := add(metadataKey, f.Metadata); err != nil {
			return err
		}
	}
	from := int64(0)
	names := map[string]bool{"": true, metadataKey: true}
	for _, t := range f.Tensors {
		n, ok := elements(t.Shape)
		switch {
		case len(f.Tensors) > mostTensors || len(t.Shape) > mostDims:
			return fmt.Errorf("%d tensors, of which %q has %d dimensions: expected at most %d and %d", len(f.Tensors), t.Name, len(t.Shape), mostTensors, mostDims)
		case names[t.Name]:
			return fmt.Errorf("tensor %q: no name, or that of another", t.Name)
		case !ok || n != int64(len(t.Values)):
			return fmt.Errorf("tensor %s of shape %v has %d values", t.Name, t.Shape, len(t.Values))
		}
		names[t.Name] = true
		if err := add(t.Name, entry{float, append([]int{}, t.Shape...), [2]int64{from, from + 4*n}}); err != nil {
			return err
		}
		from += 4 * n
	}
	if head.Len() > 9 {
		head.Truncate(head.Len() - 1) // the last comma
	}
	head.WriteByte('}')
	for head.Len()%8 != 0 {
		head.WriteByte(' ')
	}
	if head.Len()-8 > maxHeader {
		return fmt.Errorf("a header of %d bytes, at most %d fit: fewer tensors or shorter names", head.Len()-8, maxHeader)
	}
	binary.LittleEndian.PutUint64(head.Bytes(), uint64(head.Len()-8))
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	for _, t := range f.Tensors {
		if err := floats.Write(w, t.Values); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile writes a file that is complete or absent; on an error a previous one
// stays.
func WriteFile(path string, f File) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, f) })
}

// elements returns the number of elements of a shape, false where that is none or
// none that fits.
func elements(shape []int) (int64, bool) {
	const most = 1 << 40
	if slices.ContainsFunc(shape, func(s int) bool { return s < 0 }) {
		return 0, false
	}
	if slices.Contains(shape, 0) {
		return 0, true
	}
	n := int64(1)
	for _, s := range shape {
		if int64(s) > most/n {
			return 0, false
		}
		n *= int64(s)
	}
	return n, true
}
