package gpu

import "github.com/approxtrain/approxtrain/device"

// view is View of kernels/operands.cuh.
type view struct{ from, outer, inner, row, col int32 }

func newView(v device.View) view {
	return view{int32(v.From), int32(v.Outer), int32(v.Inner), int32(v.Row), int32(v.Col)}
}

// strided is Strided of kernels/operands.cuh.
type strided struct {
	inner   divider
	a, b, c view
}

// gemmViews returns where the operands of a product lie.
func gemmViews(g device.Gemm) (a, b device.View) {
	a, b = device.View{Row: g.K, Col: 1}, device.View{Row: g.N, Col: 1}
	if g.TransA {
		a.Row, a.Col = 1, g.M
	}
	if g.TransB {
		b.Row, b.Col = 1, g.K
	}
	return a, b
}

// Gemm implements device.Products.
func (d *Device) Gemm(m device.Multiplier, g device.Gemm, a, b, c device.Buffer) {
	o, ok := d.begin("gemm", g, g.Check(a.Len(), b.Len(), c.Len()), a, b, c)
	if !ok {
		return
	}
	viewA, viewB := gemmViews(g)
	o.multiply(m, product{
		kernel: "gemm", items: 1, m: g.M, n: g.N, k: g.K, aAlong: !g.TransA, bAlong: g.TransB,
		operands: strided{newDivider(1), newView(viewA), newView(viewB), view{row: int32(g.N), col: 1}},
		scales:   1, matrixA: allOf(a), matrixB: allOf(b),
	}, a, b, c)
}

// BatchGemm implements device.Products.
func (d *Device) BatchGemm(m device.Multiplier, g device.BatchGemm, a, b, c device.Buffer) {
	o, ok := d.begin("batch of products", g, g.Check(a.Len(), b.Len(), c.Len()), a, b, c)
	if !ok {
		return
	}
	items, inner := g.Outer*g.Inner, newDivider(g.Inner)
	each := func(v device.View, rows, cols int) matrices {
		return matrices{newDivider(cols), inner, newView(v), newDivider(rows * cols), int32(items * rows * cols)}
	}
	o.multiply(m, product{
		kernel: "gemm", items: items, m: g.M, n: g.N, k: g.K, aAlong: g.A.Col == 1, bAlong: g.B.Row == 1,
		operands: strided{inner, newView(g.A), newView(g.B), newView(g.C)},
		scales:   items, matrixA: each(g.A, g.M, g.K), matrixB: each(g.B, g.K, g.N),
	}, a, b, c)
}
