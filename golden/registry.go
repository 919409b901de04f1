package golden

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/approxtrain/approxtrain/internal/suggest"
	"github.com/approxtrain/approxtrain/lut"
)

// Multiplier is one built-in multiplier in one number format.
type Multiplier struct {
	Name   string     // <design>_<format>, as Lookup takes it
	Format lut.Format // operands and product of the table
	// Entry returns the table entry for two operand bit patterns, a < Rows()
	// and b < Cols() of the format. It is safe for concurrent use.
	Entry func(a, b uint32) uint32
	// Product returns the code of the product of two operands' codes, of a float that does not follow AMSim; nil
	// for others. A zero product is +0, and there is one NaN. The product of an exact design is rounded once.
	Product func(a, b uint32) uint32
	// Row writes the products of a and 0, 1, 2, …, as Product has them. Both are safe for concurrent use.
	Row func(a uint32, products []uint32)
	RTL RTL // the Verilog that claims to be this multiplier; without a File there is none
}

// Lookup returns the multiplier of a name <design>_<format>: any design with any
// numbers its operand width allows, such as mitchell_e8m7, exact-full_e8m7 (its
// product keeps 15 fraction bits), exact-rne_e5m10-ieee, drum6_u8, bamh2v6_s8; and exact of codings, exact_posit8es1
// or exact_fp4e2m1-fp4e2m1-bf16, which has no RTL. The error for any other
// name says what is out of range, or which names come closest.
func Lookup(name string) (Multiplier, error) {
	title, format, found := strings.Cut(name, "_")
	d, v := findDesign(title)
	if !found || d == nil {
		return Multiplier{}, fmt.Errorf("multiplier %.64q is not built in; %s", name, nearestNames(name))
	}
	f, err := lut.ParseFormat(format)
	if w, e := LookupWide(name); e == nil {
		return Multiplier{}, fmt.Errorf("multiplier %q: a table holds 1 to %d mantissa bits; with %d, it is for training only", name,
			lut.MaxMantissa, w.Mantissa)
	}
	if err != nil {
		return Multiplier{}, fmt.Errorf("multiplier %.64q: %w; %s", name, err, nearestNames(name))
	}
	if f.Kind == lut.Coded {
		if d.name != exactName {
			return Multiplier{}, fmt.Errorf("multiplier %.64q: of codes, only %s_%s is built in", name, exactName, format)
		}
		return Coded(f)
	}
	if !isPlain(f) || f.String() != format {
		return Multiplier{}, fmt.Errorf("multiplier %.64q: built-in multipliers come in eXmY, uN and sN, not %s; %s",
			name, format, nearestNames(name))
	}
	if f, err = d.format(f, v); err != nil {
		return Multiplier{}, fmt.Errorf("multiplier %q: %w; %s", name, err, nearestNames(name))
	}
	model := d.model(f, v)
	r := Multiplier{Name: name, Format: f, RTL: d.rtl(f, v)}
	r.Entry = func(a, b uint32) uint32 { return uint32(model(uint64(a), uint64(b))) }
	r.Product, r.Row = d.product(f, r.Entry)
	return r, nil
}

func findDesign(title string) (*design, []int) {
	for i := range designs {
		if v, ok := designs[i].parse(title); ok {
			return &designs[i], v
		}
	}
	return nil, nil
}

// IsDesign reports whether a name is that of a built-in design with its numbers, without a number
// format: mitchell, drum6, bamh2v6.
func IsDesign(title string) bool {
	d, _ := findDesign(title)
	return d != nil
}

// IsName reports whether a name is that of a built-in multiplier: one that Lookup, LookupWide or
// LookupInteger knows. Unlike those, it takes no time to look for similar names.
func IsName(name string) bool {
	title, format, _ := strings.Cut(name, "_")
	f, _ := lut.ParseFormat(format) // it is read though no table may hold it
	if f.Kind == lut.Coded {
		_, err := Lookup(name)
		return err == nil
	}
	if f.String() != format || !isPlain(f) {
		return false
	}
	d, v := findDesign(title)
	switch {
	case d == nil:
		return false
	case f.Validate() == nil:
		_, err := d.format(f, v)
		return err == nil
	case f.Kind == lut.Mantissa:
		return d.wide && f.Float == (lut.Float{}) && f.A > lut.MaxMantissa && f.A <= MaxWide
	default:
		return f.A > lut.MaxInteger && f.A <= MaxInteger && d.admits(f, v) == nil
	}
}

// isPlain says whether names are written with a format: the width of its product follows from the operands'.
func isPlain(f lut.Format) bool {
	float := f.Float
	f.Float = lut.Float{}
	return slices.Contains(plainFormats(f.A), f) && (f.Kind == lut.Mantissa || float == lut.Float{})
}

// plainFormats lists the formats that names are written with, of operand width n and of 8 exponent bits.
func plainFormats(n int) []lut.Format {
	return []lut.Format{lut.FloatFormat(n, n), lut.UintFormat(n, n), lut.SintFormat(n, n)}
}

// Names lists the built-in multipliers in every format, those whose design takes
// numbers with one usual choice of them (drum6, realm8, …). Lookup knows more.
func Names() []string { return slices.Clone(names()) }

var names = sync.OnceValue(func() []string {
	var list []string
	for _, d := range designs {
		for n := 1; n <= max(lut.MaxMantissa, lut.MaxInteger); n++ {
			for _, f := range plainFormats(n) {
				if f.Validate() != nil {
					continue
				}
				if _, err := d.format(f, d.example); err == nil {
					list = append(list, d.title(d.example)+"_"+f.String())
				}
			}
		}
	}
	return list
})

// nearestNames names the three known names nearest in edit distance.
func nearestNames(name string) string { return nearest(name, names()) }

func nearest(name string, known []string) string {
	if len(name) > 64 {
		return "known names look like mitchell_e8m7 or drum6_u8"
	}
	return "nearest names: " + strings.Join(suggest.Sorted(name, known)[:3], ", ")
}
