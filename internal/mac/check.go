package mac

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/netlist"
	"github.com/approxtrain/approxtrain/lut"
)

// Limits of Options.Pairs.
const (
	LeastPairs = 10_000
	MostPairs  = 10_000_000
)

// Options of Check.
type Options struct {
	// Pairs in all sequences, LeastPairs to MostPairs; 0: as many as the walks over the accumulator's limits take, if
	// that takes seconds.
	Pairs int
	Seed  uint64 // of the random sequences
	// Progress, if not nil, is told how many cycles of how many are done.
	Progress func(done, total uint64)
}

// checker is the state of a check.
type checker struct {
	acc     *cosim.Accumulator
	all     []machine
	product func(a, b uint64) int64
	signed  bool
	opts    Options
	out     *Result
}

// Check proves that a design adds up the products of a table: products, one by one, and then sums of seeded sequences,
// in Verilator and in the netlist of Yosys. Without a table it takes the design's own products. An error is a fault of
// the design that keeps it from being compared; a wrong sum is in the result.
func Check(ctx context.Context, acc *cosim.Accumulator, table *lut.Table, opts Options) (*Result, error) {
	c := &checker{acc: acc, opts: opts}
	defer func() {
		for _, m := range c.all {
			m.close()
		}
	}()
	if err := c.build(ctx); err != nil {
		return nil, err
	}
	r, err := c.check(ctx, table)
	if err == nil {
		r.Passed = r.Equal()
	}
	return r, err
}

