package netlist

import (
	"context"
	"fmt"
	"math/rand/v2"
	"unsafe"

	"github.com/approxtrain/approxtrain/cosim"
)

// instance evaluates a circuit. Its memory has a bit for each of blockPairs pairs,
// or of as many instances of a clocked design.
type instance struct {
	c    *Circuit
	tier tier
	mem  []uint64 // of c.out and c.next
	rmem []uint64 // of c.reset.next
	raw  []byte   // products of the last Sweep
	a, b []int    // slots of the operands' planes, the lowest bit first
	p    []int    // slots of the product's planes
	held held     // what the operands' planes hold

	unasked bool // the last handshake showed a product that no pair asked for
}

// Open implements cosim.Opener.
func (c *Circuit) Open(ctx context.Context) (cosim.DUT, error) { return c.open(ctx) }

func (c *Circuit) open(ctx context.Context) (*instance, error) {
	t, err := chooseTier()
	if err != nil {
		return nil, err
	}
	d := &instance{c: c, tier: t, mem: newMemory(c.out, c.next), held: make(held, c.layout.sources())}
	if c.reset != nil {
		d.rmem = newMemory(c.reset.next)
	}
	for _, i := range c.a {
		d.a = append(d.a, c.layout.inputs[i])
	}
	for _, i := range c.b {
		d.b = append(d.b, c.layout.inputs[i])
	}
	d.p = c.out.outs[:c.product]
	return d, d.Reset(ctx, cosim.FillZeros)
}

// newMemory returns the memory that programs of one layout share.
func newMemory(programs ...*program) []uint64 {
	slots := 0
	for _, p := range programs {
		if p != nil {
			slots = max(slots, p.slots)
		}
	}
	// A zero and an all-ones slot of one program may be a place of work of the other,
	// so every program's are set before it runs: see exec.
	// Vectors that cross lines of the cache are slow.
	const line = 8
	mem := make([]uint64, slots*blockWords+line-1)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(mem)))/8) & (line - 1)
	return mem[skip:][: slots*blockWords : slots*blockWords]
}

// exec runs a program in a memory.
func (t *tier) exec(p *program, mem []uint64) {
	_ = mem[:p.slots*blockWords]
	t.run(p.code, mem)
	if p.zeros >= 0 {
		fillPlane(slotOf(mem, p.zeros), 0)
	}
	if p.ones >= 0 {
		fillPlane(slotOf(mem, p.ones), ^uint64(0))
	}
}

// Shape implements cosim.DUT.
func (d *instance) Shape() cosim.Shape { return d.c.Shape() }

// beyond32 is that of the shape.
func (c *Circuit) beyond32() bool { return max(len(c.a), len(c.b), c.product) > 32 }

// Close implements cosim.DUT.
func (d *instance) Close() error { return nil }

// Reset implements cosim.DUT. Random open bits are drawn for each pair of a block.
func (d *instance) Reset(ctx context.Context, fill cosim.Fill) error {
	rng := rand.New(rand.NewPCG(uint64(fill), 20021))
	open := func(to []uint64) {
		for i := range to {
			switch fill {
			case cosim.FillZeros:
				to[i] = 0
			case cosim.FillOnes:
				to[i] = ^uint64(0)
			default:
				to[i] = rng.Uint64()
			}
		}
	}
	for _, s := range d.c.layout.opens {
		open(slotOf(d.mem, s))
	}
	if d.rmem != nil {
		for _, s := range d.c.reset.layout.opens {
			open(slotOf(d.rmem, s))
		}
	}
	d.start()
	return ctx.Err()
}

// Sweep implements cosim.DUT. Where structure proves that products are a function
// of the operands, the order makes no difference, and pairs are taken row by row.
func (d *instance) Sweep(ctx context.Context, r cosim.Rect, o cosim.Order) (cosim.Products, error) {
	n, bytes := r.Pairs(), d.Shape().EntryBytes()
	if d.c.beyond32() {
		return cosim.Products{}, fmt.Errorf("%v: products of more than 32 bits are no words of 32 bits", d.Shape())
	}
	if n == 0 || n > 1<<28 {
		return cosim.Products{}, fmt.Errorf("a sweep of %d pairs: expected 1 to 2^28", n)
	}
	if need := int(n) * bytes; cap(d.raw) < need {
		d.raw = alignedBytes(need)
	} else {
		d.raw = d.raw[:need]
	}
	var err error
	switch {
	case !d.c.Clocked() && d.c.outValid < 0:
		err = d.combinational(ctx, r, bytes)
	case d.c.outValid < 0 && !d.c.timing.Hold && d.c.Structure.Pure():
		err = d.stream(ctx, (n+blockPairs-1)/blockPairs, func(i uint64) {
			operandPlanes(d.mem, d.held, d.a, d.b, r, i*blockPairs)
		}, func(i uint64) { d.take(i*blockPairs, n, bytes) })
	default:
		err = d.walk(ctx, r, o, bytes)
	}
	if err != nil {
		return cosim.Products{}, err
	}
	return view(d.raw, bytes), nil
}

