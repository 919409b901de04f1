package sample

import "github.com/approxtrain/approxtrain/cosim"

// set is a list of pairs without repetitions.
type set struct {
	pairs
	has map[[2]uint64]bool
}

func newSet() *set { return &set{has: map[[2]uint64]bool{}} }

func (s *set) add(a, b uint64) {
	if k := [2]uint64{a, b}; !s.has[k] {
		s.has[k] = true
		s.pairs.add(a, b)
	}
}

func (s *set) cross(a, b []uint64) {
	for _, x := range a {
		for _, y := range b {
			s.add(x, y)
		}
	}
}

// directedIntegers are, each with each: 0, all ones, powers of two and their neighbours, each with its complement, and
// patterns of alternating bits. Among them are the largest, the smallest and the negative numbers next to 0, and every
// leading-one position with every other. Then every run of ones with a few patterns and itself, in both orders.
func directedIntegers(s cosim.Shape) pairs {
	d := newSet()
	x, y := patterns(s.A), patterns(s.B)
	d.cross(x, y)
	few := func(bits int) []uint64 {
		m := mask(bits)
		return []uint64{1, 3 & m, m, 0x5555555555555555 & m, 0xaaaaaaaaaaaaaaaa & m, 1 << (bits - 1), 1<<(bits-1) - 1}
	}
	d.cross(runs(s.A), few(s.B))
	d.cross(few(s.A), runs(s.B))
	for _, r := range runs(min(s.A, s.B)) {
		d.add(r, r)
		d.add(r, ^r&mask(s.B))
		d.add(^r&mask(s.A), r)
	}
	return d.pairs
}

func mask(bits int) uint64 { return ^uint64(0) >> (64 - bits) }

// patterns returns the values that are multiplied each with each.
func patterns(bits int) (out []uint64) {
	seen := map[uint64]bool{}
	add := func(v uint64) {
		for _, v := range []uint64{v & mask(bits), ^v & mask(bits)} {
			if !seen[v] {
				seen[v] = true
				out = append(out, v)
			}
		}
	}
	add(0)
	for k := range bits {
		for _, v := range []uint64{1 << k, 1<<k - 1, 1<<k + 1} {
			add(v)
		}
	}
	add(0x5555555555555555)
	add(0x3333333333333333)
	return out
}

// runs returns every number of so many bits whose ones are neighbours.
func runs(bits int) (out []uint64) {
	for low := range bits {
		for n := 1; low+n <= bits; n++ {
			out = append(out, mask(n)<<low)
		}
	}
	return out
}
