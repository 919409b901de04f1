package gpu

import (
	"fmt"
	"math"
	"os"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/lut"
)

// tableKey says which products of codes a table has.
type tableKey struct {
	table     *lut.Table
	magnitude bool
}

// integerTable has the products of a table's patterns, as integers, on the device.
type integerTable struct {
	products driver.Pointer
	a, b     codeSide
	laneBits int32
	largest  int64 // magnitude of a product
	about    string
	rank     *rank // nil: each product is looked up
	factors  driver.Pointer
}

// codeSide is CodeSide of kernels/integers.cuh.
type codeSide struct{ mask, magnitude uint32 }

// PrepareIntegers implements device.Integers.
func (d *Device) PrepareIntegers(t *lut.Table, magnitude bool) (about string, err error) {
	own, err := d.integerTable(t, magnitude)
	if err != nil {
		return "", err
	}
	return own.about, nil
}

// integerTable returns the products of a table, on the device from now on.
func (d *Device) integerTable(t *lut.Table, magnitude bool) (*integerTable, error) {
	if t == nil {
		return nil, fmt.Errorf("products of codes need a table of integers")
	}
	key := tableKey{t, magnitude}
	if own := d.integers.tables[key]; own != nil {
		return own, nil
	}
	if err := device.CheckIntegerTable(t); err != nil {
		return nil, err
	}
	own := &integerTable{laneBits: int32(t.Format.B), largest: device.LargestProduct(t)}
	if own.largest > math.MaxInt32 {
		return nil, fmt.Errorf("table %s has a product of a magnitude of %d, expected less than 2^31", t.Name, own.largest)
	}
	formA, formB := device.CodeForms(t.Format, magnitude)
	own.a = codeSide{uint32(t.Format.Rows() - 1), flag(formA == device.SignMagnitude)}
	own.b = codeSide{uint32(t.Format.Cols() - 1), flag(formB == device.SignMagnitude)}
	if err := own.choose(os.Getenv(device.IntegerVariable), t, magnitude); err != nil {
		return nil, fmt.Errorf("table %s, environment variable %s: %w", t.Name, device.IntegerVariable, err)
	}
	products := make([]int32, 0, t.Format.Pairs())
	for a := range uint32(t.Format.Rows()) {
		for b := range uint32(t.Format.Cols()) {
			products = append(products, int32(device.IntegerProductOf(t, a, b)))
		}
	}
	bring := func(bytes []byte) (at driver.Pointer, err error) {
		if at, err = d.memory.alloc(len(bytes)); err == nil {
			err = d.driver.Upload(at, bytes)
		}
		if err != nil {
			err = fmt.Errorf("bringing the products of %s to %s: %w", t.Name, d.Name(), err)
		}
		return at, err
	}
	var err error
	if own.products, err = bring(bytesOf(products)); err != nil {
		return nil, err
	}
	if own.rank != nil {
		if own.factors, err = bring(own.rank.bytes); err != nil {
			return nil, err
		}
	}
	if d.integers.tables == nil {
		d.integers.tables = map[tableKey]*integerTable{}
	}
	d.integers.tables[key] = own
	return own, nil
}

// choose decides how products are computed: as the environment variable says, or in the fastest way. A saturating
// accumulator that has to look at each addition looks each product up in any case.
func (t *integerTable) choose(force string, table *lut.Table, magnitude bool) error {
	const generic = "generic, each product is looked up in the device's memory"
	switch force {
	case "generic":
		t.about = generic
		return nil
	case "", "rank":
	default:
		return fmt.Errorf("way %q of products: expected rank or generic on a GPU", force)
	}
	r, err := newRank(table, magnitude)
	switch {
	case err != nil && force == "rank":
		return fmt.Errorf("products by way %q: %w", force, err)
	case err != nil:
		t.about = fmt.Sprintf("%s: %v", generic, err)
	case force == "" && r.pairs > worthPairs:
		t.about = fmt.Sprintf("%s: tensor cores would need %d products of bytes for one", generic, r.pairs)
	default:
		t.rank, t.about = r, fmt.Sprintf("rank, %s by tensor cores", english.Plural(r.pairs, "product of bytes", "products of bytes"))
	}
	return nil
}

// integerTiling is IntegerTiling of kernels/integers.cuh.
type integerTiling struct {
	rows, lanes, terms  int32
	rowTiles, laneTiles divider
	a, b                codeSide
	laneBits            int32
	zero                int32
	unused              int32
	report              uint32
	lo, hi              int64
}

// noReport is NO_REPORT of kernels/integers.cuh.
const noReport = math.MaxUint32

// sumTile is the tile of the kernels of kernels/integers.cuh.
var sumTile = tileSize{"sums", 16, 32, 128}

// integerProduct is a product of codes as the kernels see it; see product.
type integerProduct struct {
	kernel         string // integer_gemm or integer_forward
	operands       any
	items, m, n, k int
	channels       int // of B
}

