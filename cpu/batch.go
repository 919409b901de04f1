package cpu

import "github.com/approxtrain/approxtrain/device"

// BatchGemm implements device.Products. Matrices are copied together, so that
// each product is a plain Gemm; threads share the products, or each product if
// there are fewer.
func (d *Device) BatchGemm(m device.Multiplier, g device.BatchGemm, a, b, c device.Buffer) {
	if !d.ready("batch of products", g.Check(a.Len(), b.Len(), c.Len())) {
		return
	}
	s := floatsOf(a, b, c)
	shape := device.Gemm{M: g.M, N: g.N, K: g.K}
	do := func(on *Device, from, to int) {
		A, B, C := make(buffer, g.M*g.K), make(buffer, g.K*g.N), make(buffer, g.M*g.N)
		for item := from; item < to; item++ {
			o, i := item/g.Inner, item%g.Inner
			gather(A, g.M, g.K, s[0], g.A, o, i)
			gather(B, g.K, g.N, s[1], g.B, o, i)
			on.Gemm(m, shape, A, B, C)
			for r := range g.M {
				for j, v := range C[r*g.N:][:g.N] {
					s[2][g.C.At(o, i, r, j)] = v
				}
			}
		}
	}
	items := g.Outer * g.Inner
	if items < d.threads {
		do(d, 0, items)
		return
	}
	d.split(items, grain/max(1, g.M*g.N)+1, func(from, to int) {
		do(&Device{threads: 1, level: d.level}, from, to)
	})
}

// gather copies matrix (o, i) of a view.
func gather(dst []float32, rows, cols int, src []float32, v device.View, o, i int) {
	if cols == 0 {
		return
	}
	for r := range rows {
		line := dst[r*cols:][:cols]
		from := v.At(o, i, r, 0)
		if v.Col == 1 {
			copy(line, src[from:])
			continue
		}
		for c := range line {
			line[c] = src[from+c*v.Col]
		}
	}
}
