package lowrank

import (
	"math/big"
	"math/bits"
	"sync"

	"github.com/approxtrain/approxtrain/lut"
)

// matrix is a matrix of integers, of magnitudes below 2^63, that is made row by row.
type matrix struct {
	rows, cols int
	row        func(a int, dst []int64) // stores row a into dst, which has a place for each column
}

// matrixOf returns a table as a matrix.
func matrixOf(t *lut.Table) *matrix {
	entries := make([]uint32, t.Format.Cols())
	return &matrix{t.Format.Rows(), t.Format.Cols(), func(a int, dst []int64) {
		for b, v := range t.Row(uint32(a), entries) {
			dst[b] = t.Format.NumberP(v)
		}
	}}
}

// errorsOf returns a table less the exact products as a matrix. The table's unit must be that of a product.
func errorsOf(t *lut.Table) *matrix {
	m := matrixOf(t)
	whole := m.row
	m.row = func(a int, dst []int64) {
		whole(a, dst)
		x := t.Format.NumberA(uint32(a))
		for b := range dst {
			dst[b] -= x * t.Format.NumberB(uint32(b))
		}
	}
	return m
}

// pivots are rows and columns of a matrix whose minor is not zero.
type pivots struct{ rows, cols []int }

func (p *pivots) rank() int { return len(p.rows) }

// pivots returns as many pivots as the rank over the rational numbers, or most + 1 if the rank exceeds most.
//
// A rank modulo a prime is at most the rational one, and less only if the prime divides all larger minors. A minor
// is at most Hadamard's bound. So the rank is exact as soon as the product of the primes exceeds that bound.
func (m *matrix) pivots(most int) *pivots {
	best := &pivots{}
	for i, proven := 0, 0; ; i++ {
		p, largest := m.eliminate(modulus(i), most)
		if p.rank() > best.rank() {
			best = p
		}
		n := best.rank() + 1
		if best.rank() == min(most+1, m.rows, m.cols) {
			return best
		}
		proven += modulusBits
		if largest == 0 || proven >= n*bits.Len64(uint64(largest))+(n*bits.Len(uint(n))+1)/2 {
			return best
		}
	}
}

// modulusBits is the number of whole bits in each modulus: modulus ≥ 2^modulusBits.
const modulusBits = 60

// modulus returns the i-th largest prime below 2^61. The first is 2^61 − 1.
func modulus(i int) uint64 {
	moduli.Lock()
	defer moduli.Unlock()
	for len(moduli.list) <= i {
		n := uint64(1)<<61 - 1
		if k := len(moduli.list); k > 0 {
			n = moduli.list[k-1] - 2
		}
		for ; !new(big.Int).SetUint64(n).ProbablyPrime(0); n -= 2 { // certain below 2^64
		}
		moduli.list = append(moduli.list, n)
	}
	return moduli.list[i]
}

var moduli struct {
	sync.Mutex
	list []uint64
}

// eliminate returns pivots modulo a prime, most + 1 at most, and the largest magnitude of an entry that it met. It
// takes rows in a scattered order, so it meets most + 1 independent rows early if the rank is high.
func (m *matrix) eliminate(prime uint64, most int) (p *pivots, largest int64) {
	p = &pivots{}
	f := field(prime)
	var basis [][]uint64 // row i has a 1 in the column of pivot i, and a 0 in those of the others
	plain, v, w := make([]int64, m.cols), make([]uint64, m.cols), newWide(m.cols)
	for i := range m.rows {
		a := scattered(i, m.rows)
		m.row(a, plain)
		for b, x := range plain {
			largest = max(largest, x, -x)
			v[b] = f.residue(x)
		}
		w.set(v)
		for k, row := range basis {
			if x := v[p.cols[k]]; x != 0 {
				w.add(row, uint64(f)-x)
			}
			if k%wideTerms == wideTerms-1 {
				w.reduce(f)
			}
		}
		w.reduce(f)
		at := nonzero(w.lo)
		if at < 0 {
			continue
		}
		p.rows, p.cols = append(p.rows, a), append(p.cols, at)
		if len(p.rows) > most {
			break
		}
		row, inverse := make([]uint64, m.cols), f.power(w.lo[at], prime-2)
		for b, x := range w.lo {
			row[b] = f.times(x, inverse)
		}
		for _, other := range basis {
			if x := other[at]; x != 0 {
				for b, y := range row {
					other[b] = f.sum(other[b], f.times(uint64(f)-x, y))
				}
			}
		}
		basis = append(basis, row)
	}
	return p, largest
}

// wide is a row of sums of products of residues, of 128 bits each, which are reduced less often than they are added to.
type wide struct{ hi, lo []uint64 }

// wideTerms is how many products, each below 2^122, may be added to reduced sums.
const wideTerms = 32

func newWide(n int) *wide { return &wide{make([]uint64, n), make([]uint64, n)} }

func (w *wide) set(v []uint64) {
	clear(w.hi)
	copy(w.lo, v)
}

// add adds x times row.
func (w *wide) add(row []uint64, x uint64) {
	his, los := w.hi[:len(row)], w.lo[:len(row)]
	for b, y := range row {
		hi, lo := bits.Mul64(x, y)
		var carry uint64
		los[b], carry = bits.Add64(los[b], lo, 0)
		his[b] += hi + carry
	}
}

func (w *wide) reduce(f field) {
	for b, hi := range w.hi {
		w.lo[b], w.hi[b] = f.reduce(hi, w.lo[b]), 0
	}
}

// scattered is a permutation of the numbers below n, a power of two. Its beginning has numbers from everywhere.
func scattered(i, n int) int { return i * 0x9e3779b1 & (n - 1) }

// nonzero returns the first place of v that is not 0, −1 if there is none.
func nonzero(v []uint64) int {
	for b, x := range v {
		if x != 0 {
			return b
		}
	}
	return -1
}

// field is the integers modulo a prime below 2^61.
type field uint64

// residue returns an integer of magnitude below 2^63 modulo the prime.
func (f field) residue(x int64) uint64 {
	if x >= int64(f) || x <= -int64(f) {
		x %= int64(f)
	}
	if x < 0 {
		return uint64(x + int64(f))
	}
	return uint64(x)
}

// reduce returns a number of 128 bits modulo the prime.
func (f field) reduce(hi, lo uint64) uint64 {
	const mask = 1<<61 - 1
	c := 1<<61 - uint64(f) // 2^61 is c modulo the prime
	for hi != 0 {
		low := lo & mask
		top := hi<<3 | lo>>61
		over := hi >> 61 // 2^125 and above
		var carry uint64
		hi, lo = bits.Mul64(top, c)
		lo, carry = bits.Add64(lo, low, 0)
		hi += carry
		if over != 0 { // over · 2^125 is over · 2^64 · c modulo the prime
			hi += over * c
		}
	}
	for lo > mask {
		lo = lo&mask + lo>>61*c
	}
	if lo >= uint64(f) {
		lo -= uint64(f)
	}
	return lo
}

func (f field) times(x, y uint64) uint64 { return f.reduce(bits.Mul64(x, y)) }

// sum adds two residues.
func (f field) sum(x, y uint64) uint64 {
	s := x + y
	if s >= uint64(f) {
		s -= uint64(f)
	}
	return s
}

func (f field) power(x, n uint64) uint64 {
	r := uint64(1)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			r = f.times(r, x)
		}
		x = f.times(x, x)
	}
	return r
}
