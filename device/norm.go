package device

import "fmt"

// Norm is the shape of a normalization of x, Rows × Cols. Batch normalization is
// by columns: a column is a channel, a row a pixel of an example. Layer
// normalization is by rows: a row is a token, a column a channel.
//
// With the mean and variance of x's column or row, and the scale and shift of its
// column:
//
//	s  = 1 / Sqrt(variance + Epsilon)
//	x̂  = (x − mean) · s
//	y  = x̂ · scale + shift
//
// every operation rounded.
type Norm struct {
	Rows, Cols int
	Epsilon    float32
}

// Check says whether x-like buffers have Rows × Cols elements, and those with one
// element a column as many as there are columns.
func (n Norm) Check(x int, columns ...int) error {
	if n.Rows < 1 || n.Cols < 1 || x != n.Rows*n.Cols {
		return fmt.Errorf("normalization of %d × %d: a buffer of %d elements, expected %d", n.Rows, n.Cols, x, n.Rows*n.Cols)
	}
	for _, c := range columns {
		if c != n.Cols {
			return fmt.Errorf("normalization of %d × %d: a buffer of %d elements, expected one a column", n.Rows, n.Cols, c)
		}
	}
	return nil
}

// Factor returns s.
func (n Norm) Factor(variance float32) float32 { return 1 / Sqrt(variance+n.Epsilon) }

// Normalized returns x̂.
func (n Norm) Normalized(x, mean, s float32) float32 { return float32((x - mean) * s) }

// Affine returns y.
func (n Norm) Affine(normalized, scale, shift float32) float32 {
	return float32(normalized*scale) + shift
}

// BatchGrad returns the gradient of x where y's is g, with the means of g and of
// g·x̂ over the column.
func (n Norm) BatchGrad(g, normalized, s, scale, meanG, meanGX float32) float32 {
	return float32(float32(scale*s) * (g - meanG - float32(normalized*meanGX)))
}

// LayerGrad returns the gradient of x where y's, multiplied by the scale, is h,
// with the means of h and of h·x̂ over the row.
func (n Norm) LayerGrad(h, normalized, s, meanH, meanHX float32) float32 {
	return float32(s * (h - meanH - float32(normalized*meanHX)))
}

// Moving are the settings of a moving average.
type Moving struct{ Rate, Scale float32 }

// Step returns the average after x: (1 − Rate)·average + Rate·(Scale·x).
func (m Moving) Step(average, x float32) float32 {
	return float32((1-m.Rate)*average) + float32(m.Rate*float32(m.Scale*x))
}
