package calibrate

import "math"

// leastBins is the least number of bins of the observer Entropy, and the number of steps in which it moves the
// threshold.
const leastBins = 2048

// absent is the number that an empty bin of Q counts with where P is not 0, as in MXNet: the divergence stays finite.
const absent = 1e-4

// entropy returns the threshold of the observer Entropy for the magnitudes of the numbers of a range.
//
// The magnitudes are put into equal bins up to the greatest one. There are 2048, or 16 for each level if that is more;
// levels are the codes of 0 and above, or below, whichever are more: 128 of 8-bit codes in two's complement. A bucket
// that covers several bins is spread over them evenly. Zeros are not counted, since every range has an exact code of
// 0; they would hide the other numbers behind a rectifier.
//
// A candidate is the first i bins, from the number of levels to all. P is the distribution in these, with all numbers
// beyond in the last one. Q is that of the codes: each level takes i / levels bins together, of the numbers that are
// not beyond, and spreads their sum evenly over those of its bins that P is not 0 in, at least absent over each. The
// candidate with the least divergence of Q from P is chosen, of equal ones the widest. The threshold is (i + 1/2) times
// the width of a bin, and at most the greatest magnitude. For codes of 8 bits or more it is never below a 16th of that.
func (o Options) entropy(magnitudes []bucket, from, to float64) float64 {
	most := magnitudes[len(magnitudes)-1].to
	if most < negligible {
		return most
	}
	q := o.codes(from, to)
	levels := int(max(1, q.Hi-q.Zero[0])) + 1
	if !o.Symmetric {
		levels = max(levels, int(q.Zero[0]-q.Lo)+1)
	}
	bins := equalBins(magnitudes, most, max(leastBins, 16*levels))
	weighted := make([]float64, len(bins))
	for i, c := range bins {
		weighted[i] = entropies(c)
	}
	step := len(bins) / leastBins
	best, at := math.Inf(1), len(bins)
	for i := len(bins); i >= levels; i -= step {
		if d := divergence(bins, weighted, i, levels); d < best {
			best, at = d, i
		}
	}
	return min(most, (float64(at)+0.5)*most/float64(len(bins)))
}

// equalBins puts magnitudes other than 0 into n bins of equal width up to the greatest one.
func equalBins(magnitudes []bucket, most float64, n int) []float64 {
	bins := make([]float64, n)
	width := most / float64(n)
	for _, b := range magnitudes {
		if b.from == 0 {
			continue // the bucket of 0 ends below 2^-132
		}
		first, last := min(n-1, int(b.from/width)), min(n-1, int(b.to/width))
		if first == last {
			bins[first] += b.count
			continue
		}
		for i := first; i <= last; i++ {
			from, to := max(b.from, float64(i)*width), min(b.to, float64(i+1)*width)
			bins[i] += b.count * max(0, to-from) / (b.to - b.from)
		}
	}
	return bins
}

// divergence returns the Kullback-Leibler divergence Σ P log(P / Q) of the candidate of n bins; weighted has the
// entropies of the bins. With c numbers in a bin of P, of N in all, and C in a level, it is
// (Σ c log c − Σ C log Q) / N − log N: one logarithm a level instead of one a bin.
func divergence(bins, weighted []float64, n, levels int) float64 {
	beyond, within := 0.0, 0.0
	for _, v := range bins[n:] {
		beyond += v
	}
	for _, v := range bins[:n] {
		within += v
	}
	if within == 0 {
		return math.Inf(1)
	}
	d := 0.0
	for l := range levels {
		first, end := n*l/levels, n*(l+1)/levels
		inside, full := 0.0, 0.0
		for i, v := range bins[first:end] {
			if v > 0 {
				inside += v
				full++
				d += weighted[first+i]
			}
		}
		sum := inside
		if l == levels-1 && beyond > 0 { // P holds all beyond in its last bin
			if bins[n-1] == 0 {
				full++
			}
			sum += beyond
			d += entropies(bins[n-1]+beyond) - weighted[n-1]
		}
		if full > 0 {
			d -= sum * math.Log(max(absent, inside/full)/within)
		}
	}
	return d/(within+beyond) - math.Log(within+beyond)
}

// entropies returns c log c, 0 for 0.
func entropies(c float64) float64 {
	if c == 0 {
		return 0
	}
	return c * math.Log(c)
}
