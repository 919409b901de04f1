package cpu

import "github.com/approxtrain/approxtrain/device"

// sums are device.Sums of neighbouring output elements.
type sums struct {
	total, chunk []float32
	end          int
}

// begin starts n empty sums.
func (s *sums) begin(n int) {
	if cap(s.total) < n {
		s.total, s.chunk = make([]float32, n), make([]float32, n)
	}
	s.total, s.chunk, s.end = s.total[:n], s.chunk[:n], 0
	clear(s.total)
	clear(s.chunk)
}

// at returns where the terms of index k go.
func (s *sums) at(k int) []float32 {
	if k >= s.end {
		s.flush()
		s.end = k - k%device.ChunkTerms + device.ChunkTerms
	}
	return s.chunk
}

func (s *sums) flush() {
	for i, c := range s.chunk {
		s.total[i] += c
	}
	clear(s.chunk)
}

// store ends the sums and writes their values.
func (s *sums) store(dst []float32) {
	s.flush()
	copy(dst, s.total)
}
