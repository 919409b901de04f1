package proof

import (
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// cut returns the table of a multiplier whose port has a part of the product: the bits of f of the products of t, which
// has whole ones.
func cut(t *lut.Table, f lut.Format) (*lut.Table, error) {
	out, err := lut.New(t.Name, f)
	if err != nil {
		return nil, err
	}
	out.Sources = t.Sources
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			out.Set(a, b, f.ExactBits(t.Int(a, b)))
		}
	}
	return out, nil
}

// cutRow is cut for integers that no table holds.
func cutRow(f lut.Format, row func(a uint32, products []uint32)) func(a uint32, products []uint32) {
	whole := f.Whole()
	return func(a uint32, products []uint32) {
		row(a, products)
		for b, p := range products {
			products[b] = f.ExactBits(whole.NumberP(p))
		}
	}
}

// exactRow returns the exact products, or the part of them that a port has.
func exactRow(f lut.Format) func(a uint32, products []uint32) {
	return func(a uint32, products []uint32) {
		x := f.NumberA(a)
		for b := range products {
			products[b] = f.ExactBits(x * f.NumberB(uint32(b)))
		}
	}
}

// exactReference is the reference of exact products.
func exactReference(f lut.Format) lutgen.Reference {
	if f.Part == (lut.Part{}) {
		return lutgen.Reference{}
	}
	return lutgen.Reference{Row: exactRow(f)}
}

// exactWhat names the exact golden model.
func exactWhat(f lut.Format) string {
	if what := f.PartText(); what != "" {
		return "exact products: " + what
	}
	return "exact products"
}

// exactTable is the golden table of integers in formats that no built-in has: operands that differ in width or of mixed
// signs, and parts of products.
func exactTable(f lut.Format) (*lut.Table, error) {
	if f.Part == (lut.Part{}) && f.P < f.A+f.B {
		return nil, &GoldenError{ExactDesign,
			fault.Usagef("the product port has %d bits, the exact product has %d", f.P, f.A+f.B)}
	}
	t, err := lut.New("exact", f)
	if err != nil {
		return nil, err
	}
	row := make([]uint32, f.Cols())
	for a := range uint32(f.Rows()) {
		exactRow(f)(a, row)
		for b, p := range row {
			t.Set(a, uint32(b), p)
		}
	}
	return t, nil
}
