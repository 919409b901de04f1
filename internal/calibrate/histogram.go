package calibrate

import "math"

// Histogram counts numbers in buckets by the upper 16 bits of their binary32: sign, exponent and 7 bits of the
// fraction. A bucket is 2^-7 of its power of two wide. The range need not be known beforehand, the counts of parts add
// up, and the order of the numbers has no effect. The zero value is empty and ready to use.
type Histogram struct {
	counts          []uint64 // of the buckets, by the upper 16 bits; −0 counts as 0
	n               uint64   // finite numbers
	nan, infinite   uint64
	least, greatest float32 // of the finite numbers
}

// Add counts numbers.
func (h *Histogram) Add(x []float32) {
	if h.counts == nil {
		h.counts = make([]uint64, 1<<16)
	}
	for _, v := range x {
		switch {
		case v != v:
			h.nan++
		case v-v != 0:
			h.infinite++
		default:
			v += 0 // −0 becomes 0
			if h.n == 0 {
				h.least, h.greatest = v, v
			}
			h.least, h.greatest = min(h.least, v), max(h.greatest, v)
			h.counts[math.Float32bits(v)>>16]++
			h.n++
		}
	}
}

// Merge adds the counts of another histogram.
func (h *Histogram) Merge(o *Histogram) {
	h.nan += o.nan
	h.infinite += o.infinite
	if o.n == 0 {
		return
	}
	if h.counts == nil {
		h.counts = make([]uint64, 1<<16)
	}
	if h.n == 0 {
		h.least, h.greatest = o.least, o.greatest
	}
	h.least, h.greatest = min(h.least, o.least), max(h.greatest, o.greatest)
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.n += o.n
}

// reset forgets all numbers.
func (h *Histogram) reset() {
	counts := h.counts
	clear(counts)
	*h = Histogram{counts: counts}
}

// Count returns how many finite numbers were counted.
func (h *Histogram) Count() uint64 { return h.n }

// NotFinite returns how many numbers were NaN, and how many infinite.
func (h *Histogram) NotFinite() (nan, infinite uint64) { return h.nan, h.infinite }

// Range returns the least and the greatest finite number, or 0 and 0 if there was none.
func (h *Histogram) Range() (least, greatest float32) { return h.least, h.greatest }

// Clipped returns the share, 0 to 1, of the finite numbers outside lo … hi. The bucket that holds lo or hi counts in
// part, as if its numbers were spread evenly over it; all others count exactly. The share is 0 if no number was
// counted.
func (h *Histogram) Clipped(lo, hi float32) (share float64) {
	outside := 0.0
	for _, b := range h.buckets() {
		switch from, to := max(b.from, float64(lo)), min(b.to, float64(hi)); {
		case !(from <= to):
			outside += b.count
		case b.from < b.to:
			outside += b.count * ((b.to - b.from) - (to - from)) / (b.to - b.from)
		}
	}
	return outside / max(1, float64(h.n))
}

// bucket is a part of the numbers: how many there are from one to another, both included.
type bucket struct {
	from, to float64
	count    float64 // a whole number, exact up to 2^53
}

// limits returns the least and the greatest magnitude in a bucket of the histogram.
func limits(i uint32) (near, far float64) {
	return float64(math.Float32frombits(i & 0x7fff << 16)), float64(math.Float32frombits(i&0x7fff<<16 | 0xffff))
}

const (
	infinity = 0x7f80 // the upper half of +∞
	negative = 0x8000 // the sign
)

// buckets returns the buckets that hold numbers, the least first. They end where the numbers end.
func (h *Histogram) buckets() (all []bucket) {
	if h.n == 0 {
		return nil
	}
	for i := uint32(negative + infinity - 1); i >= negative; i-- {
		if n := h.counts[i]; n > 0 {
			near, far := limits(i)
			all = append(all, bucket{-far, -near, float64(n)})
		}
	}
	for i := range uint32(infinity) {
		if n := h.counts[i]; n > 0 {
			near, far := limits(i)
			all = append(all, bucket{near, far, float64(n)})
		}
	}
	last := len(all) - 1
	all[0].from = max(all[0].from, float64(h.least))
	all[last].to = min(all[last].to, float64(h.greatest))
	return all
}

// magnitudes returns the buckets of the numbers' magnitudes, the least first.
func (h *Histogram) magnitudes() (all []bucket) {
	if h.n == 0 {
		return nil
	}
	for i := range uint32(infinity) {
		if n := h.counts[i] + h.counts[i|negative]; n > 0 {
			near, far := limits(i)
			all = append(all, bucket{near, far, float64(n)})
		}
	}
	last := len(all) - 1
	all[last].to = min(all[last].to, max(-float64(h.least), float64(h.greatest)))
	return all
}
