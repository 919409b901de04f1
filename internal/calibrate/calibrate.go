// Package calibrate finds codes for the numbers of a tensor: from the numbers that were seen, the range that the codes cover.
//
// Results do not depend on the order of the numbers, nor on how they are cut into batches, but for those of the observer
// MovingAverage. Start reading at New.
package calibrate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/suggest"
)

// Observer is a way to find the range of the codes.
type Observer string

const (
	// MinMax takes the least and the greatest number.
	MinMax Observer = "min-max"
	// MovingAverage takes moving averages of the least and of the greatest number of each batch: m + rate · (batch − m), from
	// those of the first batch.
	MovingAverage Observer = "moving-average"
	// Percentile leaves out the farthest numbers: of a symmetric range those of the largest magnitude, of others the same
	// share at each end. The ends of the range are those of the buckets of a Histogram, up to 1/128 too far out.
	Percentile Observer = "percentile"
	// MSE takes the range with the least squared error of the numbers that the codes stand for, of 128 candidates: the whole
	// range · i / 128. Numbers count as the middle of their bucket of a Histogram. Of equal ones the widest is taken.
	MSE Observer = "mse"
	// Entropy takes the range in which the distribution of the codes has the least Kullback-Leibler divergence from that of
	// the numbers: S. Migacz, "8-bit inference with TensorRT", 2017. See entropy.
	Entropy Observer = "entropy"
)

var observers = []Observer{MinMax, MovingAverage, Percentile, MSE, Entropy}

// Usage lists the observers, for help.
func Usage() string {
	var names []string
	for _, o := range observers {
		names = append(names, string(o))
	}
	return strings.Join(names, "|")
}

// ParseObserver returns the observer of a name.
func ParseObserver(name string) (Observer, error) {
	if slices.Contains(observers, Observer(name)) {
		return Observer(name), nil
	}
	names := strings.Split(Usage(), "|")
	return "", fault.Usagef("no observer %q; did you mean %s? There are: %s", name, suggest.Nearest(name, names), strings.Join(names, ", "))
}

// Options say which codes a tensor gets.
type Options struct {
	Observer   Observer
	Percentile float64 // of the observer Percentile: 50 to 100
	Rate       float64 // of the observer MovingAverage; 0 is 0.01, as in PyTorch
	// Symmetric ranges have the code of 0 in the middle: 0 in two's complement and in sign and magnitude, 2^(bits−1) in
	// affine codes. Codes in sign and magnitude are always symmetric.
	Symmetric bool
	// Restricted leaves out the least code of a symmetric range that has one more below than above.
	Restricted bool
	Form       device.CodeForm
	Bits       int // of the codes: 1 to 12
}

// negligible is the magnitude up to which a tensor counts as one of zeros.
const negligible = 0x1p-100

// Tensor is what was seen of a tensor.
type Tensor struct {
	o               Options
	all             Histogram
	least, greatest float64 // moving averages
	batches         int
}

// New returns a tensor of which nothing was seen.
func New(o Options) *Tensor { return &Tensor{o: o} }

// Batch looks at numbers.
func (t *Tensor) Batch(x []float32) {
	t.all.Add(x)
	if t.o.Observer != MovingAverage || len(x) == 0 {
		return
	}
	least, greatest := float64(slices.Min(x)), float64(slices.Max(x))
	rate := t.o.Rate
	if rate == 0 {
		rate = 0.01
	}
	if t.batches == 0 {
		rate = 1
	}
	t.batches++
	t.least += rate * (least - t.least)
	t.greatest += rate * (greatest - t.greatest)
}

// Histogram returns the numbers that were seen.
func (t *Tensor) Histogram() *Histogram { return &t.all }

// Quantizer returns the codes for the numbers that were seen. It fails if there were none, or some that are not finite.
func (t *Tensor) Quantizer() (device.Quantizer, error) {
	o := t.o
	if o.Bits < 1 || o.Bits > 12 {
		return device.Quantizer{}, fault.Usagef("codes of %d bits: expected 1 to 12", o.Bits)
	}
	if t.all.special > 0 {
		return device.Quantizer{}, fault.Usagef("%d of %d numbers are infinite or not a number", t.all.special, t.all.special+t.all.n)
	}
	if t.all.n == 0 {
		return device.Quantizer{}, fault.Usagef("no numbers were seen")
	}
	from, to := t.ends()
	if o.symmetric() {
		return o.around(max(-from, to))
	}
	return o.between(from, to)
}

func (o Options) symmetric() bool { return o.Symmetric || o.Form == device.SignMagnitude }

