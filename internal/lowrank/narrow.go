package lowrank

import (
	"math"
	"math/rand/v2"
	"slices"
)

// terms are pairs of factors, u[i] and v[i], whose sum of products stays the same.
type terms struct{ u, v [][]int64 }

// narrow lowers the ranges of factors, so that 8 bits hold more of them, and returns them; nil if they do not fit 32
// bits or if there are none. It goes downhill, and from places nearby again if 8 bits do not hold all of them: as often
// as their number allows in about a second.
func narrow(u, v [][]int64) *Factors {
	if u == nil || v == nil {
		return nil
	}
	t := &terms{u, v}
	t.descend()
	best := t.factors()
	random := rand.New(rand.NewPCG(1, 2))
	for range 600_000 / (len(u) * len(u) * (len(u[0]) + len(v[0]))) {
		if len(u) == 1 || best != nil && best.NativeProducts() == best.Rank() {
			break
		}
		next := t.clone()
		next.disturb(random)
		next.descend()
		f := next.factors()
		if f != nil && (best == nil || f.cost().less(best.cost())) {
			best, t = f, next
		}
	}
	return best
}

func (t *terms) clone() *terms {
	c := &terms{make([][]int64, len(t.u)), make([][]int64, len(t.v))}
	for i := range t.u {
		c.u[i], c.v[i] = slices.Clone(t.u[i]), slices.Clone(t.v[i])
	}
	return c
}

// disturb adds some factors to others.
func (t *terms) disturb(random *rand.Rand) {
	for range 1 + random.IntN(3) {
		i, j := random.IntN(len(t.u)), random.IntN(len(t.u))
		if q := int64(random.IntN(5) - 2); i != j {
			add(t.u[i], t.u[j], q)
			add(t.v[j], t.v[i], -q)
		}
	}
}

func (t *terms) descend() {
	for range 60 {
		for i := range t.u {
			t.balance(i)
		}
		if !t.improve() {
			break
		}
	}
}

// penalty is what a range costs: its width, more beyond 8 bits, more for large numbers, and most beyond 32 bits. It is
// for numbers of a magnitude of at most a few times the limit.
func (s span) penalty() int64 {
	w := s.width()
	p := w + 4*max(0, w-255) + max(0, s.hi-1<<16, -s.lo-1<<16)
	if !s.within(math.MinInt32, math.MaxInt32) {
		p += 1 << 46
	}
	return p
}

// improve adds small multiples of factors to others where that lowers the penalty, and says whether it did. From
// u[i]·v[i] + u[j]·v[j] it makes (u[i] + q·u[j])·v[i] + u[j]·(v[j] − q·v[i]).
func (t *terms) improve() (better bool) {
	for i := range t.u {
		for j := range t.u {
			if i == j {
				continue
			}
			now := spanOf(t.u[i]).penalty() + spanOf(t.v[j]).penalty()
			for _, q := range [...]int64{1, -1, 2, -2, 3, -3, 4, -4, 8, -8, 16, -16} {
				next := spanOfSum(t.u[i], t.u[j], q).penalty()
				if next >= now {
					continue
				}
				if next += spanOfSum(t.v[j], t.v[i], -q).penalty(); next < now {
					add(t.u[i], t.u[j], q)
					add(t.v[j], t.v[i], -q)
					now, better = next, true
				}
			}
		}
	}
	return better
}

// spanOfSum returns the span of v + q·w.
func spanOfSum(v, w []int64, q int64) span {
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	for i, x := range v {
		s := x + q*w[i]
		lo, hi = min(lo, s), max(hi, s)
	}
	return span{lo, hi}
}

func add(v, w []int64, q int64) {
	for i := range v {
		v[i] += q * w[i]
	}
}

// balance divides the common divisors of both sides of a pair among them so that the wider side is as narrow as
// possible.
func (t *terms) balance(i int) {
	u, v := t.u[i], t.v[i]
	g, h := divisor(u), divisor(v)
	if g == 0 || h == 0 || g*h == 1 || g > 1<<20 || h > 1<<20 {
		return
	}
	a, b := spanOf(u).width()/g, spanOf(v).width()/h
	k := g * h
	best, least := g, max(a*g, b*h)
	for d := int64(1); d*d <= k && d <= 1<<11; d++ {
		if k%d != 0 {
			continue
		}
		for _, e := range [...]int64{d, k / d} {
			if w := max(a*e, b*(k/e)); w < least {
				best, least = e, w
			}
		}
	}
	for j := range u {
		u[j] = u[j] / g * best
	}
	for j := range v {
		v[j] = v[j] / h * (k / best)
	}
}

// divisor returns the greatest common divisor, 0 of zeros alone.
func divisor(v []int64) int64 {
	var g int64
	for _, x := range v {
		for x != 0 {
			g, x = x, g%x
		}
		if g == 1 || g == -1 {
			return 1
		}
	}
	return max(g, -g)
}

// factors returns the pairs, each with the signs that fit more native products, and with more large numbers above 0
// than below in side A if both signs fit as many.
func (t *terms) factors() *Factors {
	f := &Factors{}
	for i := range t.u {
		a, b := spanOf(t.u[i]), spanOf(t.v[i])
		sign := int64(1)
		same, other := fitOf(a, b), fitOf(a.negated(), b.negated())
		if other < same || other == same && a.hi < -a.lo {
			sign = -1
		}
		u, v := numbers(t.u[i], sign), numbers(t.v[i], sign)
		if u == nil || v == nil { // −2^31 fits, its negative does not
			u, v = numbers(t.u[i], -sign), numbers(t.v[i], -sign)
		}
		if u == nil || v == nil {
			return nil
		}
		f.A, f.B = append(f.A, u), append(f.B, v)
	}
	return f
}

// numbers returns sign · v in 32 bits, nil if a number does not fit.
func numbers(v []int64, sign int64) []int32 {
	out := make([]int32, len(v))
	for i, x := range v {
		if x *= sign; x < math.MinInt32 || x > math.MaxInt32 {
			return nil
		}
		out[i] = int32(x)
	}
	return out
}
