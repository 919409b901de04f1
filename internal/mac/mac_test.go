package mac

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// exact returns the table of exact products.
func exact(t *testing.T, f lut.Format) *lut.Table {
	t.Helper()
	out, err := lut.New("exact", f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			out.Set(a, b, uint32(out.ExactInt(a, b))&(1<<f.P-1))
		}
	}
	return out
}

// open reads a module of testdata/macs.v.
func open(t *testing.T, top string, params ...string) *cosim.Accumulator {
	t.Helper()
	acc, err := cosim.ElaborateAccumulator(t.Context(), cosim.Source{Files: []string{"testdata/macs.v"}, Top: top, Params: params},
		cosim.Overrides{}, "", cosim.Options{})
	require.NoError(t, err)
	return acc
}

// run checks it against exact products.
func run(t *testing.T, opts Options, top string, params ...string) *Result {
	t.Helper()
	acc := open(t, top, params...)
	f, err := acc.Shape().Format()
	require.NoError(t, err)
	r, err := Check(t.Context(), acc, exact(t, f), opts)
	require.NoError(t, err)
	return r
}

type passing struct {
	top      string
	params   []string
	timing   Timing
	overflow string
}

var passes = []passing{
	{"full", nil, Timing{Pair: 1, Clear: 1}, "saturates at unsigned limits"},
	{"mac", nil, Timing{Pair: 1, Clear: 1, Pause: SkipsPair}, "wraps"},
	{"mac", []string{"W=32"}, Timing{Pair: 1, Clear: 1, Pause: SkipsPair}, "wraps"},
	{"saturating", nil, Timing{Pair: 1, Clear: 1}, "saturates at signed limits"},
	{"saturating", []string{"W=24"}, Timing{Pair: 1, Clear: 1}, "saturates at signed limits"},
	{"symmetric", nil, Timing{Pair: 1, Clear: 1}, "saturates at symmetric limits"},
	{"symmetric", []string{"W=24"}, Timing{Pair: 1, Clear: 1}, "saturates at symmetric limits"},
	{"pipelined", nil, Timing{Pair: 2, Clear: 2, Pause: SkipsPair}, "wraps"},
	{"pipelined", []string{"AT_ONCE=1", "W=24"}, Timing{Pair: 2, Clear: 1, Pause: SkipsPair}, "wraps"},
	{"loading", []string{"W=24"}, Timing{Pair: 2, Clear: 2, Load: true, Pause: Stands, Held: true}, "wraps"},
	{"loading", nil, Timing{Pair: 2, Clear: 2, Load: true, Pause: Stands, Held: true}, "wraps"},
}

func (p passing) run(t *testing.T) {
	r := run(t, Options{}, p.top, p.params...)
	require.True(t, r.Equal(), "%+v", r)
	assert.Equal(t, p.timing, r.Timing)
	text, known := r.Overflow()
	assert.True(t, known)
	assert.Equal(t, p.overflow, text)
	assert.Len(t, r.Simulators, 2)
	assert.Equal(t, r.Table.Format.Pairs(), r.Products)
	assert.Greater(t, r.Pairs, uint64(200_000))
	assert.Greater(t, r.Clears, uint64(1000))
	if p.timing.Pause != NoPause {
		assert.Greater(t, r.Pauses, uint64(1000))
	}
}

func TestSums(t *testing.T) {
	for _, p := range passes[:1] {
		t.Run(p.top, p.run)
	}
}

func TestSumsLong(t *testing.T) {
	for _, p := range passes {
		t.Run(p.top, p.run)
	}
}

