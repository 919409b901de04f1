package cpu

import "github.com/approxtrain/approxtrain/device"

// Gemm implements device.Products: row by row of C, with the terms of one k for
// the whole row at a time.
func (d *Device) Gemm(m device.Multiplier, g device.Gemm, a, b, c device.Buffer) {
	if !d.ready("gemm", g.Check(a.Len(), b.Len(), c.Len())) {
		return
	}
	s := floatsOf(a, b, c)
	C := s[2]
	mul, A, B, finish := d.prepare(m, s[0], s[1])
	defer finish(C)
	if t, ok := mul.(tiled); ok && worthTiles(t, g.M, g.N) {
		d.tiledGemm(t, g, A, B, C)
		return
	}
	if g.TransB {
		B = d.transpose(B, g.N, g.K)
	}
	d.split(g.M, 1, func(from, to int) {
		var acc sums
		for i := from; i < to; i++ {
			acc.begin(g.N)
			for k := range g.K {
				mul.addRow(A[g.A(i, k)], B[k*g.N:][:g.N], acc.at(k))
			}
			acc.store(C[i*g.N:][:g.N])
		}
	})
}

// transpose returns x (rows × cols) as cols × rows.
func (d *Device) transpose(x []float32, rows, cols int) []float32 {
	out := make([]float32, len(x))
	d.split(cols, 64, func(from, to int) {
		for c := from; c < to; c++ {
			for r := range rows {
				out[c*rows+r] = x[r*cols+c]
			}
		}
	})
	return out
}
