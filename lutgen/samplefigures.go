package lutgen

import (
	"math"
	"math/bits"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/sample"
	"github.com/approxtrain/approxtrain/lut"
)

// SampleFigures are error figures of a sample. Means and rates are those of the uniform pairs, and estimate those of
// all pairs; the largest errors are those of every pair that was tried, and the largest of all may be larger.
type SampleFigures struct {
	Pairs uint64 `json:"pairs"` // uniform ones
	Wrong uint64 `json:"wrong"` // of them, with another product than the exact one

	EP     *float64    `json:"ep,omitempty"` // the rate of pairs in error, of integers
	EPIn   *[2]float64 `json:"ep_interval,omitempty"`
	MRED   float64     `json:"mred"`
	MREDIn [2]float64  `json:"mred_interval"`
	Bias   float64     `json:"bias"`

	RelPairs  uint64 `json:"relative_pairs"` // with a relative error: their exact product is not 0 (of floats: a normal number)
	WrongZero uint64 `json:"wrong_zero"`     // uniform pairs whose product should be 0 and is not; of integers

	// Of integers, in units of the product; NMED is relative to the largest exact product.
	MAE  float64 `json:"mae,omitempty"`
	NMED float64 `json:"nmed,omitempty"`
	MSE  float64 `json:"mse,omitempty"`

	WCE   string     `json:"wce,omitempty"` // largest error distance that was seen, in decimal digits
	WCEAt *[2]string `json:"wce_at,omitempty"`
	WCRE  float64    `json:"wcre"` // largest relative error that was seen
	wce   cosim.Word
}

// sampleSums are the sums of a block.
type sampleSums struct {
	uniform             bool
	n, wrong, rel, zero uint64
	abs, signed, square float64 // of relative errors
	distance, squares   float64 // of integers
	worst               cosim.Word
	worstA, worstB      uint64
	worstRelative       float64
	any                 bool // figures were added
}

// exactProduct returns the product of integers as the port has it: the part of it that it has, rounded down.
func exactProduct(s cosim.Shape, a, b uint64) cosim.Word {
	w := wideProduct(s, a, b)
	switch n := s.Part.LSB; {
	case n >= 64:
		w = cosim.Word{Lo: w.Hi >> (n - 64)} // P + LSB is at most 128: no bit above is in it
	case n > 0:
		w = cosim.Word{Lo: w.Lo>>n | w.Hi<<(64-n), Hi: w.Hi >> n}
	}
	return w.Low(s.P)
}

// twos returns the kind as which Word extends an operand or a product that is signed or not.
func twos(signed bool) lut.Kind {
	if signed {
		return lut.Signed
	}
	return lut.Unsigned
}

// wideProduct returns the product of integers as a number of 128 bits.
func wideProduct(s cosim.Shape, a, b uint64) cosim.Word {
	k := s.Numbers().Kind
	x, y := cosim.Word{Lo: a}.Extend(twos(k.SignedA()), s.A), cosim.Word{Lo: b}.Extend(twos(k.SignedB()), s.B)
	hi, lo := bits.Mul64(x.Lo, y.Lo)
	if k.SignedA() && int64(x.Lo) < 0 { // x = x.Lo − 2^64
		hi -= y.Lo
	}
	if k.SignedB() && int64(y.Lo) < 0 {
		hi -= x.Lo
	}
	return cosim.Word{Lo: lo, Hi: hi}
}

// addInteger adds a pair of integers.
func (s *sampleSums) addInteger(shape cosim.Shape, a, b uint64, p cosim.Word) {
	s.any = true
	k := twos(shape.Numbers().Kind.SignedProduct())
	exact, got := wideProduct(shape, a, b), p.Extend(k, shape.P)
	negative := func(w cosim.Word) bool { return k == lut.Signed && int64(w.Hi) < 0 }
	less := negative(got) && !negative(exact) || negative(got) == negative(exact) && got.Less(exact)
	distance := got.Sub(exact) // modulo 2^128: it fits
	if less {
		distance = exact.Sub(got)
	}
	if s.worst.Less(distance) {
		s.worst, s.worstA, s.worstB = distance, a, b
	}
	zero := exact == cosim.Word{}
	ed, relative := distance.Unsigned(), 0.0
	if !zero {
		relative = ed / math.Abs(exact.Float64(k, 128))
		s.worstRelative = max(s.worstRelative, relative)
	}
	if !s.uniform {
		return
	}
	s.n++
	if distance != (cosim.Word{}) {
		s.wrong++
	}
	s.distance += ed
	s.squares += float64(ed * ed)
	switch {
	case !zero:
		if less != negative(exact) { // below a positive one, or above a negative one in magnitude
			s.relative(-relative)
		} else {
			s.relative(relative)
		}
	case distance != cosim.Word{}:
		s.zero++
	}
}

// relative adds a relative error.
func (s *sampleSums) relative(r float64) {
	s.rel++
	s.abs += math.Abs(r)
	s.signed += r
	s.square += float64(r * r)
}