// ends returns the range that the observer finds. Of a symmetric one the larger magnitude counts.
func (t *Tensor) ends() (from, to float64) {
	from, to = min(0, float64(t.all.least)), max(0, float64(t.all.greatest))
	switch o := t.o; o.Observer {
	case MovingAverage:
		return t.least, t.greatest
	case Percentile:
		share := o.Percentile / 100
		if o.symmetric() {
			most := percentile(t.all.magnitudes(), t.all.n, share)
			return -most, most
		}
		buckets := t.all.buckets()
		to = percentile(buckets, t.all.n, share)
		slices.Reverse(buckets)
		for i, b := range buckets {
			buckets[i].from, buckets[i].to = -b.to, -b.from
		}
		return -percentile(buckets, t.all.n, share), to
	case MSE:
		return t.leastSquares(from, to)
	case Entropy:
		most := o.entropy(t.all.magnitudes())
		return max(-most, from), min(most, to)
	}
	return from, to
}

// percentile returns the end of the first bucket up to which there is a share of n numbers.
func percentile(buckets []bucket, n uint64, share float64) float64 {
	seen := uint64(0)
	for _, b := range buckets {
		seen += b.count
		if float64(seen) >= share*float64(n) {
			return b.to
		}
	}
	return buckets[len(buckets)-1].to
}

// candidates is the number of ranges that MSE and Entropy compare.
const candidates = 128

// leastSquares returns the range with the least squared error.
func (t *Tensor) leastSquares(from, to float64) (float64, float64) {
	if t.o.symmetric() {
		to = max(-from, to)
		from = -to
	}
	best, bestFrom, bestTo := math.Inf(1), from, to
	buckets := t.all.buckets()
	for i := candidates; i > 0; i-- {
		f, g := from*float64(i)/candidates, to*float64(i)/candidates
		var q device.Quantizer
		var err error
		if t.o.symmetric() {
			q, err = t.o.around(g)
		} else {
			q, err = t.o.between(f, g)
		}
		if err != nil {
			return from, to // which says so again
		}
		sum := 0.0
		for _, b := range buckets {
			x := float32((b.from + b.to) / 2)
			d := float64(x) - float64(q.Number(q.Code(x, 0), 0))
			sum += float64(b.count) * d * d
		}
		if sum < best {
			best, bestFrom, bestTo = sum, f, g
		}
	}
	return bestFrom, bestTo
}

// around returns codes with 0 in the middle that reach up to a magnitude.
func (o Options) around(most float64) (device.Quantizer, error) {
	lo, hi := o.Form.Range(o.Bits)
	zero := int32(0)
	if o.Form == device.Affine {
		zero = 1 << (o.Bits - 1)
	}
	if hi == zero {
		return device.Quantizer{}, fault.Usagef("codes of %d bit around 0 stand for no number above 0: expected 2 bits or more", o.Bits)
	}
	if o.Restricted {
		lo = max(lo, 2*zero-hi)
	}
	if most < negligible {
		most = 1
	}
	return device.PerTensor(lo, hi, scale(most/float64(hi-zero)), zero), nil
}

// between returns codes for a range, which is widened to hold 0; one code stands for it exactly.
func (o Options) between(from, to float64) (device.Quantizer, error) {
	lo, hi := o.Form.Range(o.Bits)
	from, to = min(0, from), max(0, to)
	if to-from < negligible {
		to = 1
	}
	s := scale((to - from) / float64(hi-lo))
	zero := math.RoundToEven(float64(lo) - from/float64(s))
	return device.PerTensor(lo, hi, s, int32(max(float64(lo), min(float64(hi), zero)))), nil
}

// scale rounds a scale to binary32, to the greatest finite number if it is above that.
func scale(s float64) float32 { return float32(min(s, math.MaxFloat32)) }

// Channels returns codes for a tensor with a scale for each channel, its last dimension; for one channel they are those of
// the whole tensor.
func Channels(o Options, x []float32, channels int) (device.Quantizer, error) {
	if channels < 1 || len(x)%channels != 0 {
		return device.Quantizer{}, fmt.Errorf("%d numbers are no whole number of rows of %d channels", len(x), channels)
	}
	var all device.Quantizer
	column := make([]float32, len(x)/channels)
	for c := range channels {
		for i := range column {
			column[i] = x[i*channels+c]
		}
		t := New(o)
		t.Batch(column)
		q, err := t.Quantizer()
		if err != nil {
			return q, fmt.Errorf("channel %d: %w", c, err)
		}
		all.Lo, all.Hi = q.Lo, q.Hi
		all.Scale, all.Zero = append(all.Scale, q.Scale[0]), append(all.Zero, q.Zero[0])
	}
	if o.symmetric() {
		all.Zero = all.Zero[:1] // the same of all
	}
	return all, nil
}
