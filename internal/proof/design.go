// Package proof opens a design under test and its golden model, and proves that one equals the other.
//
// A design is a built-in multiplier, Verilog, a function in C or a board. Package witness simulates
// Verilog, package lutgen compares; this package decides what is compared with what. It knows no
// flags and prints nothing. Start reading at [Design] and [Options.Check].
package proof

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Design is a design, ready to start, and what is known of it.
type Design struct {
	cosim.Opener
	Name string // for the table

	RTL       *cosim.RTL         // nil for a function in C or a board
	Witnesses *witness.Design    // of RTL: its simulators
	Golden    *golden.Multiplier // the model of a built-in design
	Wide      *golden.Integer    // of one that no table holds

	Reading string // how the format was found among several, if it was
	Sandbox string // what it runs in, unless it came with this program
}

// newDesign is RTL in its simulators.
func newDesign(w *witness.Design, name string) *Design {
	return &Design{Opener: w, RTL: w.RTL, Witnesses: w, Name: name}
}

// Board is a board as a design.
func Board(b cosim.Opener) *Design {
	return &Design{Opener: b, Name: tableName("board", b.Shape())}
}

// Sweep returns the options of a sweep with every simulator there is, on so many processes, 0 for one per core.
func (d *Design) Sweep(jobs int) lutgen.Options {
	if d.Witnesses == nil {
		return lutgen.Options{Jobs: jobs}
	}
	return d.Witnesses.Sweep(jobs)
}

// Agreement is the line that says which simulators agree on a table of the design; empty for a board or a
// model in C.
func (d *Design) Agreement(t *lut.Table) string {
	if d.Witnesses == nil {
		return ""
	}
	s := lutgen.AgreementOf(t.Witnesses).String()
	if d.Witnesses.Alone != "" {
		s += "; only one tool reads the source, because " + d.Witnesses.Alone
	}
	if d.Witnesses.NoNetlist != "" {
		s += "; no netlist: " + d.Witnesses.NoNetlist
	}
	return s + "\na function of its operands: " + t.Function + "; " + d.Witnesses.FourState()
}

// Notes returns the warnings of the tools that bear on the product.
func (d *Design) Notes() []string {
	if d.Witnesses == nil {
		return nil
	}
	return d.Witnesses.Notes
}

// unfit matches what cannot be part of a table's name.
var unfit = regexp.MustCompile(`[^A-Za-z0-9._+-]+`)

// NameOf returns the name of a table for a file: the file's own, without folder and extension.
func NameOf(path string) string {
	return unfit.ReplaceAllString(stem(path), "-")
}

func stem(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// tableName returns <design>_<format>, unless the design is called so already.
func tableName(design string, s cosim.Shape) string {
	// A name begins with a letter or a digit: _mul, and \mul[8] of a synthesis tool, are names of modules.
	if name := strings.Trim(unfit.ReplaceAllString(design, "-"), "-_.+"); name != "" {
		design = name
	} else {
		design = "design"
	}
	f, err := s.Format()
	if err != nil {
		return design
	}
	suffix := "_" + FormatName(f)
	return strings.TrimSuffix(design, suffix) + suffix
}

// FormatName returns a format's name without the width of its product, as the
// names of multipliers have it.
func FormatName(f lut.Format) string {
	if f.Kind == lut.Mantissa {
		f.P = f.A
	} else {
		f.P = f.A + f.B
	}
	return f.String()
}