// The walks carry through all bits below each power of two, up and down, and go over the limits. They do so in the
// number of cycles that is planned for them.
func TestWalks(t *testing.T) {
	for _, signed := range []bool{false, true} {
		const port = 20
		product := func(a, b uint64) int64 { return int64(a * b) }
		top := port
		if signed {
			product = func(a, b uint64) int64 { return int64(int8(a)) * int64(int8(b)) }
			top--
		}
		s := newSource(8, 8, port, signed, false, product)
		cycles, _ := plan(s.needed(), 0)
		seen := map[[2]int64]bool{}
		for lane := range directed {
			l := newLane(Timing{Pair: 1, Clear: 1}, func(a, b uint64) int64 { return product(a&255, b&255) }, 0)
			n := 0
			for step := range s.sequence(lane, 1) {
				before, known := l.free, l.known
				if l.step(step, nil, nil); known {
					seen[[2]int64{before, l.free}] = true
				}
				if n++; n == cycles {
					break
				}
			}
		}
		for k := range top + 1 {
			n := int64(1) << k
			for _, carry := range [][2]int64{{n - 1, n}, {n, n - 1}, {-n, -n - 1}, {-n - 1, -n}} {
				if down := carry[1] < carry[0]; signed || carry[0] > 0 && !down {
					assert.True(t, seen[carry], "signed %v: from %d to %d", signed, carry[0], carry[1])
				}
			}
		}
	}
}

// What is wrong is found; the fault of the first is in one of 65,536 products.
func TestFaultsLong(t *testing.T) {
	for _, c := range []struct {
		top    string
		params []string
	}{
		{"mac", []string{"BUG=1"}}, {"mac", []string{"BUG=2"}}, {"mac", []string{"BUG=2", "W=32"}}, {"mac", []string{"BUG=3"}},
		{"mac", []string{"BUG=4"}}, {"mac", []string{"BUG=5"}}, {"mac", []string{"BUG=6"}},
		{"saturating", []string{"BUG=1"}}, {"saturating", []string{"BUG=2"}}, {"saturating", []string{"BUG=1", "W=24"}}, {"symmetric", []string{"BUG=1"}}, {"last", nil},
	} {
		t.Run(fmt.Sprint(c.top, c.params), func(t *testing.T) {
			r := run(t, Options{}, c.top, c.params...)
			assert.False(t, r.Equal())
			if len(c.params) > 0 && c.params[0] == "BUG=1" && c.top == "mac" {
				assert.Equal(t, []WrongProduct{{5, 6, 30, 0x11e}}, r.FirstWrong)
				assert.Equal(t, 1, r.Wrong)
				return
			}
			if assert.NotNil(t, r.Mismatch, "%+v", r) {
				t.Log(r.Timing, r.Mismatch)
			}
		})
	}
}

// flipping is a machine that shows one bit wrong, once.
type flipping struct {
	machine
	after int // sums
}

func (f *flipping) run(ctx context.Context, a, b []uint64, p []cosim.Word) error {
	err := f.machine.run(ctx, a, b, p)
	if f.after >= 0 && f.after < len(p) {
		p[f.after].Lo ^= 1
	}
	f.after -= len(p)
	return err
}

// A simulator that shows another sum than the first is found, in products and in sequences.
func TestDisagreementLong(t *testing.T) {
	for _, c := range []struct {
		after    int
		products bool
	}{{32*2*longest + 32, true}, {300_000, false}} {
		k := &checker{acc: open(t, "full")}
		require.NoError(t, k.build(t.Context()))
		k.all[1] = &flipping{k.all[1], c.after}
		r, err := k.check(t.Context(), exact(t, lut.UintFormat(4, 4)))
		require.NoError(t, err)
		assert.False(t, r.Equal())
		if assert.NotNil(t, r.Disagree, "%+v", r) {
			assert.Equal(t, r.Disagree.Want^1, r.Disagree.Got)
			assert.Contains(t, r.Disagree.Simulator, "netlist")
			assert.Equal(t, c.products, r.Sums == 0)
		}
		for _, m := range k.all {
			require.NoError(t, m.close())
		}
	}
}

// An accumulator that has fewer bits than its port does not pass, and its width is named.
func TestNarrowLong(t *testing.T) {
	r := run(t, Options{}, "narrow")
	assert.False(t, r.Equal())
	rule, ok := r.Narrower()
	assert.True(t, ok)
	assert.Equal(t, Rule{Wraps, 20, false}, rule)
	assert.Equal(t, 24, r.Port)
}

