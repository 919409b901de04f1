// Package calibrate finds the codes for the numbers of a tensor: an observer chooses the range that the codes cover,
// from all numbers that were seen.
//
// A result does not depend on the order of the numbers, nor on their cut into batches. The observer MovingAverage is
// the exception, since it averages over batches. Start reading at New.
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

// Observer is a way to choose the range of the codes. A symmetric range is −t … t with a threshold t.
type Observer string

const (
	// MinMax takes the least and the greatest number. The threshold is the greatest magnitude.
	MinMax Observer = "min-max"
	// MovingAverage takes the moving averages of the batches' least and greatest numbers, in binary64. The first batch
	// sets them; each later one moves them by Rate · (number − average). PyTorch's MovingAverageMinMaxObserver does
	// this too, with the same default rate of 0.01.
	MovingAverage Observer = "moving-average"
	// Percentile takes a range that holds at least Percentile per cent of the numbers. A symmetric range leaves out
	// the greatest magnitudes, another one half of the rest at each end, as ONNX Runtime does. Of n numbers, floor(n
	// · (100 − Percentile) / 100) are left out, or floor(n · (100 − Percentile) / 200) at each end. An end is
	// the far end of the bucket of the last number that is not left out: up to 2^-7 of its magnitude too far from 0,
	// and never beyond the numbers that were seen.
	Percentile Observer = "percentile"
	// MSE takes the range with the least squared error of the numbers that the codes stand for. The numbers of a
	// bucket count as spread evenly over it. Candidates are the whole range times m / 32 · 2^-k, m = 17 … 32, k = 0
	// … 15. The widest of equally good ones is taken. If the range is not symmetric, both ends have the same factor
	// first; then each end in turn takes its best factor, the upper end first, until the error no longer falls.
	MSE Observer = "mse"
	// Entropy takes the threshold with the least Kullback-Leibler divergence between the magnitudes and their codes:
	// S. Migacz, "8-bit inference with TensorRT", 2017. See entropy for the details. A range that is not symmetric is
	// the part of −t … t that holds numbers.
	Entropy Observer = "entropy"
)

var observers = []Observer{MinMax, MovingAverage, Percentile, MSE, Entropy}

// names returns the names of the observers.
func names() (all []string) {
	for _, o := range observers {
		all = append(all, string(o))
	}
	return all
}

// Usage returns the names of the observers, for a page of help.
func Usage() string { return strings.Join(names(), "|") }

// ParseObserver returns the observer of a name.
func ParseObserver(name string) (Observer, error) {
	if slices.Contains(observers, Observer(name)) {
		return Observer(name), nil
	}
	return "", fault.Usagef("no observer %.64q; did you mean %s? The observers are %s", name,
		suggest.Nearest(name, names()), strings.Join(names(), ", "))
}

// The defaults of Options.
const (
	DefaultPercentile = 99.99
	DefaultRate       = 0.01
)

// Options describe the codes of a tensor.
type Options struct {
	Observer   Observer
	Percentile float64 // of the observer Percentile: above 0, at most 100; 0 is DefaultPercentile
	// Symmetric gives 0 the middle code: 0 in two's complement, 2^(bits−1) in affine codes. Codes in sign and
	// magnitude are always symmetric. Without it, the range goes from the least to the greatest number, widened to
	// hold 0.
	Symmetric bool
	// Restricted leaves out the least code of a symmetric range in two's complement or affine codes. Then −x has the
	// reverse of the code of x. It has no effect on other ranges.
	Restricted bool
	Form       device.CodeForm
	Bits       int     // of the codes: 1 to 12
	Rate       float64 // of the observer MovingAverage: above 0, at most 1; 0 is DefaultRate
}

