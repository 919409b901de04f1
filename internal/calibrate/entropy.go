package calibrate

import (
	"math"

	"github.com/approxtrain/approxtrain/device"
)

// absent is the share that a number of no code counts with, so that the divergence stays finite.
const absent = 1e-12

// entropy returns the largest magnitude of the range with the least divergence, of 128 candidates.
//
// The magnitudes are put into bins of equal width, 16 for each magnitude that a code may have and 2048 at least; a bucket that
// lies across several is spread evenly. For a candidate of n bins, P is the distribution in these, with all that lies beyond
// in the last one, and Q that of the codes: each code takes the bins of its magnitude together and spreads what they hold
// evenly over those that are not empty.
func (o Options) entropy(magnitudes []bucket) float64 {
	lo, hi := o.Form.Range(o.Bits)
	levels := int(hi) + 1
	if o.Form == device.Affine && o.symmetric() {
		levels = int(hi-lo+1) / 2
	}
	most := magnitudes[len(magnitudes)-1].to
	if most < negligible {
		return most
	}
	bins := spread(magnitudes, most, max(2048, 16*levels))
	best, at := math.Inf(1), len(bins)
	for i := candidates; i > 0; i-- {
		n := len(bins) * i / candidates
		if n < levels {
			break
		}
		if d := divergence(bins, n, levels); d < best {
			best, at = d, n
		}
	}
	return most * float64(at) / float64(len(bins))
}

// spread puts magnitudes into n bins up to the largest one.
func spread(magnitudes []bucket, most float64, n int) []float64 {
	bins := make([]float64, n)
	width := most / float64(n)
	for _, b := range magnitudes {
		first, last := min(n-1, int(b.from/width)), min(n-1, int(b.to/width))
		if first == last || b.to == b.from {
			bins[first] += float64(b.count)
			continue
		}
		for i := first; i <= last; i++ {
			from, to := max(b.from, float64(i)*width), min(b.to, float64(i+1)*width)
			bins[i] += float64(b.count) * max(0, to-from) / (b.to - b.from)
		}
	}
	return bins
}

// divergence returns the Kullback-Leibler divergence of a candidate of n bins.
func divergence(bins []float64, n, levels int) float64 {
	p := append([]float64(nil), bins[:n]...)
	for _, v := range bins[n:] {
		p[n-1] += v
	}
	q := make([]float64, n)
	sumP, sumQ := 0.0, 0.0
	for l := range levels {
		from, to := n*l/levels, n*(l+1)/levels
		sum, full := 0.0, 0
		for _, v := range bins[from:to] {
			sum += v
			if v > 0 {
				full++
			}
		}
		for i := from; i < to; i++ {
			if bins[i] > 0 {
				q[i] = sum / float64(full)
			}
		}
		sumQ += sum
	}
	for _, v := range p {
		sumP += v
	}
	d := 0.0
	for i, v := range p {
		if v > 0 {
			d += v / sumP * math.Log(v/sumP/max(q[i]/max(sumQ, absent), absent))
		}
	}
	return d
}
