package mac

import "fmt"

// Overflow says what becomes of a sum that does not fit the accumulator.
type Overflow int

// The ways to overflow.
const (
	Wraps            Overflow = iota // modulo 2^bits
	SaturatesSigned                  // it becomes the nearest number of two's complement
	SaturatesNatural                 // it becomes 0, or 2^bits − 1
	// SaturatesSymmetric: it becomes the nearest number of two's complement other than the least, which has no
	// negative.
	SaturatesSymmetric
)

// String returns the words for it.
func (o Overflow) String() string {
	return [...]string{"wraps", "saturates at signed limits", "saturates at unsigned limits",
		"saturates at symmetric limits"}[o]
}

// MarshalText writes the words, for JSON.
func (o Overflow) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Rule is one way to accumulate.
type Rule struct {
	Overflow Overflow `json:"overflow"`
	Bits     int      `json:"bits"` // of the accumulator
	signed   bool     // the bits of the port above are the sign of the sum, otherwise 0
}

// String describes the rule: "32 bits, wraps".
func (r Rule) String() string { return fmt.Sprintf("%d bits, %v", r.Bits, r.Overflow) }

// limits returns the least and the largest sum.
func (r Rule) limits() (least, most int64) {
	if r.Overflow == SaturatesNatural || r.Overflow == Wraps && !r.signed {
		return 0, 1<<r.Bits - 1
	}
	most = 1<<(r.Bits-1) - 1
	if r.Overflow == SaturatesSymmetric {
		return -most, most
	}
	return -most - 1, most
}

// fit makes a sum fit.
func (r Rule) fit(sum int64) int64 {
	least, most := r.limits()
	switch {
	case sum >= least && sum <= most:
		return sum
	case r.Overflow != Wraps:
		return min(max(sum, least), most)
	case r.signed:
		return sum << (64 - r.Bits) >> (64 - r.Bits)
	}
	return sum & (1<<r.Bits - 1)
}

// port returns a sum as a port of so many bits shows it.
func (r Rule) port(sum int64, bits int) uint64 { return uint64(sum) & (1<<bits - 1) }

// rules lists the ways to accumulate that are looked for at a port of so many bits, for products of at least so many.
// Those of the port's own width are first.
func rules(port, product int, signed bool) (out []Rule) {
	for bits := port; bits >= product; bits-- {
		out = append(out, Rule{Wraps, bits, signed}, Rule{SaturatesSigned, bits, true}, Rule{SaturatesNatural, bits, false},
			Rule{SaturatesSymmetric, bits, true})
	}
	return out
}

// lane is the sum of one sequence by every rule.
type lane struct {
	actor
	sums  []int64 // by rule
	known bool    // a clear has given the sums their values
	free  int64   // the sum without limits
}

func newLane(t Timing, product func(a, b uint64) int64, rules int) *lane {
	return &lane{actor: *newActor(t, product), sums: make([]int64, rules)}
}

// step takes the sums over a clock edge, those of the rules that are alive.
func (l *lane) step(s Step, all []Rule, alive []int) (a action) {
	switch a = l.act(s); {
	case a.early:
		l.known = false
		return a
	case a.none:
		return a
	case a.set:
		l.known, l.free = true, a.term
		for _, i := range alive {
			l.sums[i] = all[i].fit(a.term)
		}
		return a
	}
	if l.free += a.term; !l.known {
		return a
	}
	for _, i := range alive {
		l.sums[i] = all[i].fit(l.sums[i] + a.term)
	}
	return a
}