// integerProduct computes a product of codes.
func (d *Device) integerProduct(what string, shape any, err error, p device.IntegerProduct, x integerProduct, a, b device.Codes, c device.Sums) {
	var A, B *codes
	var out *sums
	var table *integerTable
	for _, step := range []func() error{
		func() error { return err },
		func() (err error) { A, err = d.codesOn(a); return err },
		func() (err error) { B, err = d.codesOn(b); return err },
		func() (err error) { out, err = d.sumsOn(c); return err },
		func() error { _, err := d.own(p.Multiplier); return err },
		func() (err error) { table, err = d.integerTable(p.Multiplier.Table(), p.Magnitude); return err },
		func() error { return p.Check(x.channels, x.k, table.largest) },
		func() error { return A.within("A", p.A.Lo, p.A.Hi) },
		func() error { return B.within("B", p.B.Lo, p.B.Hi) },
	} {
		if err = step(); err != nil {
			break
		}
	}
	o, ok := d.begin(what, shape, err)
	if !ok {
		return
	}
	o.launch("clear_overflows", 1, 1, out.overflows())
	if x.m == 0 || x.n == 0 || x.items == 0 {
		return
	}
	lo, hi := p.Accumulator.Range()
	// With 64 bits a sum never gets so far: 2^30 products of less than 2^31 stay far from 2^63.
	saturating := p.Accumulator.Overflow == device.Saturate && int64(x.k) > hi/max(1, table.largest)
	kernel, tile, products := x.kernel, sumTile, []any{table.products}
	switch {
	case saturating:
		kernel += "_saturating"
	case table.rank != nil:
		kernel, tile, products = kernel+"_rank", rankTile, []any{table.rank.layout, table.factors}
	}
	rowTiles, laneTiles := tile.count(x.m, x.n)
	t := integerTiling{rows: int32(x.m), lanes: int32(x.n), terms: int32(x.k), rowTiles: newDivider(rowTiles), laneTiles: newDivider(laneTiles),
		a: table.a, b: table.b, laneBits: table.laneBits, zero: p.A.ZeroOf(0), unused: int32(64 - p.Accumulator.Width()), report: noReport,
		lo: lo, hi: hi}
	parameters, at := o.upload(perChannel(x.channels, p.B.Zero, bitsOf))
	defer parameters.free()
	launch := func() {
		args := append(append([]any{x.operands, t}, products...), at[0], A.at, B.at, out.at, out.overflows())
		o.launch(kernel, rowTiles*laneTiles*x.items, tile.threads, args...)
	}
	launch()
	if p.Accumulator.Overflow != device.Refuse || o.err != nil {
		return
	}
	count, first, err := out.Overflows()
	if err == nil && count > 0 {
		t.report = uint32(first)
		launch()
		err = o.refused(out, &device.OverflowError{Accumulator: p.Accumulator, Index: first, Count: count})
	}
	if err != nil {
		o.fail(o.what, err)
	}
}

// refused completes the error of sums that an accumulator refuses by the exact value of the first one.
func (o operation) refused(s *sums, over *device.OverflowError) error {
	exact := make([]int64, 1)
	if err := o.driver.Download(bytesOf(exact), s.overflows()+8); err != nil {
		return fmt.Errorf("reading a sum from %s: %w", o.Name(), err)
	}
	over.Sum = exact[0]
	return over
}

// IntegerGemm implements device.Integers.
func (d *Device) IntegerGemm(p device.IntegerProduct, g device.Gemm, a, b device.Codes, c device.Sums) {
	viewA, viewB := gemmViews(g)
	d.integerProduct("integer gemm", g, g.Check(a.Len(), b.Len(), c.Len()), p, integerProduct{
		kernel: "integer_gemm", items: 1, m: g.M, n: g.N, k: g.K, channels: g.N,
		operands: strided{newDivider(1), newView(viewA), newView(viewB), view{row: int32(g.N), col: 1}},
	}, a, b, c)
}

// IntegerBatchGemm implements device.Integers.
func (d *Device) IntegerBatchGemm(p device.IntegerProduct, g device.BatchGemm, a, b device.Codes, c device.Sums) {
	d.integerProduct("batch of integer products", g, g.Check(a.Len(), b.Len(), c.Len()), p, integerProduct{
		kernel: "integer_gemm", items: g.Outer * g.Inner, m: g.M, n: g.N, k: g.K, channels: g.N,
		operands: strided{newDivider(g.Inner), newView(g.A), newView(g.B), newView(g.C)},
	}, a, b, c)
}

// IntegerConv implements device.Integers.
func (d *Device) IntegerConv(p device.IntegerProduct, s device.Conv, x, w device.Codes, y device.Sums) {
	err := s.Check(x.Len(), w.Len(), y.Len())
	var c integerProduct
	if err == nil {
		c = integerProduct{kernel: "integer_forward", items: s.Groups, m: s.N * s.OutH() * s.OutW(), n: s.OutC / s.Groups,
			k: s.KH * s.KW * s.C / s.Groups, channels: s.OutC, operands: newConvolution(s)}
	}
	d.integerProduct("integer convolution", s, err, p, c, x, w, y)
}
