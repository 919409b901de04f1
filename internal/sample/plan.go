package sample

import (
	"fmt"
	"math/bits"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Part says how a pair was chosen.
type Part int

// The parts of a plan, in their order.
const (
	Directed   Part = iota // one of a list that is the same for each seed
	Stratified             // drawn from a stratum
	Uniform                // drawn from all pairs
	Parts
)

var partNames = [Parts]string{"directed", "stratified", "uniform"}

func (p Part) String() string { return partNames[p] }

// MarshalText writes the name, for JSON.
func (p Part) MarshalText() ([]byte, error) { return []byte(partNames[p]), nil }

// Limits of the number of uniform pairs.
const (
	Least = 100
	Most  = 1 << 40
)

const (
	// leastOfStratum is the least number of pairs that are drawn from a stratum. All strata together get at least a
	// quarter of the uniform pairs.
	leastOfStratum = 16
	blockPairs     = 1 << 16 // pairs of a block, about
)

// Generator describes how pairs are drawn.
const Generator = "PCG-DXSM (Go's math/rand/v2), one generator for each stratum and for each 65,536 uniform pairs"

// Plan is a list of operand pairs, in blocks that can be made in any order.
type Plan struct {
	Shape cosim.Shape
	N     uint64 // uniform pairs
	Seed  uint64

	strata   strata
	quota    uint64 // pairs of a stratum that has as many
	directed pairs
	groups   []group // of strata: the blocks of Stratified
}

// group is a range of strata.
type group struct{ from, to int }

// pairs are operands as at the ports.
type pairs struct{ a, b []uint64 }

func (p *pairs) add(a, b uint64) { p.a, p.b = append(p.a, a), append(p.b, b) }

// New returns the plan of n uniform pairs, and of the directed ones and those of strata beside them.
func New(s cosim.Shape, n, seed uint64) (*Plan, error) {
	if n < Least || n > Most {
		return nil, fault.Usagef("a sample of %d pairs: expected %d to 2^40", n, Least)
	}
	if !s.Sampled() {
		return nil, fault.Usagef("%v: a sample is taken of pairs of integers of up to %d bits and of floats of up to %d",
			s, cosim.MaxSampled, cosim.MaxSampledFloat)
	}
	p := &Plan{Shape: s, N: n, Seed: seed}
	if s.Kind == cosim.Float {
		p.strata = floatStrata(s)
		p.directed = directedFloats(s)
	} else {
		p.strata = integerStrata(s)
		p.directed = directedIntegers(s)
	}
	p.quota = max(leastOfStratum, n/4/uint64(p.strata.count()))
	var inGroup uint64
	for i := range p.strata.count() {
		if inGroup == 0 {
			p.groups = append(p.groups, group{i, i})
		}
		p.groups[len(p.groups)-1].to = i + 1
		if inGroup += p.ofStratum(i); inGroup >= blockPairs {
			inGroup = 0
		}
	}
	return p, nil
}

// ofStratum returns how many pairs of a stratum are in the plan: all, if it has no more than the quota.
func (p *Plan) ofStratum(i int) uint64 { return min(p.quota, p.strata.size(i)) }

// Whole says whether the plan has every pair of a stratum.
func (p *Plan) Whole(i int) bool { return p.strata.size(i) <= p.quota }

// Strata returns the number of strata. Some may have no pairs.
func (p *Plan) Strata() int { return p.strata.count() }

// Size returns the number of pairs of a stratum, at most 2^64 − 1.
func (p *Plan) Size(i int) uint64 { return p.strata.size(i) }

// Stratum returns the number of the stratum of a pair.
func (p *Plan) Stratum(a, b uint64) int { return p.strata.of(a, b) }

// StratumName names a stratum by what its two operands have in common.
func (p *Plan) StratumName(i int) (a, b string) { return p.strata.name(i) }

// Total returns the number of pairs.
func (p *Plan) Total() uint64 {
	n := uint64(len(p.directed.a)) + p.N
	for i := range p.strata.count() {
		n += p.ofStratum(i)
	}
	return n
}

// Blocks returns the number of blocks: first those of directed pairs, then those of strata, then those of uniform
// pairs.
func (p *Plan) Blocks() int {
	return p.directedBlocks() + len(p.groups) + int((p.N+blockPairs-1)/blockPairs)
}

func (p *Plan) directedBlocks() int { return (len(p.directed.a) + blockPairs - 1) / blockPairs }

// Block returns the operands of a block, as at the ports. The caller does not change them.
func (p *Plan) Block(i int) (part Part, a, b []uint64) {
	if n := p.directedBlocks(); i < n {
		from, to := i*blockPairs, min((i+1)*blockPairs, len(p.directed.a))
		return Directed, p.directed.a[from:to], p.directed.b[from:to]
	} else {
		i -= n
	}
	var out pairs
	if i < len(p.groups) {
		for s := p.groups[i].from; s < p.groups[i].to; s++ {
			p.stratum(s, &out)
		}
		return Stratified, out.a, out.b
	}
	i -= len(p.groups)
	n := min(blockPairs, p.N-uint64(i)*blockPairs)
	rng := p.generator(Uniform, i)
	out.a, out.b = make([]uint64, n), make([]uint64, n)
	for k := range out.a {
		out.a[k], out.b[k] = rng.Uint64()>>(64-p.Shape.A), rng.Uint64()>>(64-p.Shape.B)
	}
	return Uniform, out.a, out.b
}

// Before returns the number of uniform pairs before a block of them.
func (p *Plan) Before(block int) uint64 {
	return uint64(block-p.directedBlocks()-len(p.groups)) * blockPairs
}

// stratum adds the pairs of a stratum: all of them, or as many as the quota, drawn with replacement.
func (p *Plan) stratum(i int, out *pairs) {
	if p.Whole(i) {
		p.strata.all(i, out)
		return
	}
	rng := p.generator(Stratified, i)
	for range p.quota {
		out.add(p.strata.draw(i, rng))
	}
}

// generator returns the one of a block of uniform pairs, or of a stratum.
func (p *Plan) generator(part Part, i int) *rand.Rand {
	return rand.New(rand.NewPCG(mix(p.Seed), mix(uint64(part)<<56|uint64(i))))
}

// mix is the finalizer of SplitMix64: neighbours among seeds become strangers.
func mix(x uint64) uint64 {
	x = (x + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// mul returns a · b, at most 2^64 − 1.
func mul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi != 0 {
		return ^uint64(0)
	}
	return lo
}

// strata are classes of pairs: one of each class of a with each class of b.
type strata struct{ a, b side }

// side are the classes of an operand.
type side interface {
	count() int
	of(v uint64) int                     // class of a value
	size(class int) uint64               // values of a class
	at(class int, n uint64) uint64       // value number n of a class
	draw(class int, r *rand.Rand) uint64 // a value of a class, each with the same probability
	name(class int) string
}

func (s strata) count() int { return s.a.count() * s.b.count() }

func (s strata) split(i int) (a, b int) { return i / s.b.count(), i % s.b.count() }

func (s strata) of(a, b uint64) int { return s.a.of(a)*s.b.count() + s.b.of(b) }

func (s strata) size(i int) uint64 {
	a, b := s.split(i)
	return mul(s.a.size(a), s.b.size(b))
}

func (s strata) all(i int, out *pairs) {
	a, b := s.split(i)
	for x := range s.a.size(a) {
		for y := range s.b.size(b) {
			out.add(s.a.at(a, x), s.b.at(b, y))
		}
	}
}

func (s strata) draw(i int, r *rand.Rand) (uint64, uint64) {
	a, b := s.split(i)
	return s.a.draw(a, r), s.b.draw(b, r)
}

func (s strata) name(i int) (string, string) {
	a, b := s.split(i)
	return s.a.name(a), s.b.name(b)
}

// integers are classed by the position of the leading one: class 0 is zero, class k has magnitudes from 2^(k−1) to
// 2^k − 1.
type integers struct {
	bits   int
	signed bool
}

func integerStrata(s cosim.Shape) strata {
	k := s.Numbers().Kind
	return strata{integers{s.A, k.SignedA()}, integers{s.B, k.SignedB()}}
}

func (n integers) mask() uint64 { return ^uint64(0) >> (64 - n.bits) }

func (n integers) count() int { return n.bits + 1 }

func (n integers) of(v uint64) int {
	if n.signed && v>>(n.bits-1) == 1 {
		v = -v & n.mask()
	}
	return bits.Len64(v)
}

func (n integers) size(class int) uint64 {
	switch {
	case class == 0, n.signed && class == n.bits: // the least number
		return 1
	case n.signed:
		return 1 << class
	}
	return 1 << (class - 1)
}

func (n integers) at(class int, i uint64) uint64 {
	if class == 0 {
		return 0
	}
	first := uint64(1) << (class - 1)
	if n.signed && i >= first { // the second half is negative
		return -i & n.mask()
	}
	return first + i
}

func (n integers) draw(class int, r *rand.Rand) uint64 {
	return n.at(class, r.Uint64()&(n.size(class)-1)) // sizes are powers of two
}

func (n integers) name(class int) string {
	if class == 0 {
		return "0"
	}
	return fmt.Sprintf("2^%d", class-1)
}