// combinational forms the products of a rectangle, a block at a time.
func (d *instance) combinational(ctx context.Context, r cosim.Rect, bytes int) error {
	n := r.Pairs()
	for first := uint64(0); first < n; first += blockPairs {
		if first%(64*blockPairs) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		operandPlanes(d.mem, d.held, d.a, d.b, r, first)
		d.tier.exec(d.c.out, d.mem)
		d.take(first, n, bytes)
	}
	return nil
}

// take stores the products of the block of pairs from first on.
func (d *instance) take(first, n uint64, bytes int) {
	d.tier.products(d.mem, d.p, d.raw[int(first)*bytes:int(min(first+blockPairs, n))*bytes], bytes)
}

// walk forms the products of a rectangle in an order, each pair of a block by an
// instance with its own state, or held.
func (d *instance) walk(ctx context.Context, r cosim.Rect, o cosim.Order, bytes int) error {
	n := r.Pairs()
	a, b, p := make([]uint32, blockPairs), make([]uint32, blockPairs), make([]uint32, blockPairs)
	for first := uint64(0); first < n; first += blockPairs {
		m := int(min(blockPairs, n-first))
		for i := range m {
			at := o.Pair(first+uint64(i), n)
			a[i], b[i] = r.A0+uint32(at/uint64(r.NB)), r.B0+uint32(at%uint64(r.NB))
		}
		if err := d.block(ctx, a[:m], b[:m], p[:m]); err != nil {
			return err
		}
		for i, v := range p[:m] {
			at := int(o.Pair(first+uint64(i), n)) * bytes
			for j := range bytes {
				d.raw[at+j] = byte(v >> (8 * j))
			}
		}
	}
	return nil
}

// Eval implements cosim.DUT.
func (d *instance) Eval(ctx context.Context, a, b, p []uint32) error {
	if d.c.beyond32() {
		return fmt.Errorf("%v: products of more than 32 bits are no words of 32 bits", d.Shape())
	}
	for len(a) > 0 {
		m := min(len(a), blockPairs)
		if err := d.block(ctx, a[:m], b[:m], p[:m]); err != nil {
			return err
		}
		a, b, p = a[m:], b[m:], p[m:]
	}
	return nil
}

// EvalWords implements cosim.Broad.
func (d *instance) EvalWords(ctx context.Context, a, b []uint64, p []cosim.Word) error {
	for len(a) > 0 {
		m := min(len(a), blockPairs)
		if err := d.multiply(ctx, a[:m], b[:m]); err != nil {
			return err
		}
		d.words(p[:m])
		a, b, p = a[m:], b[m:], p[m:]
	}
	return nil
}

// words stores the products of a block, of any width.
func (d *instance) words(p []cosim.Word) {
	var low, high [64]uint64
	for w := range blockWords {
		clear(low[:])
		clear(high[:])
		for k, s := range d.p {
			if k < 64 {
				low[k] = d.mem[s*blockWords+w]
			} else {
				high[k-64] = d.mem[s*blockWords+w]
			}
		}
		transpose(&low)
		transpose(&high)
		for i := range low {
			if at := pairAt(w, i); at < len(p) {
				p[at] = cosim.Word{Lo: low[i], Hi: high[i]}
			}
		}
	}
}

// block forms up to blockPairs products of any pairs.
func (d *instance) block(ctx context.Context, a, b, p []uint32) error {
	x, y := make([]uint64, len(a)), make([]uint64, len(b))
	for i := range a {
		x[i], y[i] = uint64(a[i]), uint64(b[i])
	}
	if err := d.multiply(ctx, x, y); err != nil {
		return err
	}
	raw := alignedBytes(4 * len(a))
	d.tier.products(d.mem, d.p, raw, 4)
	copy(p, view(raw, 4).U32)
	return nil
}

// multiply brings the products of up to blockPairs pairs to the planes of the product.
func (d *instance) multiply(ctx context.Context, a, b []uint64) error {
	clear(d.held)
	var va, vb [64]uint64
	for w := range blockWords {
		for i := range va { // what is behind the last pair repeats it
			at := min(pairAt(w, i), len(a)-1)
			va[i], vb[i] = a[at], b[at]
		}
		valuePlanes(d.mem, d.a, w, &va)
		valuePlanes(d.mem, d.b, w, &vb)
	}
	if d.c.Clocked() || d.c.outValid >= 0 {
		return d.clocked(ctx, a, b)
	}
	d.tier.exec(d.c.out, d.mem)
	return nil
}

// alignedBytes returns memory that can be viewed as words.
func alignedBytes(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}

// view returns bytes as products.
func view(raw []byte, bytes int) cosim.Products {
	at, n := unsafe.Pointer(unsafe.SliceData(raw)), len(raw)/bytes
	switch bytes {
	case 1:
		return cosim.Products{U8: raw}
	case 2:
		return cosim.Products{U16: unsafe.Slice((*uint16)(at), n)}
	default:
		return cosim.Products{U32: unsafe.Slice((*uint32)(at), n)}
	}
}
