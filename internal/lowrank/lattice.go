package lowrank

import "math/big"

// bigMatrix is a matrix of integers of any size, by rows.
type bigMatrix [][]*big.Int

func newBig(rows, cols int) bigMatrix {
	m := make(bigMatrix, rows)
	for i := range m {
		m[i] = make([]*big.Int, cols)
		for j := range m[i] {
			m[i][j] = new(big.Int)
		}
	}
	return m
}

func unit(n int) bigMatrix {
	m := newBig(n, n)
	for i := range m {
		m[i][i].SetInt64(1)
	}
	return m
}

// product returns m · n.
func (m bigMatrix) product(n bigMatrix) bigMatrix {
	out := newBig(len(m), len(n[0]))
	var t big.Int
	for i := range m {
		for k, x := range m[i] {
			if x.Sign() == 0 {
				continue
			}
			for j, y := range n[k] {
				out[i][j].Add(out[i][j], t.Mul(x, y))
			}
		}
	}
	return out
}

func (m bigMatrix) transposed() bigMatrix {
	out := make(bigMatrix, len(m[0]))
	for j := range out {
		out[j] = make([]*big.Int, len(m))
		for i := range m {
			out[j][i] = m[i][j]
		}
	}
	return out
}

// inverse returns d ≠ 0 and d times the inverse of a square matrix, by elimination without fractions (Bareiss). ok is
// false if the matrix is singular.
func (m bigMatrix) inverse() (inv bigMatrix, d *big.Int, ok bool) {
	n := len(m)
	w := newBig(n, 2*n)
	for i := range m {
		for j, x := range m[i] {
			w[i][j].Set(x)
		}
		w[i][n+i].SetInt64(1)
	}
	d = big.NewInt(1)
	var t big.Int
	for k := range n {
		at := k
		for at < n && w[at][k].Sign() == 0 {
			at++
		}
		if at == n {
			return nil, nil, false
		}
		w[k], w[at] = w[at], w[k]
		pivot := new(big.Int).Set(w[k][k])
		for i := range n {
			if i == k {
				continue
			}
			f := new(big.Int).Set(w[i][k])
			for j := range w[i] {
				x := w[i][j]
				x.Mul(x, pivot)
				x.Sub(x, t.Mul(f, w[k][j]))
				x.Quo(x, d)
			}
		}
		d = pivot
	}
	inv = make(bigMatrix, n)
	for i := range w {
		inv[i] = w[i][n:]
	}
	return inv, d, true
}

// hermite returns a basis, in triangular form, of the lattice that the columns of m span. Vector i has zeros before
// place i. d times each unit vector must be in the lattice, d > 0: entries are kept below it.
func hermite(m bigMatrix, d *big.Int) bigMatrix {
	r := len(m)
	basis := newBig(r, r)
	for i := range basis {
		basis[i][i].Set(d)
	}
	seen := map[string]bool{}
	var t, u, g, s, q, p big.Int
	for c := range m[0] {
		v := make([]*big.Int, r)
		var key []byte
		for i := range v {
			v[i] = new(big.Int).Mod(m[i][c], d)
			key = append(v[i].Append(key, 62), ' ')
		}
		if seen[string(key)] {
			continue
		}
		seen[string(key)] = true
		for i, b := range basis {
			if v[i].Sign() == 0 {
				continue
			}
			if q.QuoRem(v[i], b[i], &t); t.Sign() == 0 {
				for j := i; j < r; j++ {
					v[j].Sub(v[j], t.Mul(&q, b[j]))
					v[j].Mod(v[j], d)
				}
				continue
			}
			g.GCD(&s, &t, b[i], v[i])
			q.Quo(b[i], &g)
			p.Quo(v[i], &g)
			f := new(big.Int).Set(&t)
			for j := i; j < r; j++ {
				x := new(big.Int).Mul(&s, b[j])
				x.Add(x, u.Mul(f, v[j]))
				v[j].Mul(&q, v[j])
				v[j].Sub(v[j], u.Mul(&p, b[j]))
				v[j].Mod(v[j], d)
				if j > i {
					x.Mod(x, d)
				}
				b[j] = x
			}
		}
	}
	for i := range basis {
		for k := range i {
			q.Div(basis[k][i], basis[i][i])
			for j := i; j < r; j++ {
				basis[k][j].Sub(basis[k][j], t.Mul(&q, basis[i][j]))
			}
		}
	}
	return basis
}

