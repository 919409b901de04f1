// Package intgemm multiplies matrices of integer codes through a table of products:
//
//	C[i][j] = Sum over k = 0 … K−1 of T[A[i][k]][B[k][j]]
//
// Sums are exact integers. Several ways lead to them, and all give the same bits:
//
//	generic  portable Go, which looks up each product. It is the specification.
//	rank     T[a][b] = Σ_r A_r[a] · B_r[b]: for each r a native integer product of operands that are looked up.
//	byte     T[a][b] = f(a) · g(b) + e[a][b], with f and g the patterns as numbers: a native product, and a byte of
//	         error that is looked up.
//	planes   any table whose entries span less than 2^16. AVX-512 looks up the low and the high bytes of 64 products
//	         at once; AVX2 first writes the table's columns that an operand B selects, for all operands A, and then
//	         reads 16 products with each load.
//
// A Multiplier is a table with the best of the ways for it. Pack prepares operand B once, for products with any
// number of rows of A, from several goroutines.
//
// Start reading at New. way.go has what the ways share; dot.go has the native products, plane.go the planes and
// expand.go the planes of AVX2. The assembly is generated: see _asm.
package intgemm
