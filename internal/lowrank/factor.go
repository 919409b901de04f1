package lowrank

import "math/big"

// factor returns integer factors of a matrix, a pair for each of its pivots, or nil if they do not fit 32 bits.
//
// The columns of the matrix span a lattice, of as many dimensions as the rank. The vectors of a basis are one side of
// the factors, and the coordinates of each column are the other side. A short basis gives small numbers on both.
// Places in the pivots' rows determine a vector of the lattice, so the basis is found for these rows.
func (m *matrix) factor(p *pivots) *Factors {
	r := p.rank()
	if r == 0 {
		return &Factors{}
	}
	chosen, square := newBig(r, m.cols), newBig(r, r)
	plain := make([]int64, m.cols)
	for i, a := range p.rows {
		m.row(a, plain)
		for b, x := range plain {
			chosen[i][b].SetInt64(x)
		}
		for j, b := range p.cols {
			square[i][j].SetInt64(plain[b])
		}
	}
	inverse, d, ok := square.inverse()
	if !ok {
		return nil // they are no pivots
	}
	basis := hermite(chosen, new(big.Int).Abs(d))
	v := basis.coordinates(chosen)
	u, ok := m.continued(p, inverse.product(basis.transposed()), d)
	if !ok || v == nil {
		return nil
	}
	x, y := reduce(u.transposed().product(u))
	return narrow(small(u.product(x).transposed()), small(y.product(v)))
}

// continued returns the vectors of a basis in all rows, as columns: row a is (row a of the matrix, in the pivots'
// columns) · k / d. ok is false if that is no matrix of integers.
func (m *matrix) continued(p *pivots, k bigMatrix, d *big.Int) (u bigMatrix, ok bool) {
	r := p.rank()
	u = newBig(m.rows, r)
	plain := make([]int64, m.cols)
	var t, rest big.Int
	for a := range u {
		m.row(a, plain)
		for i, b := range p.cols {
			if plain[b] == 0 {
				continue
			}
			x := big.NewInt(plain[b])
			for j := range r {
				u[a][j].Add(u[a][j], t.Mul(x, k[i][j]))
			}
		}
		for j := range r {
			if u[a][j].QuoRem(u[a][j], d, &rest); rest.Sign() != 0 {
				return nil, false
			}
		}
	}
	return u, true
}

// limit is the largest magnitude of numbers in the course of narrowing.
const limit = 1 << 40

// small returns the rows of a matrix as machine numbers, nil if one exceeds the limit.
func small(m bigMatrix) [][]int64 {
	out := make([][]int64, len(m))
	for i := range m {
		out[i] = make([]int64, len(m[i]))
		for j, x := range m[i] {
			if !x.IsInt64() || x.Int64() > limit || x.Int64() < -limit {
				return nil
			}
			out[i][j] = x.Int64()
		}
	}
	return out
}
