package device

// ChunkTerms is the number of consecutive k in one partial sum.
const ChunkTerms = 1024

// Sum accumulates binary32 terms in the order that is part of every operation's
// definition: terms in ascending k within chunks of ChunkTerms consecutive k,
// each chunk starting at +0, then the chunks' sums in ascending order onto +0;
// one rounding per addition. The zero value is an empty sum.
//
// A k without a term (a padded position of a convolution) adds nothing, but it
// counts: chunks are cut by k, not by the number of terms.
type Sum struct {
	total, chunk float32
	end          int // first k beyond the current chunk; 0 before any term
}

// Add adds the term of index k, which must exceed that of the term before.
func (s *Sum) Add(k int, term float32) {
	if k >= s.end {
		s.total += s.chunk
		s.chunk = 0
		s.end = k - k%ChunkTerms + ChunkTerms
	}
	s.chunk += term
}

// Value returns the sum of the terms so far.
func (s *Sum) Value() float32 { return s.total + s.chunk }
