package device

import "fmt"

// BatchGemm is the shape of Outer × Inner matrix products of one shape. Product
// (o, i), for 0 ≤ o < Outer and 0 ≤ i < Inner, is that of Gemm,
//
//	C[m][n] = Sum over k = 0 … K−1 of Mul(A[m][k], B[k][n])
//
// with its matrices where the views say, so that a matrix may be transposed, be
// every third row of a buffer or, with a step of 0, serve several products.
// Operand A of the multiplier is always the element of A. Elements of C's buffer
// that belong to no matrix stay as they are; matrices of C must not overlap. A
// table of integers quantizes the two matrices of each product, not those of the
// batch as a whole (see Levels).
//
// The products of attention with queries Q, keys K, values V (tokens × width of a
// head), attention weights P (queries × keys), and upstream gradients dP of P and
// G of the output:
//
//	scores           S  = Q · Kᵀ       A the query, B the key (K as the weight)
//	gradient of Q    dQ = dS · K       A the upstream gradient, B the key
//	gradient of K    dKᵀ = Qᵀ · dS     A the query, B the upstream gradient
//	values           O  = P · V        A the attention weight, B the value (V as the weight)
//	gradient of P    dP = G · Vᵀ       A the upstream gradient, B the value
//	gradient of V    dV = Pᵀ · G       A the attention weight, B the upstream gradient
type BatchGemm struct {
	M, N, K      int // of each product
	Outer, Inner int
	A, B, C      View
}

// View says where the matrices of an operand lie in its buffer: element (r, c) of
// matrix (o, i) at From + o·Outer + i·Inner + r·Row + c·Col.
type View struct{ From, Outer, Inner, Row, Col int }

// At returns where element (r, c) of matrix (o, i) lies.
func (v View) At(o, i, r, c int) int { return v.From + o*v.Outer + i*v.Inner + r*v.Row + c*v.Col }

// T returns the view of the transposed matrices.
func (v View) T() View {
	v.Row, v.Col = v.Col, v.Row
	return v
}

// Check says whether all matrices lie within buffers of the given lengths.
func (g BatchGemm) Check(a, b, c int) error {
	if min(g.M, g.N, g.K, g.Outer, g.Inner) < 0 {
		return fmt.Errorf("batch of products %+v: negative", g)
	}
	for _, x := range []struct {
		name            string
		view            View
		rows, cols, len int
	}{{"A", g.A, g.M, g.K, a}, {"B", g.B, g.K, g.N, b}, {"C", g.C, g.M, g.N, c}} {
		v := x.view
		if min(v.From, v.Outer, v.Inner, v.Row, v.Col) < 0 {
			return fmt.Errorf("batch of products %+v: %s has negative steps", g, x.name)
		}
		if min(x.rows, x.cols, g.Outer, g.Inner) == 0 {
			continue // no element
		}
		if last := v.At(g.Outer-1, g.Inner-1, x.rows-1, x.cols-1); last >= x.len {
			return fmt.Errorf("batch of products %+v: %s reaches element %d of a buffer of %d", g, x.name, last, x.len)
		}
	}
	return nil
}
