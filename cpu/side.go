package cpu

// side is one operand of a product as a matrix X[i][k]: i counts the rows of A or
// the columns of B, k the terms of a sum.
type side interface {
	// load copies X[i+r][k+t], r < n, t < terms, to dst[r·sr + t·st]; one of the
	// strides is 1. What is absent is +0.
	load(i, n, k, terms int, dst []float32, sr, st int)
	// sparse says whether some of X may be absent, absent whether X[i][k] is:
	// there is no product with it then.
	sparse() bool
	absent(i, k int) bool
}

// strided is a side in memory: X[i][k] = x[i·si + k·sk], one of the strides 1.
type strided struct {
	x      []float32
	si, sk int
}

func (strided) sparse() bool         { return false }
func (strided) absent(_, _ int) bool { return false }

func (m strided) load(i, n, k, terms int, dst []float32, sr, st int) {
	if m.si == 1 {
		evenLines(m.x[i:], m.sk, k, terms, n, dst, st, sr)
	} else {
		evenLines(m.x[k:], m.si, i, n, terms, dst, sr, st)
	}
}

// evenLines loads n lines from line i on that lie pitch apart: number j of line r
// goes to dst[r·sl + j·sn].
func evenLines(src []float32, pitch, i, n, length int, dst []float32, sl, sn int) {
	var lines [lineBlock]int
	for r := 0; r < n; r += lineBlock {
		some := lines[:min(n-r, lineBlock)]
		for j := range some {
			some[j] = (i + r + j) * pitch
		}
		loadLines(src, some, length, dst[r*sl:], sl, sn)
	}
}

// loadLines puts number j of line r to dst[r·sl + j·sn]; one of sl and sn is 1.
func loadLines(src []float32, lines []int, length int, dst []float32, sl, sn int) {
	if sn == 1 {
		copyLines(src, lines, length, dst, sl)
	} else {
		transposeLines(src, lines, length, dst, sn)
	}
}

// listed is a side whose k are lines anywhere: X[i][k] = x[lines[k] + i].
type listed struct {
	x     []float32
	lines []int
}

func (listed) sparse() bool         { return false }
func (listed) absent(_, _ int) bool { return false }

func (s listed) load(i, n, k, terms int, dst []float32, sr, st int) {
	loadLines(s.x[i:], s.lines[k:k+terms], n, dst, st, sr)
}

// blocks is a side whose k runs over blocks of a width, each a matrix of its own:
// X[i][b·width + k'] = x[begin[b] + i·si + k'·sk].
type blocks struct {
	strided
	width int
	begin []int
}

func (s blocks) load(i, n, k, terms int, dst []float32, sr, st int) {
	for t := 0; t < terms; {
		b, first := (k+t)/s.width, (k+t)%s.width
		count := min(terms-t, s.width-first)
		strided{s.x[s.begin[b]:], s.si, s.sk}.load(i, n, first, count, dst[t*st:], sr, st)
		t += count
	}
}

// transposed is a side with i and k exchanged.
type transposed struct{ side }

func (s transposed) absent(i, k int) bool { return s.side.absent(k, i) }

func (s transposed) load(i, n, k, terms int, dst []float32, sr, st int) {
	s.side.load(k, terms, i, n, dst, st, sr)
}
