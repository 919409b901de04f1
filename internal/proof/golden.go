package proof

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/lut"
)

// ErrNoGolden is the error for a design whose golden model nobody names, and that is not built in.
var ErrNoGolden = fault.Usagef("there is no golden model: say what the design should be")

// GoldenError is an error about the name of the golden model.
type GoldenError struct {
	Name string // of the golden model, may be empty
	Err  error  // its status is that of the error
}

func (e *GoldenError) Error() string {
	return strings.TrimSuffix("golden model "+e.Name, " ") + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *GoldenError) Unwrap() error { return e.Err }

// SameError is the error for a golden model that is the design under test itself, or holds it.
type SameError struct {
	File  string
	Holds string // the module of the design that the golden one instantiates or includes; empty if it is the same
}

func (e *SameError) Error() string {
	is := "is the design itself"
	if e.Holds != "" {
		is = "holds the design itself (" + e.Holds + ")"
	}
	return fmt.Sprintf("the golden design %s %s: a comparison with it proves nothing", e.File, is)
}

// holds says whether a golden design has the design under test in it: its top module, from a file of the same content.
func holds(golden *cosim.RTL, d *Design) bool {
	if d.RTL == nil || !slices.Contains(golden.Design.Modules, d.RTL.Design.Top) {
		return false
	}
	file := filepath.Base(d.RTL.Design.File)
	return slices.ContainsFunc(d.RTL.Sources(), func(s lut.Source) bool {
		return filepath.Base(s.Path) == file &&
			slices.ContainsFunc(golden.Sources(), func(g lut.Source) bool { return g.SHA256 == s.SHA256 })
	})
}

// GoldenTable returns the golden table of a design: the one that a reference stands for, or that
// of a built-in design itself if the reference's kind is Unknown.
func (o *Options) GoldenTable(ctx context.Context, ref multiplier.Ref, d *Design) (
	t *lut.Table, what string, err error) {
	format, err := d.Format()
	if err != nil {
		return nil, "", err
	}
	switch ref.Kind {
	case multiplier.Unknown:
		if d.Golden == nil {
			return nil, "", ErrNoGolden
		}
		return d.Golden.Table(), "golden model " + d.Golden.Name, nil
	case multiplier.Table:
		t, err := ref.Table()
		return t, "table " + ref.Text, err
	case multiplier.CFunc:
		return o.modelTable(ctx, ref, d, format)
	case multiplier.RTL:
		other, err := o.openGolden(ctx, ref, d)
		if err != nil {
			return nil, "", err
		}
		t, err := o.goldenRTLTable(ctx, other)
		return t, other.Describe(), err
	}
	if ref.Kind == multiplier.Design && d.Coded() {
		return d.codedTable(ctx, ref, format)
	}
	part := format.Part != lut.Part{}
	if ref.Name == ExactDesign && (format.A != format.B || format.Kind.Mixed() || part) {
		t, err := exactTable(format)
		return t, exactWhat(format), err
	}
	whole := format
	if part {
		whole = format.Whole()
	}
	if format.Kind.Mixed() {
		return nil, "", &GoldenError{ref.Name, fault.Usagef("of %v, operands of mixed signs, the only built-in is %s; "+
			"name a function in C, RTL or a table instead", format, ExactDesign)}
	}
	m, err := golden.Lookup(ref.In(FormatName(whole)))
	if err != nil {
		return nil, "", &GoldenError{Err: fault.Usagef("%w", err)}
	}
	if part && m.Format == whole {
		t, err := cut(m.Table(), format)
		return t, "golden model " + m.Name + ": " + format.PartText(), err
	}
	return m.Table(), "golden model " + m.Name, nil
}

// goldenRow returns what the golden model of a reference says of all pairs of floats; nil where the
// rules of the table's format do.
func (o *Options) goldenRow(ref multiplier.Ref, d *Design) (row func(a uint32, products []uint32), err error) {
	switch ref.Kind {
	case multiplier.Unknown:
		if d.Golden != nil {
			row = d.Golden.Row
		}
	case multiplier.Builtin, multiplier.Design:
		format, err := d.Shape().Format()
		if err != nil {
			return nil, err
		}
		m, err := golden.Lookup(ref.In(FormatName(format)))
		if err != nil {
			return nil, &GoldenError{Err: fault.Usagef("%w", err)}
		}
		row = m.Row
	}
	return row, nil
}

// ExactDesign is the design that is there in formats of unequal operands, of mixed signs and of parts of products too.
const ExactDesign = "exact"