// filled returns the options with their defaults, or an error about one that is out of range.
func (o Options) filled() (Options, error) {
	if o.Percentile == 0 {
		o.Percentile = DefaultPercentile
	}
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	o.Symmetric = o.Symmetric || o.Form == device.SignMagnitude
	if _, err := ParseObserver(string(o.Observer)); err != nil {
		return o, err
	}
	switch {
	case o.Form != device.TwosComplement && o.Form != device.Affine && o.Form != device.SignMagnitude:
		return o, fmt.Errorf("form of codes %v: expected %v, %v or %v", o.Form,
			device.TwosComplement, device.Affine, device.SignMagnitude)
	case o.Bits < 1 || o.Bits > 12:
		return o, fault.Usagef("codes of %d bits: expected 1 to 12", o.Bits)
	case !(o.Percentile > 0 && o.Percentile <= 100):
		return o, fault.Usagef("percentile %v: expected a number above 0, at most 100", o.Percentile)
	case !(o.Rate > 0 && o.Rate <= 1):
		return o, fault.Usagef("rate %v of a moving average: expected a number above 0, at most 1", o.Rate)
	case o.Bits == 1 && o.Symmetric && o.Restricted && o.Form != device.SignMagnitude:
		return o, fault.Usagef("restricted codes of 1 bit: the only code is that of 0; expected 2 bits or more")
	}
	return o, nil
}

// Tensor collects the numbers of a tensor, over batches.
type Tensor struct {
	o               Options
	invalid         error
	all             Histogram
	batches         int
	least, greatest float64 // moving averages
}

// New returns a Tensor that has seen no number. Quantizer reports options that are out of range.
func New(o Options) *Tensor {
	t := &Tensor{}
	t.o, t.invalid = o.filled()
	return t
}

// Batch adds the numbers of a batch. An empty batch has no effect.
func (t *Tensor) Batch(x []float32) {
	if len(x) == 0 {
		return
	}
	t.all.Add(x)
	if t.o.Observer != MovingAverage {
		return
	}
	least, greatest := float64(slices.Min(x)), float64(slices.Max(x))
	if t.batches++; t.batches == 1 {
		t.least, t.greatest = least, greatest
		return
	}
	t.least += t.o.Rate * (least - t.least)
	t.greatest += t.o.Rate * (greatest - t.greatest)
}

// reset forgets all numbers.
func (t *Tensor) reset() {
	t.all.reset()
	t.batches, t.least, t.greatest = 0, 0, 0
}

// Histogram returns the numbers that were seen.
func (t *Tensor) Histogram() *Histogram { return &t.all }

// Quantizer returns the codes for the numbers that were seen. It returns an error if there were none, if one was
// infinite or NaN, or if the options are out of range.
//
// Symmetric codes have the scale threshold / hi, and threshold / (2^(bits−1) − 1) in affine codes. In two's
// complement and affine codes of 1 bit, which have no code above that of 0, the scale is the threshold: the codes
// stand for −threshold and 0. Other codes have the scale (max − min) / (hi − lo) and the zero point
// clamp(roundToEven(lo − min / scale)). Quotients are computed in binary64 and rounded once.
//
// A threshold, or a range, below 2^-100 counts as 1: its numbers get the code of 0, and the scale stays far from the
// binary32 numbers that lose bits, as do products of two scales. A scale is lowered where the number of a code would
// be infinite.
func (t *Tensor) Quantizer() (device.Quantizer, error) {
	nan, infinite := t.all.NotFinite()
	switch {
	case t.invalid != nil:
		return device.Quantizer{}, t.invalid
	case nan+infinite > 0:
		return device.Quantizer{}, fmt.Errorf("%d of %d numbers are NaN and %d are infinite: expected finite numbers",
			nan, t.all.n+nan+infinite, infinite)
	case t.all.n == 0:
		return device.Quantizer{}, fmt.Errorf("no numbers were seen")
	}
	from, to := t.ends()
	return t.o.codes(from, to), nil
}

// ends returns the range that the observer chooses. A symmetric one is −t … t.
func (t *Tensor) ends() (from, to float64) {
	from, to = float64(t.all.least), float64(t.all.greatest)
	if t.o.Observer == MovingAverage {
		from, to = t.least, t.greatest
	}
	if t.o.Symmetric {
		to = max(-from, to)
		from = -to
	}
	switch t.o.Observer {
	case Percentile:
		return t.o.percentile(&t.all)
	case MSE:
		return t.o.leastSquares(t.all.buckets(), from, to)
	case Entropy:
		most := t.o.entropy(t.all.magnitudes(), from, to)
		return max(-most, from), min(most, to)
	}
	return from, to
}

// negligible is the least threshold or range that counts.
const negligible = 0x1p-100

