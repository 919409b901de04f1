package gradient

import (
	"fmt"
	"io"
	"math"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/lut"
)

// form is a form of files of slopes.
type form struct {
	ext   string
	read  func(io.Reader, *Gradient) error
	write func(io.Writer, *Gradient) error
}

var forms = []form{{".npy", readNPY, writeNPY}, {".csv", readCSV, writeCSV}}

// CheckPath returns an error of status fault.Usage unless a path has the extension of a form of files: .npy or .csv.
func CheckPath(path string) error {
	if formOf(path) == nil {
		return fault.Usagef("%s: expected a file of slopes with the extension .npy or .csv", limits.Path(path))
	}
	return nil
}

// ReadFile reads the derivatives of products of a format from a file. They are functions of both operands or of one, as
// the file has them:
//
//	.npy   binary32 or binary64, in any byte order, in C or Fortran order, of shape
//	       (2, Rows, Cols)  both operands: ∂T/∂a, then ∂T/∂b; row i is that of the i-th value of a, column j that of b
//	       (2, n)           one operand, where Rows = Cols = n: ∂T/∂a by b, then ∂T/∂b by a
//	       (Cols + Rows,)   one operand, where Rows ≠ Cols: ∂T/∂a by b, then ∂T/∂b by a
//	.csv   a header, and the numbers in decimal, in any order of lines, each of which ends
//	       a,b,da,db               both operands: a line for each pair
//	       derivative,at,slope     one operand: da, a value of b, ∂T/∂a there; or db, a value of a, ∂T/∂b there
//
// Values ascend: those of a signed operand begin with −2^(N−1). Numbers are rounded to binary32. It is an error of
// status fault.Usage if one of them is missing, twice there, or not finite then.
func ReadFile(path string, f lut.Format) (*Gradient, error) {
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	in, err := limits.Open(path)
	if err != nil {
		return nil, fault.Usagef("reading slopes: %w", err)
	}
	defer in.Close()
	g := &Gradient{Kind: File, Format: f}
	if err := formOf(path).read(in, g); err != nil {
		return nil, fault.Usagef("slopes of %s for products of format %v: %w", limits.Path(path), f, err)
	}
	return g, nil
}

// WriteFile writes the derivatives into a file of the form that its extension says, as ReadFile reads them: binary32, or
// decimals that round to the same binary32. The file appears when it is complete.
func (g *Gradient) WriteFile(path string) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return formOf(path).write(w, g) })
}

// alloc allocates the slopes of g, as NaN.
func (g *Gradient) alloc(oneD bool) {
	g.OneD = oneD
	sizeA, sizeB := g.Format.Pairs(), g.Format.Pairs()
	if oneD {
		sizeA, sizeB = g.Format.Cols(), g.Format.Rows()
	}
	g.A, g.B = make([]float32, sizeA), make([]float32, sizeB)
	for _, side := range [][]float32{g.A, g.B} {
		for i := range side {
			side[i] = float32(math.NaN())
		}
	}
}

// binary32 rounds a slope, which must be finite then.
func binary32(x float64) (float32, error) {
	v := float32(x)
	if v-v != 0 {
		return 0, fmt.Errorf("the slope %v is not finite in binary32", x)
	}
	return v, nil
}
