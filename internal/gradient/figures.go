package gradient

import (
	"fmt"
	"math"

	"github.com/approxtrain/approxtrain/lut"
)

// Operand is one of the two operands of a product.
type Operand string

// The operands.
const (
	A Operand = "a"
	B Operand = "b"
)

// Other returns the other operand.
func (o Operand) Other() Operand {
	if o == A {
		return B
	}
	return A
}

// Range returns the least and the greatest value of an operand.
func (g *Gradient) Range(o Operand) (lo, hi int) {
	if o == A {
		return g.RangeA()
	}
	return g.RangeB()
}

// By returns the derivative by an operand, for two operand values.
func (g *Gradient) By(o Operand, a, b int) float32 {
	if o == A {
		return g.ByA(a, b)
	}
	return g.ByB(a, b)
}

// HalfOf returns the half window along an operand: that of g, or less if the operand is too narrow for it. It is 0 for
// kinds that do not smooth.
func (g *Gradient) HalfOf(o Operand) int {
	if !g.Kind.Smooths() {
		return 0
	}
	lo, hi := g.Range(o)
	h, _, _ := inside(hi-lo+1, g.Half)
	return h
}

// WholeRow returns how many values of an operand have the slope over the whole row: those at both ends. It is 0 for kinds
// that do not smooth.
func (g *Gradient) WholeRow(o Operand) int {
	if !g.Kind.Smooths() {
		return 0
	}
	lo, hi := g.Range(o)
	return min(hi-lo+1, 2*g.HalfOf(o)+2)
}

// Figures say what slopes by an operand are like, over all pairs of operands. Distances are those from the slope of the
// exact product, which is the other operand.
type Figures struct {
	Least        float64 `json:"least"` // the least slope
	Mean         float64 `json:"mean"`
	Most         float64 `json:"most"`
	MeanDistance float64 `json:"mean_distance"` // mean of the absolute distances
	RMSDistance  float64 `json:"rms_distance"`  // root of the mean squared distance
	MostDistance float64 `json:"most_distance"` // greatest absolute distance
	Zero         float64 `json:"zero"`          // share of the pairs whose slope is 0, of those whose exact slope is not
	Opposed      float64 `json:"opposed"`       // share of the pairs whose slope has the other sign, of the same
}

// Figures returns those of the slopes by an operand.
func (g *Gradient) Figures(o Operand) Figures {
	f := Figures{Least: math.Inf(1), Most: math.Inf(-1)}
	loA, hiA := g.RangeA()
	loB, hiB := g.RangeB()
	if g.OneD { // the same for each value of the operand
		if o == A {
			hiA = loA
		} else {
			hiB = loB
		}
	}
	var n, nonzero float64
	for a := loA; a <= hiA; a++ {
		for b := loB; b <= hiB; b++ {
			exact := float64(b)
			if o == B {
				exact = float64(a)
			}
			slope := float64(g.By(o, a, b))
			distance := math.Abs(slope - exact)
			f.Least, f.Most, f.MostDistance = min(f.Least, slope), max(f.Most, slope), max(f.MostDistance, distance)
			f.Mean += slope
			f.MeanDistance += distance
			f.RMSDistance += distance * distance
			n++
			if exact != 0 {
				nonzero++
				if slope == 0 {
					f.Zero++
				} else if (slope > 0) != (exact > 0) {
					f.Opposed++
				}
			}
		}
	}
	f.Mean /= n
	f.MeanDistance /= n
	f.RMSDistance = math.Sqrt(f.RMSDistance / n)
	f.Zero /= nonzero
	f.Opposed /= nonzero
	return f
}

// Row is the products along an operand, where the other one has a fixed value, and their slopes. Elements are those of
// the operand's values, ascending.
type Row struct {
	Fixed   int // the other operand
	Product []float64
	// Smooth is what the slopes are those of: the means of windows, NaN where a window leaves the range; the
	// least-squares line of Regression. It is nil for slopes of a file.
	Smooth []float64
	Slope  []float64
}

// Row returns the products of a table along an operand, and the slopes by it. The table must be of g.Format.
func (g *Gradient) Row(t *lut.Table, o Operand, fixed int) (Row, error) {
	lo, hi := g.Range(o.Other())
	if t.Format != g.Format || fixed < lo || fixed > hi {
		return Row{}, fmt.Errorf("row %s = %d of a table of format %v: expected %d to %d, of format %v", o.Other(), fixed, t.Format, lo, hi, g.Format)
	}
	r := Row{Fixed: fixed}
	rows := productsOf(t)
	first, last := g.Range(o)
	var sum float64
	for x := first; x <= last; x++ {
		p, slope := float64(0), float32(0)
		if o == A {
			p, slope = float64(rows[x-first][fixed-lo]), g.ByA(x, fixed)
		} else {
			p, slope = float64(rows[fixed-lo][x-first]), g.ByB(fixed, x)
		}
		r.Product, r.Slope = append(r.Product, p), append(r.Slope, float64(slope))
		sum += p
	}
	n := len(r.Product)
	switch {
	case g.Kind.Smooths():
		h := g.HalfOf(o)
		for x := range n {
			mean := math.NaN()
			if x-h >= 0 && x+h < n {
				mean = 0
				for _, p := range r.Product[x-h : x+h+1] {
					mean += p
				}
				mean /= float64(2*h + 1)
			}
			r.Smooth = append(r.Smooth, mean)
		}
	case g.Kind == Regression:
		for x := range n {
			r.Smooth = append(r.Smooth, sum/float64(n)+r.Slope[x]*(float64(x)-float64(n-1)/2))
		}
	}
	return r, nil
}
