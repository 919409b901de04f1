// Package lowrank finds out whether a table of integer products is a sum of a few products of functions of one operand.
// With T[a][b] = Σ_r A[r][a] · B[r][b], exactly and with integers, a sum of the table's products has the same bits as
// sums of native integer products of operands that are looked up.
//
// Ranks are exact: elimination modulo so many primes that none of the minors in question is a multiple of all of them.
// No factors are returned unless they were multiplied out and compared with every entry, whether they were computed or
// read from the cache of builds. The two proofs have nothing in common but the table.
//
// Start reading at Factor. rank.go has the elimination, factor.go finds integer factors as a basis of a lattice,
// lattice.go has the lattice's normal form and reduction, narrow.go makes factors small, factors.go compares them and
// says which native products they fit, cache.go keeps them.
package lowrank

import (
	"fmt"

	"github.com/approxtrain/approxtrain/lut"
)

// Most is the number of pairs of factors up to which Factor is usually asked for them.
const Most = 20

// Result is what Factor found out about a table.
type Result struct {
	Name string // of the table
	// Rank is the rank of the table as a matrix of rational numbers. If it exceeds Most, it is Most + 1.
	Rank int
	// Error is the rank of T − ab, the table less the exact products. If it exceeds Most, it is Most + 1. It is −1 if
	// Rank exceeds Most, and if an entry of the table has another unit than a product, so that it has no difference.
	Error int
	// Factors has Rank pairs, or one more if a native product can then do with narrower numbers. It is nil if
	// the rank exceeds Most, and if the factors that were found do not fit 32 bits.
	Factors *Factors
	// Most is the limit that the ranks were compared with.
	Most int
}

// Factor returns the rank of a table of integers and, if it is at most the given number, factors of small magnitude.
// It fails for tables of other kinds. The same table gives the same factors.
func Factor(t *lut.Table, most int) (*Result, error) {
	return factor(t, most, func(s *search) *Factors { return s.factors() })
}

// search is a table of low rank whose factors are looked for.
type search struct {
	table  *lut.Table
	most   int
	whole  *matrix // the table
	pivots *pivots
	// rest is the table less the exact products, nil if it has no such difference or one of high rank.
	rest       *matrix
	restPivots *pivots
}

// factor computes the ranks, and calls find for factors if there are some to be found.
func factor(t *lut.Table, most int, find func(*search) *Factors) (*Result, error) {
	if t.Format.Kind == lut.Mantissa || t.Format.Kind == lut.Coded {
		return nil, fmt.Errorf("factors of table %s: expected a format of integers, not %v", t.Name, t.Format)
	}
	if most < 0 {
		return nil, fmt.Errorf("factors of table %s: expected a limit of 0 or more pairs, not %d", t.Name, most)
	}
	r := &Result{Name: t.Name, Error: -1, Most: most}
	s := &search{table: t, most: most, whole: matrixOf(t)}
	s.pivots = s.whole.pivots(most)
	if r.Rank = s.pivots.rank(); r.Rank > most {
		return r, nil
	}
	if t.Format.Part.LSB == 0 {
		e := errorsOf(t)
		p := e.pivots(most)
		if r.Error = p.rank(); r.Error <= most {
			s.rest, s.restPivots = e, p
		}
	}
	if f := find(s); f != nil && f.Verify(t) == nil {
		r.Factors = f
	}
	return r, nil
}

// factors returns the factors of least cost that were found and verified, nil if there are none.
func (s *search) factors() (best *Factors) {
	for _, f := range s.candidates() {
		if f == nil || f.Verify(s.table) != nil {
			continue
		}
		if best == nil || f.cost().less(best.cost()) {
			best = f
		}
	}
	return best
}

// candidates returns factors of the table itself, and of the operands' product and the error beside it.
func (s *search) candidates() []*Factors {
	all := []*Factors{s.whole.factor(s.pivots)}
	if s.rest != nil && s.restPivots.rank() < s.most {
		if f := s.rest.factor(s.restPivots); f != nil {
			all = append(all, f.besides(s.table.Format))
		}
	}
	return all
}

// String describes the result in one line.
func (r *Result) String() string {
	switch {
	case r.Rank > r.Most:
		return fmt.Sprintf("%s: exact rank above %d", r.Name, r.Most)
	case r.Factors == nil:
		return fmt.Sprintf("%s: exact rank %d, no factors of 32 bits found", r.Name, r.Rank)
	case r.Rank == 0:
		return fmt.Sprintf("%s: exact rank 0, all products are 0", r.Name)
	case r.Factors.Rank() > r.Rank:
		return fmt.Sprintf("%s: exact rank %d, %d pairs of %v", r.Name, r.Rank, r.Factors.Rank(), r.Factors)
	}
	return fmt.Sprintf("%s: exact rank %d, %v", r.Name, r.Rank, r.Factors)
}
