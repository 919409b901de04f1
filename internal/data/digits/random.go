package digits

import (
	"math/bits"
	"math/rand/v2"
)

// random is the chance of one image. Its methods use Uint64 of PCG only, which
// the algorithm fixes for a seed, and none of rand.Rand, which may change.
type random struct{ pcg rand.PCG }

// newRandom returns the stream of one image. The numbers are mixed first, since
// PCG streams with neighbouring seeds begin alike.
func newRandom(seed, part, index uint64) *random {
	r := new(random)
	r.pcg.Seed(mix(seed^mix(part)), mix(index))
	return r
}

// mix is the finalizer of SplitMix64: every bit of x reaches every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit returns a multiple of 2^-53 in [0, 1).
func (r *random) unit() float64 { return mul(float64(r.pcg.Uint64()>>11), 0x1p-53) }

// between returns a number in [lo, hi).
func (r *random) between(lo, hi float64) float64 { return lo + mul(hi-lo, r.unit()) }

// chance is true with probability p.
func (r *random) chance(p float64) bool { return r.unit() < p }

// below returns an integer in [0, n).
func (r *random) below(n int) int {
	hi, _ := bits.Mul64(r.pcg.Uint64(), uint64(n))
	return int(hi)
}

// normal returns a number with mean 0 and variance 1, near enough Gaussian: the
// sum of four uniform ones, at most 3.5 from 0.
func (r *random) normal() float64 {
	const mask, sqrt3 = 1<<16 - 1, 1.7320508075688772
	u := r.pcg.Uint64()
	sum := u&mask + u>>16&mask + u>>32&mask + u>>48
	return mul(mul(float64(sum), 0x1p-16)-2, sqrt3)
}
