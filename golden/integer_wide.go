package golden

import (
	"fmt"
	"strings"
	"sync"

	"github.com/approxtrain/approxtrain/lut"
)

// MaxInteger is the widest operand, in bits, for which the integer models hold.
const MaxInteger = 16

// Integer is a built-in integer multiplier of more operand bits than a table holds,
// up to MaxInteger.
type Integer struct {
	Name   string     // <design>_uN or <design>_sN
	Format lut.Format // of operands and product
	// Mul returns the bit pattern of the product of two operand bit patterns. It is
	// safe for concurrent use.
	Mul func(a, b uint32) uint32
	// Row writes the products of a and 0, 1, 2, …, as Mul has them, faster.
	Row func(a uint32, products []uint32)
	RTL RTL // the Verilog that claims to be this multiplier
}

// LookupInteger returns the multiplier of a name such as drum6_u16. Names that
// Lookup knows are errors.
func LookupInteger(name string) (Integer, error) {
	title, format, _ := strings.Cut(name, "_")
	f, _ := lut.ParseFormat(format)
	if f.Kind != lut.Unsigned && f.Kind != lut.Signed || f.Part != (lut.Part{}) || f.A != f.B || f.A <= lut.MaxInteger || f.A > MaxInteger || f.String() != format || f.P != 2*f.A {
		return Integer{}, fmt.Errorf("multiplier %.64q: without a table, integer multipliers are <design>_uN or <design>_sN with N from %d to %d",
			name, lut.MaxInteger+1, MaxInteger)
	}
	d, v := findDesign(title)
	if d == nil {
		return Integer{}, fmt.Errorf("multiplier %.64q is not built in; %s", name, nearestNames(name))
	}
	if err := d.admits(f, v); err != nil {
		return Integer{}, fmt.Errorf("multiplier %q: %w; %s", name, err, nearestNames(name))
	}
	core := d.integer(f.A, v)
	if d.name == "udm" {
		core = udm16
	}
	if f.Kind == lut.Signed {
		core = signed(f.A, core)
	}
	m := Integer{Name: name, Format: f, RTL: d.rtl(f, v)}
	m.Mul = func(a, b uint32) uint32 { return uint32(core(uint64(a), uint64(b))) }
	m.Row = func(a uint32, products []uint32) {
		for b := range products {
			products[b] = uint32(core(uint64(a), uint64(b)))
		}
	}
	if d.name == "drum" {
		m.Row = factored(f, core)
	}
	return m, nil
}

// factored is Row for a multiplier that replaces each operand by itself and multiplies
// exactly, and leaves 1 as it is: the product with 1 is what stands for an operand.
func factored(f lut.Format, core op) func(a uint32, products []uint32) {
	stands := sync.OnceValue(func() []uint32 {
		t := make([]uint32, f.Cols())
		for b := range t {
			t[b] = uint32(f.Kind.Number(uint32(core(uint64(b), 1)), f.P))
		}
		return t
	})
	mask := uint32(1<<f.P - 1)
	return func(a uint32, products []uint32) {
		t := stands()
		x := t[a]
		for b, y := range t[:len(products)] {
			products[b] = x * y & mask
		}
	}
}

// udm8 is the table of intUDM for 8 bits.
var udm8 = sync.OnceValue(func() *[1 << 16]uint16 {
	t := new([1 << 16]uint16)
	for i := range t {
		t[i] = uint16(intUDM(8, uint64(i>>8), uint64(i&0xff)))
	}
	return t
})

// udm16 is intUDM for 16 bits, the last step of its recursion over a table of the
// ones before: 85 cells for each of 2^32 products would take a quarter of an hour.
func udm16(a, b uint64) uint64 {
	t := udm8()
	p := func(x, y uint64) uint64 { return uint64(t[x<<8|y]) }
	ah, al, bh, bl := a>>8, a&0xff, b>>8, b&0xff
	return p(ah, bh)<<16 + (p(ah, bl)+p(al, bh))<<8 + p(al, bl)
}
