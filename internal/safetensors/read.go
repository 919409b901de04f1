package safetensors

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/floats"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/nn"
)

// ReadFile reads a file. Errors name it and have the exit status of wrong input.
func ReadFile(path string) (File, error) {
	f, err := limits.Open(path)
	if err != nil {
		return File{}, fault.Usagef("%w", err)
	}
	defer f.Close()
	out, err := Read(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return File{}, fault.Usagef("%s: %w", path, err)
	}
	return out, nil
}

// Read reads r to its end. It is strict: headers that are too long, that name a
// tensor twice or have more than a tensor needs, other types than F32, offsets that
// overlap, leave something out, or do not fit shape and file, all are errors that say
// where. Memory grows with what is there, not with what the header claims.
func Read(r io.Reader) (File, error) {
	var size [8]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return File{}, errors.New("no safetensors file: it ends before the length of the header")
	}
	n := binary.LittleEndian.Uint64(size[:])
	if n > maxHeader {
		return File{}, fmt.Errorf("no safetensors file: the header would have %d bytes, expected at most %d", n, maxHeader)
	}
	var head bytes.Buffer
	if got, err := io.CopyN(&head, r, int64(n)); err == io.EOF {
		return File{}, fmt.Errorf("the file ends after %d of %d bytes of the header: it is not complete", got, n)
	} else if err != nil {
		return File{}, err
	}
	var out File
	entries, err := out.readHeader(head.Bytes())
	if err != nil {
		return File{}, fmt.Errorf("header: %w", err)
	}
	for _, e := range entries {
		t := nn.Tensor{Name: e.name, Shape: e.Shape}
		if t.Values, err = floats.Read(r, int(e.Offsets[1]-e.Offsets[0])/4); err == io.ErrUnexpectedEOF {
			return File{}, fmt.Errorf("the file ends within tensor %s: it is not complete", e.name)
		} else if err != nil {
			return File{}, err
		}
		out.Tensors = append(out.Tensors, t)
	}
	if more, err := io.CopyN(io.Discard, r, 1); more > 0 {
		return File{}, errors.New("there is more after the last tensor")
	} else if err != io.EOF {
		return File{}, err
	}
	return out, nil
}

type named struct {
	name string
	entry
}

// readHeader reads the metadata and returns the tensors in the order of their data.
func (f *File) readHeader(text []byte) ([]named, error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, errors.New("it does not begin with {")
	}
	if err := limits.CheckJSON(text, mostValues); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var entries []named
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		if name == "" || seen[name] {
			return nil, fmt.Errorf("tensor %s: no name, or that of another", limits.Quote(name))
		}
		if err := limits.Name("tensor", name); err != nil {
			return nil, err
		}
		seen[name] = true
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		if name == metadataKey {
			if err := limits.Unmarshal(raw, mostValues, &f.Metadata); err != nil {
				return nil, fmt.Errorf("%s: %w", metadataKey, err)
			}
			continue
		}
		if len(entries) == mostTensors {
			return nil, fmt.Errorf("more than %d tensors", mostTensors)
		}
		e := named{name: name}
		if err := e.read(raw); err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		entries = append(entries, e)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if rest := bytes.TrimRight(text[d.InputOffset():], " "); len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes after its end", len(rest))
	}
	slices.SortStableFunc(entries, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.Offsets[0], b.Offsets[0]), cmp.Compare(a.Offsets[1], b.Offsets[1]))
	})
	if n := len(entries); n > 0 && entries[n-1].Offsets[1] > mostData {
		return nil, fmt.Errorf("tensors of %d bytes together, expected at most %s", entries[n-1].Offsets[1], limits.Size(mostData))
	}
	return entries, contiguous(entries)
}

// contiguous says whether each tensor begins where the one before ends.
func contiguous(entries []named) error {
	end, before := int64(0), "the header"
	for _, e := range entries {
		if e.Offsets[0] != end {
			return fmt.Errorf("tensor %s lies at %d, expected %d, where %s ends", e.name, e.Offsets[0], end, before)
		}
		end, before = e.Offsets[1], "tensor "+e.name
	}
	return nil
}

// read reads a tensor that the header describes.
func (e *entry) read(raw json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var offsets []int64 // an array would take any number of them
	if err := d.Decode(&struct {
		Type    *string  `json:"dtype"`
		Shape   *[]int   `json:"shape"`
		Offsets *[]int64 `json:"data_offsets"`
	}{&e.Type, &e.Shape, &offsets}); err != nil {
		return err
	}
	// json takes null for a zero, the last of several equal keys, and keys in capitals.
	if bytes.Contains(raw, []byte("null")) {
		return fmt.Errorf("%s: expected no null", limits.Show(string(raw)))
	}
	for key, there := range map[string]bool{`"dtype"`: e.Type != "", `"shape"`: e.Shape != nil, `"data_offsets"`: offsets != nil} {
		if n := bytes.Count(raw, []byte(key)); n > 1 || n == 0 && there {
			return fmt.Errorf("%s: expected the key %s once", limits.Show(string(raw)), key)
		}
	}
	if len(e.Shape) > mostDims {
		return fmt.Errorf("a shape of %d sizes, expected at most %d", len(e.Shape), mostDims)
	}
	n, ok := elements(e.Shape)
	switch {
	case e.Type != float:
		return fmt.Errorf("dtype %s, expected %s: convert the file first", limits.Quote(e.Type), float)
	case e.Shape == nil || !ok:
		return fmt.Errorf("shape %v, expected sizes of 0 or more", e.Shape)
	case len(offsets) != 2 || offsets[0] < 0 || offsets[1]-offsets[0] != 4*n:
		return fmt.Errorf("data_offsets %v, expected %d bytes for shape %v", offsets[:min(len(offsets), 4)], 4*n, e.Shape)
	}
	e.Offsets = [2]int64(offsets)
	return nil
}
