package multiplier

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// Table returns the table of a built-in multiplier, or of a file. It is an error of status
// fault.Usage if the file is damaged, if no table can hold a built-in multiplier of so many bits,
// or if the multiplier is of a kind that has no table.
func (r Ref) Table() (*lut.Table, error) {
	switch r.Kind {
	case Builtin:
		m, err := golden.Lookup(r.Name)
		if err != nil {
			return nil, fault.Usagef("%w", err)
		}
		return m.Table(), nil
	case Table:
		t, err := lut.ReadFile(r.Path)
		if err != nil {
			return nil, fault.Usagef("%w", err)
		}
		return t, nil
	}
	return nil, fault.Usagef("%w", &KindError{r, Tabled})
}

// Load returns what a network computes its products with: a table or a functional model, and
// neither for fp32. Functional models are those of C functions, and of built-in multipliers of 12
// to 23 mantissa bits. Load reads files, and compiles nothing. Its errors have the status
// fault.Usage.
func (r Ref) Load() (*lut.Table, *device.Model, error) {
	switch {
	case r.Kind == Native:
		return nil, nil, nil
	case r.Kind == CFunc:
		m, err := cmodel.Read(r.Text)
		if err != nil {
			return nil, nil, err
		}
		return nil, &m, nil
	case r.Kind == Builtin && golden.IsWide(r.Name):
		w, err := golden.LookupWide(r.Name)
		if err != nil {
			return nil, nil, fault.Usagef("%w", err)
		}
		m, err := cmodel.Builtin(r.Name, w.Design, w.Mantissa)
		return nil, &m, err
	case r.Kind == Builtin || r.Kind == Table:
		t, err := r.Table()
		return t, nil, err
	}
	return nil, nil, fault.Usagef("%w", &KindError{r, Trained})
}

// In returns the name of a built-in multiplier in a number format, as names have it: that of a
// Design in the format e8m7, u8 or s8, and that of a Builtin as it is.
func (r Ref) In(format string) string {
	if r.Kind == Design {
		return r.Name + "_" + format
	}
	return r.Name
}

// ReadTable returns the table that a name stands for: a built-in multiplier, or a .lut file.
func ReadTable(name string) (*lut.Table, error) {
	ref, err := Parse(name, Tabled...)
	if err != nil {
		return nil, err
	}
	return ref.Table()
}

// IsForeign reports whether a file is a table in another form, by its extension: one of those
// forms, or an extension that says nothing, so the user has to name the form.
func IsForeign(path string) bool {
	ext := filepath.Ext(path)
	if slices.ContainsFunc(lut.Encodings, func(e lut.Encoding) bool { return strings.EqualFold(e.Ext, ext) }) {
		return true
	}
	r, _ := Parse(path)
	return r.Kind == Unknown && ext != ""
}
