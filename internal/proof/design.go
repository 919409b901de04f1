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

	Codes   lut.Codings // what unsigned operands and products are codes of; the zero value: they are numbers
	Reading string      // how the format was found among several, if it was
	Sandbox string      // what it runs in, unless it came with this program
}

// newDesign is RTL in its simulators.
func newDesign(w *witness.Design, name string) *Design {
	return &Design{Opener: w, RTL: w.RTL, Witnesses: w, Name: name}
}

// Board is a board as a design.
func Board(b cosim.Opener) *Design {
	return &Design{Opener: b, Name: tableName("board", b.Shape())}
}

// Coded reports whether operands and products are codes.
func (d *Design) Coded() bool { return d.Codes != lut.Codings{} }

// Format returns the format of the design's table.
func (d *Design) Format() (lut.Format, error) {
	if d.Coded() {
		f := lut.CodedFormat(d.Codes)
		return f, f.Validate()
	}
	return d.Shape().Format()
}

// Describe says what was inferred, and what codes stand for.
func (d *Design) Describe() string {
	if d.Coded() {
		return d.Opener.Describe() + ", codes of " + d.Codes.String()
	}
	return d.Opener.Describe()
}

// Sweep returns the options of a sweep with every simulator there is, on so many processes, 0 for one per core.
func (d *Design) Sweep(jobs int) lutgen.Options {
	opts := lutgen.Options{Jobs: jobs}
	if d.Witnesses != nil {
		opts = d.Witnesses.Sweep(jobs)
	}
	opts.Codes = d.Codes
	return opts
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
	if e := lutgen.Extension(d.Shape(), t.Format); e != "" {
		s += "\n" + e
	}
	return s + "\na function of its operands: " + t.Function + "; " + d.Witnesses.FourState()
}

// readByOne says, for the header of a table, that one tool alone reads the source: what a simulator then is compared
// with was made by the same tool. A reason with a path is left out: a table has none.
func (d *Design) readByOne() string {
	if d.Witnesses == nil || d.Witnesses.Alone == "" {
		return ""
	}
	return onlyOne(d.RTL.OneReader(d.Witnesses.Netlist != nil))
}

// onlyOne is readByOne for a reason, which may be empty.
func onlyOne(why string) string {
	if why == "" || strings.Contains(why, "/") {
		return "; only one tool reads the source"
	}
	return "; only one tool reads the source, because " + why
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
	f, err := s.Format()
	if err != nil {
		return designName(design)
	}
	return named(design, f)
}

// named is tableName for a format.
func named(design string, f lut.Format) string {
	suffix := "_" + FormatName(f)
	if designName(design) == suffix[1:] {
		return suffix[1:]
	}
	return strings.TrimSuffix(designName(design), suffix) + suffix
}

// designName returns a design's name as one of a table: it begins with a letter or a digit. _mul, and \mul[8] of a
// synthesis tool, are names of modules.
func designName(design string) string {
	if name := strings.Trim(unfit.ReplaceAllString(design, "-"), "-_.+"); name != "" {
		return name
	}
	return "design"
}

// FormatName returns a format's name without the width of its product, as the
// names of multipliers have it; that of a part of the product has its width.
func FormatName(f lut.Format) string {
	switch {
	case f.Kind == lut.Mantissa:
		f.P = f.A
	case f.Kind == lut.Coded:
	case f.Part == lut.Part{}:
		f.P = f.A + f.B
	}
	return f.String()
}