// codes returns the quantizer for a range, which must be −t … t if it is symmetric.
func (o Options) codes(from, to float64) device.Quantizer {
	if o.Symmetric {
		return o.around(to)
	}
	return o.between(from, to)
}

// Between returns the codes for numbers from one to another, of a whole tensor or of each channel, as Tensor.Quantizer and
// Channels choose them for numbers whose least and greatest these are.
func (o Options) Between(from, to []float32) (device.Quantizer, error) {
	o, err := o.filled()
	if err != nil {
		return device.Quantizer{}, err
	}
	if len(from) == 0 || len(from) != len(to) {
		return device.Quantizer{}, fmt.Errorf("%d least and %d greatest numbers: expected one of each, or one a channel", len(from), len(to))
	}
	return o.channels(len(from), func(c int) (device.Quantizer, error) {
		lo, hi := float64(from[c]), float64(to[c])
		if !(lo <= hi && lo >= -math.MaxFloat32 && hi <= math.MaxFloat32) {
			return device.Quantizer{}, fmt.Errorf("numbers from %v to %v: expected a finite range", lo, hi)
		}
		if o.Symmetric {
			hi = max(-lo, hi)
		}
		return o.codes(lo, hi), nil
	})
}

// channels puts together the quantizers of channels. Symmetric ones have one zero point.
func (o Options) channels(n int, of func(c int) (device.Quantizer, error)) (all device.Quantizer, err error) {
	for c := range n {
		q, err := of(c)
		if err != nil {
			return device.Quantizer{}, fmt.Errorf("channel %d: %w", c, err)
		}
		all.Lo, all.Hi = q.Lo, q.Hi
		all.Scale, all.Zero = append(all.Scale, q.Scale[0]), append(all.Zero, q.Zero[0])
	}
	if o.Symmetric {
		all.Zero = all.Zero[:1]
	}
	return all, nil
}

// around returns codes with that of 0 in the middle, which reach up to a threshold.
func (o Options) around(threshold float64) device.Quantizer {
	lo, hi := o.Form.Range(o.Bits)
	zero := int32(0)
	if o.Form == device.Affine {
		zero = 1 << (o.Bits - 1)
	}
	if o.Restricted {
		lo = max(lo, 2*zero-hi)
	}
	if threshold < negligible {
		threshold = 1
	}
	return finite(lo, hi, threshold/float64(max(1, hi-zero)), zero)
}

// between returns codes for a range, which is widened to hold 0. The number of the zero point is exactly 0.
func (o Options) between(from, to float64) device.Quantizer {
	lo, hi := o.Form.Range(o.Bits)
	from, to = min(0, from), max(0, to)
	if to-from < negligible {
		from, to = 0, 1
	}
	scale := float64(float32(min((to-from)/float64(hi-lo), math.MaxFloat32)))
	zero := math.RoundToEven(float64(lo) - from/scale)
	return finite(lo, hi, scale, int32(max(float64(lo), min(float64(hi), zero))))
}

// finite returns a quantizer with the greatest scale, up to the one that is given, at which the number of each code is
// finite.
func finite(lo, hi int32, scale float64, zero int32) device.Quantizer {
	farthest := float32(max(hi-zero, zero-lo))
	s := float32(min(scale, math.MaxFloat32))
	if math.IsInf(float64(s*farthest), 0) {
		s = math.MaxFloat32 / farthest
		for math.IsInf(float64(s*farthest), 0) {
			s = math.Nextafter32(s, 0)
		}
	}
	return device.PerTensor(lo, hi, s, zero)
}

// Channels returns codes with a scale for each channel. The numbers are in rows of that many channels: channels are
// the last dimension. Symmetric codes have one zero point, others have one for each channel. It returns an error for
// numbers that are no whole rows, and those of Tensor.Quantizer with the channel.
func Channels(o Options, x []float32, channels int) (device.Quantizer, error) {
	if channels < 1 || len(x)%channels != 0 {
		return device.Quantizer{}, fmt.Errorf("%d numbers: expected whole rows of %d channels", len(x), channels)
	}
	t := New(o)
	column := make([]float32, len(x)/channels)
	return t.o.channels(channels, func(c int) (device.Quantizer, error) {
		for i := range column {
			column[i] = x[i*channels+c]
		}
		t.reset()
		t.Batch(column)
		return t.Quantizer()
	})
}