// build opens the simulators.
func (c *checker) build(ctx context.Context) error {
	top := c.acc.RTL.Design.Top
	var circuit *netlist.Circuit
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.acc.Build(gctx) })
	g.Go(func() (err error) {
		if circuit, err = netlist.Open(gctx, c.acc.RTL); err != nil {
			return fmt.Errorf("%s: an accumulator is compared in two simulators: %w", top, err)
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if !circuit.Clocked() {
		return fault.Failedf("%s: the sum's port depends on no register", top)
	}
	c.all = []machine{&harness{rtl: c.acc.RTL}, &gates{circuit: circuit}}
	return nil
}

func (c *checker) check(ctx context.Context, table *lut.Table) (*Result, error) {
	acc := c.acc
	k, _ := acc.Kind.Integer()
	c.signed = k.SignedProduct()
	c.out = &Result{Port: acc.P, Alone: acc.RTL.OneReader(true)}
	for _, m := range c.all {
		c.out.Simulators = append(c.out.Simulators, m.String())
	}
	f, err := acc.Shape().Format()
	if err != nil {
		return nil, fault.Usagef("%s: the products of an accumulator need a table: %w", acc.RTL.Design.Top, err)
	}
	if acc.P < f.P {
		return nil, fault.Usagef("%s: the accumulator's port has %d bits, and a product %d", acc.RTL.Design.Top, acc.P, f.P)
	}
	if table != nil && table.Format != f {
		return nil, fault.Usagef("%s adds up products of format %v, the golden table has %v", acc.RTL.Design.Top, f, table.Format)
	}
	if c.out.Table = table; table != nil {
		c.use(table)
	}
	wrong, err := c.findTiming(ctx, c.product)
	if err == nil && wrong != nil && c.product != nil { // its own products may tell
		first := c.out.Timing
		var other *Moment
		if other, err = c.findTiming(ctx, nil); other != nil {
			c.out.Timing = first
		}
	}
	if err != nil {
		return nil, err
	}
	if err := c.products(ctx, f); err != nil {
		return nil, err
	}
	if c.out.Mismatch = wrong; wrong != nil || c.out.Wrong > 0 || c.out.Disagree != nil {
		c.wrongProduct(f)
		return c.out, nil
	}
	return c.out, c.sums(ctx)
}

// use takes the products of a table.
func (c *checker) use(t *lut.Table) {
	c.product = func(a, b uint64) int64 {
		return t.Int(uint32(a)&(1<<t.Format.A-1), uint32(b)&(1<<t.Format.B-1))
	}
}

// findTiming tries which timing explains a random sequence by the sums of products, in the first machine; without
// products, by those that the design itself has at each timing. If none does, it takes the one that explains most, and
// returns the moment at which it fails.
func (c *checker) findTiming(ctx context.Context, products func(a, b uint64) int64) (*Moment, error) {
	const lanes, cycles = 16, 600
	rng := rand.New(rand.NewPCG(c.opts.Seed, 99))
	pairs := c.smallPairs(rng, products)
	steps := make([]Step, lanes*cycles)
	for i := range steps {
		t, lane := i/lanes, i%lanes
		p := pairs[rng.IntN(len(pairs))]
		s := Step{A: p.a, B: p.b, Enable: true, Clear: t < leadIn || rng.IntN([]int{2, 4, 12, 30}[lane%4]) == 0 || (t+lane)%40 == 0}
		s.Enable = c.acc.Enable == "" || t < leadIn || lane%3 == 0 || rng.IntN(3) > 0
		steps[i] = s
	}
	first := c.all[:1]
	if err := first[0].begin(ctx, lanes, cosim.FillRandom); err != nil {
		return nil, err
	}
	a, b := c.operands(steps)
	shown, err := both(ctx, first, a, b)
	if err != nil {
		return nil, err
	}
	best := -1
	var moment *Moment
	var rule Rule
	for _, t := range timings(c.acc.Enable != "") {
		product := products
		if product == nil { // of the design itself, as this timing has them
			own, err := c.extract(ctx, first, cosim.FillZeros, t, len(pairs), func(i int) pair { return pairs[i] })
			if err != nil {
				return nil, err
			}
			known := map[pair]int64{}
			for i, p := range pairs {
				known[p], _ = c.number(own[0][i])
			}
			product = func(a, b uint64) int64 { return known[pair{a, b}] }
		}
		for _, r := range rules(c.acc.P, c.acc.P, c.signed) {
			matched, wrong := c.follow(t, r, product, steps, shown[0], lanes)
			if matched > best {
				best, moment, rule, c.out.Timing = matched, wrong, r, t
			}
			if wrong == nil && matched > 0 {
				return nil, nil
			}
		}
	}
	if moment != nil && (products != nil || c.product == nil) {
		c.failed(steps, moment.Sequence, lanes, moment.Cycle, moment.Sequence, cosim.FillRandom, rule)
	}
	return moment, nil
}

// smallPairs returns pairs of different products of which some dozens do not overflow.
func (c *checker) smallPairs(rng *rand.Rand, product func(a, b uint64) int64) []pair {
	var out []pair
	if product == nil { // small operands have them
		for range 512 {
			x, y := rng.Uint64()>>(64-min(c.acc.A, max(2, (c.acc.P-6)/2))), rng.Uint64()>>(64-min(c.acc.B, max(2, (c.acc.P-6)/2)))
			out = append(out, pair{x, y})
		}
		return out
	}
	most := max(int64(1)<<(c.acc.P-1)/64-1, 15)
	var least pair
	for tries := 0; tries < 1<<20 && len(out) < 1024; tries++ {
		p := pair{rng.Uint64() >> (64 - c.acc.A), rng.Uint64() >> (64 - c.acc.B)}
		if tries%2 == 1 {
			p.a &= 31
		}
		n := size(product(p.a, p.b))
		if n <= most {
			out = append(out, p)
		}
		if n < size(product(least.a, least.b)) {
			least = p
		}
	}
	return append(out, least)
}

// follow counts the sums that a timing and a rule explain, up to the first that they do not.
func (c *checker) follow(t Timing, r Rule, product func(a, b uint64) int64, steps []Step, shown []cosim.Word, lanes int) (matched int, wrong *Moment) {
	all := make([]*lane, lanes)
	for i := range all {
		all[i] = newLane(t, product, 1)
	}
	for i, s := range steps {
		l := all[i%lanes]
		before := l.sums[0]
		l.step(s, []Rule{r}, []int{0})
		if !l.known {
			continue
		}
		if want := r.port(l.sums[0], c.acc.P); want != shown[i].Lo {
			return matched, c.moment(c.all[0].String(), i, lanes, 0, s, before, want, shown[i].Lo)
		}
		matched++
	}
	return matched, nil
}

func (c *checker) moment(simulator string, i, lanes, first int, s Step, before int64, want, got uint64) *Moment {
	return &Moment{Simulator: simulator, Sequence: i % lanes, Cycle: first + i/lanes, A: s.A & (1<<c.acc.A - 1), B: s.B & (1<<c.acc.B - 1),
		Clear: s.Clear, Pause: !s.Enable, Before: before, Want: want, Got: got}
}

// products compares every product, alone in the sum, with the table's; without a table it makes one.
func (c *checker) products(ctx context.Context, f lut.Format) error {
	n := f.Pairs()
	of := func(i int) pair { return pairOf(f, i) }
	shown, err := c.extract(ctx, c.all, cosim.FillOnes, c.out.Timing, n, of)
	if err != nil {
		return err
	}
	own := c.out.Table == nil
	if own {
		if c.out.Table, err = lut.New(c.acc.RTL.Design.Top, f); err != nil {
			return err
		}
		c.use(c.out.Table)
	}
	for i := range n {
		p := of(i)
		want := shown[0][i]
		if own {
			v, extended := c.number(want)
			if !extended {
				return fault.Failedf("%s: the product of %#x and %#x is %#x, of which bits %d to %d are not the extension of bits %d to 0",
					c.acc.RTL.Design.Top, p.a, p.b, want, c.acc.P-1, f.P, f.P-1)
			}
			c.out.Table.Set(uint32(p.a), uint32(p.b), uint32(v)&(1<<f.P-1))
		}
		want = uint64(c.product(p.a, p.b)) & (1<<c.acc.P - 1)
		bad := false
		for k := range c.all {
			if got := shown[k][i]; got != shown[0][i] {
				c.out.Disagree = &Moment{Simulator: c.all[k].String(), A: p.a, B: p.b, Want: shown[0][i], Got: got}
			} else if got != want && !bad {
				bad = true
				c.out.Wrong++
				if len(c.out.FirstWrong) < 10 {
					c.out.FirstWrong = append(c.out.FirstWrong, WrongProduct{p.a, p.b, c.product(p.a, p.b), signedNumber(got, c.acc.P, c.signed)})
				}
			}
		}
		c.out.Products++
	}
	return nil
}

// wrongProduct keeps the sequence of the first product that is wrong, alone in the sum, if there is one, and completes
// the one of the first trial otherwise.
func (c *checker) wrongProduct(f lut.Format) {
	var p pair
	switch {
	case c.out.Disagree != nil:
		p = pair{c.out.Disagree.A, c.out.Disagree.B}
	case c.out.Wrong > 0:
		p = pair{c.out.FirstWrong[0].A, c.out.FirstWrong[0].B}
	default:
		c.out.failure.timing, c.out.failure.product = c.out.Timing, c.product
		return
	}
	at := int(p.a<<f.B | p.b)
	first := at - at%(aloneLanes*aloneSlots)
	steps := c.out.Timing.alone(min(aloneLanes*aloneSlots, f.Pairs()-first), func(i int) pair { return pairOf(f, first+i) })
	c.failed(steps, at%aloneLanes, aloneLanes, c.out.Timing.edge((at-first)/aloneLanes), -1, cosim.FillOnes, Rule{Wraps, c.acc.P, c.signed})
}

// pairOf returns the pair of an entry of a table.
func pairOf(f lut.Format, i int) pair { return pair{uint64(i) >> f.B, uint64(i) & (1<<f.B - 1)} }

func signedNumber(v uint64, bits int, signed bool) int64 {
	if signed {
		return int64(v<<(64-bits)) >> (64 - bits)
	}
	return int64(v)
}

// sums compares the sums of all sequences.
func (c *checker) sums(ctx context.Context) error {
	acc := c.acc
	s := newSource(acc.A, acc.B, acc.P, c.signed, acc.Enable != "", c.product)
	walk, random := plan(s.needed(), c.opts.Pairs)
	t := &trial{checker: c, rules: rules(acc.P, c.out.Table.Format.P, c.signed), total: uint64(walk + random)}
	t.before = make([]int64, 0, len(t.rules))
	for i := range t.rules {
		t.alive = append(t.alive, i)
	}
	for _, part := range []struct{ first, lanes, cycles int }{{0, directed, walk}, {directed, randomLanes, random}} {
		var all []func() (Step, bool)
		for i := range part.lanes {
			next, stop := iter.Pull(s.sequence(part.first+i, c.opts.Seed))
			defer stop()
			all = append(all, next)
		}
		if ended, err := t.run(ctx, all, part.first, part.cycles); err != nil {
			return err
		} else if ended {
			t.keep(s)
			return nil
		}
	}
	for _, i := range t.alive {
		c.out.Rules = append(c.out.Rules, t.rules[i])
	}
	if len(c.out.own()) == 0 {
		c.out.Mismatch = t.last
		t.keep(s)
	}
	c.out.determined = s.determined(c.out)
	return nil
}

// determined says whether one rule for the port's width is left, and sums went over all limits to which products lead:
// over both if they are symmetric.
func (s *source) determined(r *Result) bool {
	if len(r.Rules) != 1 || len(r.own()) != 1 {
		return false
	}
	least, most := r.Rules[0].limits()
	if r.Rules[0].Overflow == SaturatesSymmetric {
		return r.Most > most && r.Least < least
	}
	return (len(s.positive) == 0 || r.Most > most) && (len(s.negative) == 0 || r.Least < least)
}
