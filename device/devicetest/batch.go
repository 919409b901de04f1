package devicetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

func testBatchGemm(t *testing.T, b *battery) {
	// Matrices one after the other, row by row.
	dense := func(outer, inner, rows, cols int) device.View {
		return device.View{Outer: inner * rows * cols, Inner: rows * cols, Row: cols, Col: 1}
	}
	// Queries, keys and values (part 0, 1, 2) of attention: batch × tokens × 3 ×
	// heads × width.
	part := func(tokens, heads, width, i int) device.View {
		return device.View{From: i * heads * width, Outer: tokens * 3 * heads * width, Inner: width, Row: 3 * heads * width, Col: 1}
	}
	const outer, inner, tokens, width = 2, 3, 9, 5
	square, head := dense(outer, inner, tokens, tokens), part(tokens, inner, width, 0)
	key, value := part(tokens, inner, width, 1), part(tokens, inner, width, 2)
	joined := device.View{Outer: tokens * inner * width, Inner: width, Row: inner * width, Col: 1}
	shapes := []device.BatchGemm{
		{M: 1, N: 1, K: 1, Outer: 1, Inner: 1, A: dense(1, 1, 1, 1), B: dense(1, 1, 1, 1), C: dense(1, 1, 1, 1)},
		{M: 3, N: 4, K: 5, Outer: 2, Inner: 2, A: dense(2, 2, 3, 5), B: dense(2, 2, 5, 4), C: dense(2, 2, 3, 4)},
		{M: 3, N: 4, K: 5, Outer: 4, Inner: 1, A: dense(4, 1, 5, 3).T(), B: dense(4, 1, 4, 5).T(), C: dense(4, 1, 4, 3).T()},
		{M: 3, N: 4, K: 5, Outer: 3, Inner: 2, A: dense(3, 2, 3, 5), B: device.View{From: 1, Row: 4, Col: 1}, C: dense(3, 2, 3, 4)}, // one B
		{M: 2, N: 5, K: 1030, Outer: 1, Inner: 2, A: dense(1, 2, 2, 1030), B: dense(1, 2, 5, 1030).T(), C: dense(1, 2, 2, 5)},
		{M: 2, N: 3, K: 0, Outer: 2, Inner: 1, A: dense(2, 1, 2, 0), B: dense(2, 1, 0, 3), C: dense(2, 1, 2, 3)},
		{M: 4, N: 4, K: 4, Outer: 0, Inner: 3},
		// Attention: scores, values, and the four gradients.
		{M: tokens, N: tokens, K: width, Outer: outer, Inner: inner, A: head, B: key.T(), C: square},
		{M: tokens, N: width, K: tokens, Outer: outer, Inner: inner, A: square, B: value, C: joined},
		{M: tokens, N: tokens, K: width, Outer: outer, Inner: inner, A: joined, B: value.T(), C: square},
		{M: tokens, N: width, K: tokens, Outer: outer, Inner: inner, A: square.T(), B: joined, C: value},
		{M: tokens, N: width, K: tokens, Outer: outer, Inner: inner, A: square, B: key, C: head},
		{M: width, N: tokens, K: tokens, Outer: outer, Inner: inner, A: head.T(), B: square, C: key.T()},
	}
	for _, m := range b.multipliers(t) {
		for i, g := range shapes {
			s := newSource(uint64(300 + i))
			for _, fill := range []func(int) []float32{s.plain, s.rough, m.limits(s)} {
				x, y, z := fill(reach(g, g.A, g.M, g.K)), fill(reach(g, g.B, g.K, g.N)), fill(reach(g, g.C, g.M, g.N))
				out := b.put(z)
				for o := range g.Outer {
					for i := range g.Inner {
						product := m.quantized(matrix(x, g.A, o, i, g.M, g.K), matrix(y, g.B, o, i, g.K, g.N), func(a, b []float32) []float32 {
							return collect(g.M*g.N, g.K, func(add func(int, int, float32)) {
								for at := range g.M * g.N * g.K {
									r, c, k := at/g.K/g.N, at/g.K%g.N, at%g.K
									add(r*g.N+c, k, m.mul(a[r*g.K+k], b[k*g.N+c]))
								}
							})
						})
						for at, v := range product {
							z[place(g.C, o, i, at/g.N, at%g.N)] = v
						}
					}
				}
				b.BatchGemm(m.dev, g, b.put(x), b.put(y), out)
				b.equal(t, z, out, "%s, %+v", m.name, g)
			}
		}
	}
	m, err := b.Multiplier(nil)
	require.NoError(t, err)
	b.BatchGemm(m, shapes[1], b.dirty(60), b.dirty(79), b.dirty(48))
	require.ErrorContains(t, b.Sync(), "B reaches element 79 of a buffer of 79")
}

// place is where a view's element lies.
func place(v device.View, o, i, r, c int) int {
	return v.From + v.Outer*o + v.Inner*i + v.Row*r + v.Col*c
}

// matrix returns matrix (o, i) of a view, row by row.
func matrix(x []float32, v device.View, o, i, rows, cols int) []float32 {
	out := make([]float32, rows*cols)
	for at := range out {
		out[at] = x[place(v, o, i, at/cols, at%cols)]
	}
	return out
}

// reach is the length of a buffer that holds the matrices of a view and two
// elements more.
func reach(g device.BatchGemm, v device.View, rows, cols int) int {
	if g.Outer*g.Inner*rows*cols == 0 {
		return 2
	}
	return place(v, g.Outer-1, g.Inner-1, rows-1, cols-1) + 3
}