// coordinates returns the numbers, by rows, with which the vectors of a triangular basis add up to each column of m;
// nil if they are no integers.
func (basis bigMatrix) coordinates(m bigMatrix) bigMatrix {
	out := newBig(len(basis), len(m[0]))
	var t, rest big.Int
	for c := range m[0] {
		for i := range basis {
			y := out[i][c]
			y.Set(m[i][c])
			for k := range i {
				y.Sub(y, t.Mul(basis[k][i], out[k][c]))
			}
			if y.QuoRem(y, basis[i][i], &rest); rest.Sign() != 0 {
				return nil
			}
		}
	}
	return out
}

// reduce applies the algorithm of Lenstra, Lenstra and Lovász to the vectors with the Gram matrix g, with integers
// alone (H. Cohen, A Course in Computational Algebraic Number Theory, algorithm 2.6.7). It returns the change x of the
// basis and y, so that u · x · y · v = u · v: vector j of the new basis is Σ_i x[i][j] · vector i.
func reduce(g bigMatrix) (x, y bigMatrix) {
	r := len(g)
	x, y = unit(r), unit(r)
	l := newBig(r, r) // λ below the diagonal
	det := make([]*big.Int, r+1)
	det[0] = big.NewInt(1) // det[i+1] is the determinant of the first i + 1 vectors
	var t big.Int
	for i := range r {
		for j := range i + 1 {
			u := new(big.Int).Set(g[i][j])
			for k := range j {
				u.Mul(det[k+1], u)
				u.Sub(u, t.Mul(l[i][k], l[j][k]))
				u.Quo(u, det[k])
			}
			if j < i {
				l[i][j] = u
			} else {
				det[i+1] = u
			}
		}
	}
	shorten := func(k, j int) {
		d := det[j+1]
		var twice, q big.Int
		if twice.Lsh(l[k][j], 1).CmpAbs(d) <= 0 {
			return
		}
		q.Div(twice.Add(&twice, d), t.Lsh(d, 1)) // nearest
		for i := range r {
			x[i][k].Sub(x[i][k], t.Mul(&q, x[i][j]))
			y[j][i].Add(y[j][i], t.Mul(&q, y[k][i]))
		}
		l[k][j].Sub(l[k][j], t.Mul(&q, d))
		for i := range j {
			l[k][i].Sub(l[k][i], t.Mul(&q, l[j][i]))
		}
	}
	for k := 1; k < r; {
		shorten(k, k-1)
		m := l[k][k-1]
		low := new(big.Int).Mul(det[k+1], det[k-1])
		low.Add(low, t.Mul(m, m))
		var left, right big.Int
		left.Mul(low, big.NewInt(100))
		right.Mul(det[k], det[k])
		if right.Mul(&right, big.NewInt(99)); left.Cmp(&right) >= 0 {
			for j := k - 2; j >= 0; j-- {
				shorten(k, j)
			}
			k++
			continue
		}
		for i := range r {
			x[i][k], x[i][k-1] = x[i][k-1], x[i][k]
		}
		y[k], y[k-1] = y[k-1], y[k]
		for j := range k - 1 {
			l[k][j], l[k-1][j] = l[k-1][j], l[k][j]
		}
		b := low.Quo(low, det[k])
		for i := k + 1; i < r; i++ {
			old := new(big.Int).Set(l[i][k])
			l[i][k].Mul(det[k+1], l[i][k-1])
			l[i][k].Sub(l[i][k], t.Mul(m, old))
			l[i][k].Quo(l[i][k], det[k])
			l[i][k-1].Mul(b, old)
			l[i][k-1].Add(l[i][k-1], t.Mul(m, l[i][k]))
			l[i][k-1].Quo(l[i][k-1], det[k+1])
		}
		det[k] = b
		k = max(k-1, 1)
	}
	return x, y
}