// addFloat adds a pair of floats, if the exact product is in the range of normal numbers and the product is a number.
func (s *sampleSums) addFloat(f lut.Format, a, b uint64, p cosim.Word) {
	s.any = true
	x, okX := floatValue(f, f.A, a)
	y, okY := floatValue(f, f.A, b)
	q, okQ := floatValue(f, f.P, p.Lo)
	exact := x * y // binary64 holds it: two significands of 24 bits
	largest, least := math.Ldexp(1, 1<<f.ExponentBits()-1-int(f.One())), math.Ldexp(1, 1-int(f.One()))
	if s.uniform {
		s.n++
	}
	if !okX || !okY || math.Abs(exact) < least || math.Abs(exact) >= largest {
		return
	}
	if !okQ {
		q = math.Inf(1)
	}
	relative := (q - exact) / exact
	if math.IsInf(relative, 0) { // an infinity or NaN: rounding makes one of the largest products, all others are mismatches
		return
	}
	s.worstRelative = max(s.worstRelative, math.Abs(relative))
	if s.uniform {
		if relative != 0 {
			s.wrong++
		}
		s.relative(relative)
	}
}

// floatValue returns the number of a code, false of infinities and NaN.
func floatValue(f lut.Format, fraction int, code uint64) (float64, bool) {
	x := f.ExponentBits()
	top := uint64(1)<<x - 1
	field, frac := code>>fraction&top, code&(1<<fraction-1)
	if field == top && (!f.Float.Finite || frac == 1<<fraction-1) {
		return 0, false
	}
	v := math.Ldexp(float64(1<<fraction|frac), int(field)-int(f.One())-fraction)
	if field == 0 {
		v = 0
		if f.Float.Subnormals != lut.Flush {
			v = math.Ldexp(float64(frac), 1-int(f.One())-fraction)
		}
	}
	if code>>(x+fraction)&1 == 1 {
		v = -v
	}
	return v, true
}

// FloatNumber returns the number of a code with so many fraction bits; infinities and NaN are those of float64.
func FloatNumber(f lut.Format, fraction int, code uint64) float64 {
	v, ok := floatValue(f, fraction, code)
	switch {
	case ok:
		return v
	case f.Float.Finite || code&(1<<fraction-1) != 0:
		return math.NaN()
	case code>>(f.ExponentBits()+fraction)&1 == 1:
		return math.Inf(-1)
	}
	return math.Inf(1)
}

// figuresOf adds up the sums of all blocks, in their order.
func figuresOf(s cosim.Shape, all []sampleSums) *SampleFigures {
	f := &SampleFigures{}
	var sum sampleSums
	for i := range all {
		b := &all[i]
		sum.any = sum.any || b.any
		if sum.worst.Less(b.worst) {
			sum.worst, sum.worstA, sum.worstB = b.worst, b.worstA, b.worstB
		}
		sum.worstRelative = max(sum.worstRelative, b.worstRelative)
		sum.n += b.n
		sum.wrong += b.wrong
		sum.rel += b.rel
		sum.zero += b.zero
		sum.abs += b.abs
		sum.signed += b.signed
		sum.square += b.square
		sum.distance += b.distance
		sum.squares += b.squares
	}
	if !sum.any {
		return nil
	}
	n := float64(sum.n)
	f.Pairs, f.Wrong, f.RelPairs, f.WrongZero, f.WCRE = sum.n, sum.wrong, sum.rel, sum.zero, sum.worstRelative
	if sum.rel > 0 {
		f.MRED, f.Bias = sum.abs/float64(sum.rel), sum.signed/float64(sum.rel)
		half := sample.MeanInterval(sum.abs, sum.square, sum.rel)
		if math.IsInf(half, 0) {
			half = math.MaxFloat64
		}
		f.MREDIn = [2]float64{max(0, f.MRED-half), f.MRED + half}
	}
	if s.Kind == cosim.Float {
		return f
	}
	low, high := sample.Interval(sum.wrong, sum.n)
	ep := float64(sum.wrong) / n
	f.EP, f.EPIn = &ep, &[2]float64{low, high}
	f.MAE, f.MSE = sum.distance/n, sum.squares/n
	f.NMED = f.MAE / largestProduct(s)
	f.wce, f.WCE = sum.worst, sum.worst.Big().String()
	if sum.worst != (cosim.Word{}) {
		f.WCEAt = &[2]string{cosim.Word{Lo: sum.worstA}.String(), cosim.Word{Lo: sum.worstB}.String()}
	}
	return f
}

// largestProduct returns the magnitude of the largest exact product.
func largestProduct(s cosim.Shape) float64 {
	side := func(bits int, signed bool) float64 {
		if signed {
			return math.Ldexp(1, bits-1)
		}
		return math.Ldexp(1, bits) - 1
	}
	k := s.Numbers().Kind
	return side(s.A, k.SignedA()) * side(s.B, k.SignedB())
}
