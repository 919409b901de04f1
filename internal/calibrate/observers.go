package calibrate

import (
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/approxtrain/approxtrain/device"
)

// percentile returns the range of the observer Percentile.
func (o Options) percentile(h *Histogram) (from, to float64) {
	if o.Symmetric {
		m := h.magnitudes()
		slices.Reverse(m)
		to = kept(m, leftOut(h.n, o.Percentile, 1)).to
		return -to, to
	}
	b := h.buckets()
	out := leftOut(h.n, o.Percentile, 2)
	from = kept(b, out).from
	slices.Reverse(b)
	return from, kept(b, out).to
}

// leftOut returns how many of n numbers are left out at each of one or two ends. The percentile counts as the shortest
// decimal that stands for it: at 99.99, exactly one in 10,000 may be left out.
func leftOut(n uint64, percentile float64, ends int64) uint64 {
	p, _ := new(big.Rat).SetString(strconv.FormatFloat(percentile, 'f', -1, 64))
	share := new(big.Rat).Sub(big.NewRat(100, 1), p)
	share.Mul(share, new(big.Rat).SetInt(new(big.Int).SetUint64(n)))
	share.Quo(share, big.NewRat(100*ends, 1))
	return new(big.Int).Quo(share.Num(), share.Denom()).Uint64()
}

// kept returns the first bucket that holds a number after so many.
func kept(buckets []bucket, out uint64) bucket {
	seen := 0.0
	for _, b := range buckets {
		if seen += b.count; seen > float64(out) {
			return b
		}
	}
	return buckets[len(buckets)-1]
}

// factors are those of the observer MSE, the greatest first. They are exact.
func factors() (all []float64) {
	for k := range 16 {
		for m := 32; m > 16; m-- {
			all = append(all, math.Ldexp(float64(m)/32, -k))
		}
	}
	return all
}

// leastSquares returns the range of the observer MSE, of candidates that are parts of a range.
func (o Options) leastSquares(buckets []bucket, from, to float64) (bestFrom, bestTo float64) {
	if !o.Symmetric {
		from, to = min(0, from), max(0, to)
	}
	bestFrom, bestTo = from, to
	best := math.Inf(1)
	try := func(f, t float64) {
		if e := squared(buckets, o.codes(f, t)); e < best && t-f >= negligible {
			best, bestFrom, bestTo = e, f, t
		}
	}
	all := factors()
	for _, c := range all {
		try(from*c, to*c)
	}
	if o.Symmetric || from == 0 || to == 0 {
		return bestFrom, bestTo
	}
	for before := math.Inf(1); best < before; {
		before = best
		lower := bestFrom
		for _, c := range all {
			try(lower, to*c)
		}
		upper := bestTo
		for _, c := range all {
			try(from*c, upper)
		}
	}
	return bestFrom, bestTo
}

// squared returns the sum of the squared differences between the numbers of buckets and those that their codes stand
// for. The numbers of a bucket count as spread evenly over it.
func squared(buckets []bucket, q device.Quantizer) (sum float64) {
	scale := float64(q.Scale[0])
	lo, hi := float64(q.Lo-q.Zero[0]), float64(q.Hi-q.Zero[0])
	nearest := func(x float64) float64 { return max(lo, min(hi, math.RoundToEven(x))) }
	// third is 3 times the mean of x² between p and q, hence (q − p) · third / 3 its integral, without
	// cancellation.
	third := func(p, q float64) float64 { return p*p + p*q + q*q }
	for _, b := range buckets {
		from, to := b.from/scale, b.to/scale // in units of the scale
		m, n := nearest(from), nearest(to)
		if m == n {
			sum += b.count * third(from-m, to-n) / 3
			continue
		}
		first, last := from-m, to-n // the parts of the cells of m and n; a cell between them adds 1/12
		e := (0.5-first)*third(first, 0.5)/3 + (n-m-1)/12 + (last+0.5)*third(-0.5, last)/3
		sum += b.count * e / (to - from)
	}
	return sum * scale * scale
}
