package calibrate

import "math"

// Histogram counts numbers in buckets of the upper 16 bits of their binary32: sign, exponent and 7 bits of the fraction. A bucket
// is a 128th of its power of two wide. Nobody needs to know the range beforehand, and the counts do not depend on the order of
// the numbers.
type Histogram struct {
	counts          []uint64 // of a bucket, by the upper 16 bits
	n, special      uint64   // finite numbers, and all others
	least, greatest float32  // of the finite ones
}

// Add counts numbers.
func (h *Histogram) Add(x []float32) {
	if h.counts == nil {
		h.counts = make([]uint64, 1<<16)
	}
	for _, v := range x {
		if v-v != 0 {
			h.special++
			continue
		}
		if h.n == 0 {
			h.least, h.greatest = v, v
		}
		h.least, h.greatest = min(h.least, v), max(h.greatest, v)
		h.counts[math.Float32bits(v)>>16]++
		h.n++
	}
}

// Count returns how many finite numbers were counted.
func (h *Histogram) Count() uint64 { return h.n }

// Range returns the least and the greatest finite number, 0 and 0 if there was none.
func (h *Histogram) Range() (least, greatest float32) { return h.least, h.greatest }

// bucket is a part of the histogram: numbers from one to another, both included, in the order of their values.
type bucket struct {
	from, to float64
	count    uint64
}

// buckets returns those that hold numbers, the least first. The first and the last end where the numbers do.
func (h *Histogram) buckets() (all []bucket) {
	if h.n == 0 {
		return nil
	}
	add := func(i uint32) {
		if n := h.counts[i]; n > 0 {
			near, far := float64(math.Float32frombits(i<<16)), float64(math.Float32frombits(i<<16|0xffff))
			all = append(all, bucket{min(near, far), max(near, far), n})
		}
	}
	const infinity = 0x7f80
	for i := uint32(0x8000 + infinity - 1); i >= 0x8000; i-- {
		add(i)
	}
	for i := range uint32(infinity) {
		add(i)
	}
	all[0].from = max(all[0].from, float64(h.least))
	all[len(all)-1].to = min(all[len(all)-1].to, float64(h.greatest))
	return all
}

// magnitudes returns the buckets of the numbers' magnitudes, the least first.
func (h *Histogram) magnitudes() []bucket {
	m := Histogram{counts: make([]uint64, 1<<16), n: h.n, greatest: max(h.greatest, -h.least)}
	for i, n := range h.counts {
		m.counts[i&0x7fff] += n
	}
	return m.buckets()
}

// Clipped returns the share of the numbers outside a range, 0 to 1. A bucket that lies across an end of the range counts in
// part, as if its numbers were spread evenly.
func (h *Histogram) Clipped(from, to float32) float64 {
	if h.n == 0 {
		return 0
	}
	outside := 0.0
	for _, b := range h.buckets() {
		inside := 1.0
		switch low, high := max(b.from, float64(from)), min(b.to, float64(to)); {
		case high < low:
			inside = 0
		case b.to > b.from:
			inside = (high - low) / (b.to - b.from)
		}
		outside += (1 - inside) * float64(b.count)
	}
	return outside / float64(h.n)
}
