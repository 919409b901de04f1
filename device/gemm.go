package device

import "fmt"

// Gemm is the shape of a matrix product C = A · B, all of them row-major:
//
//	C[i][j] = Sum over k = 0 … K−1 of Mul(A[i][k], B[k][j])
//
// A is M × K, or with TransA stored as K × M; B is K × N, or with TransB stored
// as N × K; C is M × N. Operand A of the multiplier is always the element of A:
// multipliers need not commute.
//
// The passes of a dense layer with activations X (batch × in) and weights W
// (in × out), upstream gradient G (batch × out):
//
//	forward          Y  = X · W        A the activation, B the weight
//	input gradient   dX = G · Wᵀ       A the upstream gradient, B the weight
//	weight gradient  dW = Xᵀ · G       A the activation, B the upstream gradient
type Gemm struct {
	M, N, K        int
	TransA, TransB bool
}

// Check says whether the operands have the lengths that the shape asks for.
func (g Gemm) Check(a, b, c int) error {
	switch {
	case g.M < 0 || g.N < 0 || g.K < 0:
		return fmt.Errorf("gemm %d × %d × %d: negative", g.M, g.N, g.K)
	case a != g.M*g.K || b != g.K*g.N || c != g.M*g.N:
		return fmt.Errorf("gemm %d × %d × %d: A, B, C have %d, %d, %d elements, expected %d, %d, %d",
			g.M, g.N, g.K, a, b, c, g.M*g.K, g.K*g.N, g.M*g.N)
	}
	return nil
}

// A returns where A[i][k] lies.
func (g Gemm) A(i, k int) int {
	if g.TransA {
		return k*g.M + i
	}
	return i*g.K + k
}

// B returns where B[k][j] lies.
func (g Gemm) B(k, j int) int {
	if g.TransB {
		return j*g.K + k
	}
	return k*g.N + j
}