// Without a sum that goes over the limits nothing is said of them.
func TestUndeterminedLong(t *testing.T) {
	r := run(t, Options{Pairs: 20_000}, "mac", "W=40")
	assert.True(t, r.Equal())
	_, known := r.Overflow()
	assert.False(t, known)
	assert.Less(t, r.Most, int64(1)<<32)
}

// Without a golden table the products are the design's own.
func TestOwnProductsLong(t *testing.T) {
	for _, c := range passes[1:] {
		acc := open(t, c.top, c.params...)
		r, err := Check(t.Context(), acc, nil, Options{Pairs: 100_000})
		require.NoError(t, err)
		assert.True(t, r.Equal(), "%+v", r)
		assert.Equal(t, c.timing, r.Timing)
		assert.Equal(t, exact(t, r.Table.Format).Digest(), r.Table.Digest())
	}
}

// Both limits must have been passed, or all that products lead to.
func TestDetermined(t *testing.T) {
	wraps, other := Rule{Wraps, 8, true}, Rule{SaturatesSigned, 8, true}
	symmetric := Rule{SaturatesSymmetric, 8, true}
	up, down := []valued{{product: 1}}, []valued{{product: -1}}
	for _, c := range []struct {
		up, down    []valued
		rules       []Rule
		least, most int64
		want        bool
	}{
		{up, down, []Rule{wraps}, -129, 128, true},
		{up, down, []Rule{wraps}, -128, 128, false},
		{up, down, []Rule{wraps}, -129, 127, false},
		{up, down, []Rule{wraps, other}, -129, 128, false},
		{up, nil, []Rule{wraps}, 0, 128, true},
		{nil, down, []Rule{other}, -129, 0, true},
		{up, down, []Rule{{Wraps, 7, true}}, -129, 128, false},
		{up, nil, []Rule{{Wraps, 8, false}}, 0, 255, false},
		{up, nil, []Rule{{SaturatesNatural, 8, false}}, 0, 256, true},
		{up, down, nil, -129, 128, false},
		{up, down, []Rule{symmetric}, -128, 128, true},
		{up, down, []Rule{symmetric}, -127, 128, false},
		{up, down, []Rule{symmetric}, -128, 127, false},
		{up, down, []Rule{other, symmetric}, -129, 128, false},
		{nil, down, []Rule{symmetric}, -129, 0, false},
	} {
		s := &source{positive: c.up, negative: c.down}
		assert.Equal(t, c.want, s.determined(&Result{Port: 8, Rules: c.rules, Least: c.least, Most: c.most}), "%+v", c)
	}
}

// A sum that does not fit becomes the nearest limit, or is taken modulo 2^bits.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		overflow Overflow
		signed   bool
		sums     [5]int64 // of −9, −8, −7, 7, 8
	}{
		{Wraps, true, [5]int64{7, -8, -7, 7, -8}},
		{SaturatesSigned, true, [5]int64{-8, -8, -7, 7, 7}},
		{SaturatesSymmetric, true, [5]int64{-7, -7, -7, 7, 7}},
		{SaturatesNatural, false, [5]int64{0, 0, 0, 7, 8}},
	} {
		for i, sum := range []int64{-9, -8, -7, 7, 8} {
			assert.Equal(t, c.sums[i], Rule{c.overflow, 4, c.signed}.fit(sum), "%v of %d", c.overflow, sum)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		top  string
		over cosim.Overrides
		clr  string
		says string
	}{
		{"mac", cosim.Overrides{}, "clear", "option clr clear: the design has no free input of 1 bit"},
		{"mac", cosim.Overrides{Tie: []string{"clr=0"}}, "", "no input is known to clear the accumulator: name it with option clr"},
		{"mac", cosim.Overrides{Latency: 1, LatencyGiven: true}, "", "have no meaning for an accumulator"},
		{"mac", cosim.Overrides{Format: &lut.Format{Kind: lut.Signed, A: 7, B: 8, P: 15}}, "", "does not fit operands of 8 and 8 bits"},
	} {
		_, err := cosim.ElaborateAccumulator(t.Context(), cosim.Source{Files: []string{"testdata/macs.v"}, Top: c.top}, c.over, c.clr, cosim.Options{})
		require.ErrorContains(t, err, c.says)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
}
