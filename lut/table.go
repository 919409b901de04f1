package lut

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Source names a file that a table was made from.
type Source struct {
	Path   string `json:"path"`   // base name, without its folder
	SHA256 string `json:"sha256"` // of the contents, 64 lower-case hex digits
}

// Witness is a simulator that computed products of a design: every one of its
// table, or a sample, of floats from the plane of all operands.
type Witness struct {
	Tool     string `json:"tool"`
	Products uint64 `json:"products"`
	Sample   bool   `json:"sample,omitempty"`
}

// Table is every product of one multiplier. An entry holds ValueBits bits and
// is stored in the narrowest of 8, 16 and 32; entries are in row-major order,
// operand A selecting the row. Operands are bit patterns: 0 ≤ a < Rows,
// 0 ≤ b < Cols, for every kind of format.
//
// The accessors panic on an operand outside its range, as an index would.
// Any number of goroutines may read a table that none writes.
type Table struct {
	Name     string   // of the multiplier: letters, digits and ._+- (as a file stores it)
	Format   Format   // set by New; not to be changed afterwards
	Rounding Rounding // of binary32 operands to Format.A bits; Mantissa only
	Sources  []Source // what the table was made from, may be empty
	Options  []string // what the sources were read with: "-G W=8", may be empty
	Tools    []string // name and version of each tool that took part, may be empty
	// Witnesses are the tools that computed all products and agreed, may be empty.
	Witnesses []Witness
	// Function says how it is known that the product is a function of the
	// operands: "sampled: 3 visits a pair". May be empty.
	Function string

	// Exactly one is non-nil: the one of Format.EntryBits.
	w8  []uint8
	w16 []uint16
	w32 []uint32
}

// New returns a table of zeros. It fails if no table can hold the format.
func New(name string, f Format) (*Table, error) {
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	t := &Table{Name: name, Format: f}
	switch f.EntryBits() {
	case 8:
		t.w8 = make([]uint8, f.Pairs())
	case 16:
		t.w16 = make([]uint16, f.Pairs())
	default:
		t.w32 = make([]uint32, f.Pairs())
	}
	return t, nil
}

// index returns the place of a pair among the entries.
func (t *Table) index(a, b uint32) int {
	if a>>t.Format.A != 0 || b>>t.Format.B != 0 {
		panic(fmt.Sprintf("lut: operands %d, %d are outside the %d × %d table %s",
			a, b, t.Format.Rows(), t.Format.Cols(), t.Name))
	}
	return int(a)<<t.Format.B | int(b)
}

// At returns the entry of a pair: ValueBits bits, the rest zero. A Mantissa
// entry is carry<<P | frac, a Signed one the bit pattern of the product.
func (t *Table) At(a, b uint32) uint32 {
	i := t.index(a, b)
	switch {
	case t.w8 != nil:
		return uint32(t.w8[i])
	case t.w16 != nil:
		return uint32(t.w16[i])
	default:
		return t.w32[i]
	}
}

// Set stores the entry of a pair; v is as At returns it. It panics if v has
// bits above ValueBits.
func (t *Table) Set(a, b, v uint32) {
	if v>>t.Format.ValueBits() != 0 {
		panic(fmt.Sprintf("lut: entry %#x of operands %d, %d exceeds the %d bits of format %v",
			v, a, b, t.Format.ValueBits(), t.Format))
	}
	t.put(t.index(a, b), v)
}

func (t *Table) put(i int, v uint32) {
	switch {
	case t.w8 != nil:
		t.w8[i] = uint8(v)
	case t.w16 != nil:
		t.w16[i] = uint16(v)
	default:
		t.w32[i] = v
	}
}

// Row copies the Cols entries of row a into dst and returns it; a nil dst is
// allocated.
func (t *Table) Row(a uint32, dst []uint32) []uint32 {
	lo, n := t.index(a, 0), t.Format.Cols()
	if dst == nil {
		dst = make([]uint32, n)
	}
	switch {
	case t.w8 != nil:
		widen(dst[:n], t.w8[lo:lo+n])
	case t.w16 != nil:
		widen(dst[:n], t.w16[lo:lo+n])
	default:
		copy(dst[:n], t.w32[lo:lo+n])
	}
	return dst
}

func widen[D, S uint8 | uint16 | uint32](dst []D, src []S) {
	for i, v := range src {
		dst[i] = D(v)
	}
}

// Bytes8, Words16 and Words32 return the Pairs entries themselves, row-major,
// or nil if entries have another width. Whoever writes through them keeps the
// bits above ValueBits zero.
func (t *Table) Bytes8() []uint8 { return t.w8 }

// Words16 is Bytes8 for entries of 16 bits.
func (t *Table) Words16() []uint16 { return t.w16 }

// Words32 is Bytes8 for entries of 32 bits.
func (t *Table) Words32() []uint32 { return t.w32 }

// Int returns the product of an integer table as a number, in units of 2^LSB: sign-extended
// if it is signed. For Mantissa it is the entry as At returns it.
func (t *Table) Int(a, b uint32) int64 { return t.Format.NumberP(t.At(a, b)) }

// ExactInt returns the exact product of two operand bit patterns. For Mantissa
// it is (2^m + a)(2^m + b), the significand product in units of 2^(−2m).
func (t *Table) ExactInt(a, b uint32) int64 {
	x, y := t.Format.operands(a, b)
	return x * y
}

// operands returns the integers that two operand bit patterns stand for.
func (f Format) operands(a, b uint32) (x, y int64) {
	if f.Kind == Mantissa {
		return 1<<f.A | int64(a), 1<<f.B | int64(b)
	}
	return f.NumberA(a), f.NumberB(b)
}

// Digest returns the SHA-256 of the payload, in hex: the entries in row-major
// order, little endian. Name, format and sources have no part in it.
func (t *Table) Digest() string {
	h := sha256.New()
	var row []byte
	for a := range uint32(t.Format.Rows()) {
		row = t.appendRow(row[:0], a)
		h.Write(row)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// appendRow appends the payload bytes of row a.
func (t *Table) appendRow(p []byte, a uint32) []byte {
	lo := t.index(a, 0)
	hi := lo + t.Format.Cols()
	switch {
	case t.w8 != nil:
		p = append(p, t.w8[lo:hi]...)
	case t.w16 != nil:
		for _, v := range t.w16[lo:hi] {
			p = append(p, byte(v), byte(v>>8))
		}
	default:
		for _, v := range t.w32[lo:hi] {
			p = append(p, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
		}
	}
	return p
}

// Transposed returns the table of the same multiplier with its operands
// exchanged: its entry at (b, a) is t's at (a, b). All else is kept.
func (t *Table) Transposed() *Table {
	f := t.Format
	f.A, f.B = f.B, f.A
	f.Codes.A, f.Codes.B = f.Codes.B, f.Codes.A
	switch f.Kind {
	case SignedByUnsigned:
		f.Kind = UnsignedBySigned
	case UnsignedBySigned:
		f.Kind = SignedByUnsigned
	}
	u, err := New(t.Name, f)
	if err != nil {
		panic(err) // t's own format is valid, and so is its transpose
	}
	u.Rounding, u.Sources = t.Rounding, slices.Clone(t.Sources)
	u.Options, u.Tools = slices.Clone(t.Options), slices.Clone(t.Tools)
	u.Witnesses, u.Function = slices.Clone(t.Witnesses), t.Function
	for a := range uint32(t.Format.Rows()) {
		for b := range uint32(t.Format.Cols()) {
			u.put(u.index(b, a), t.At(a, b))
		}
	}
	return u
}

// Commutes says whether exchanging the operands never changes the product. If
// it does, a < b is the first pair, in row-major order, where it does. A table
// of unequal operand widths or codings, or of mixed signs, does not commute and has no such pair: 0, 0.
func (t *Table) Commutes() (ok bool, a, b uint32) {
	if t.Format.A != t.Format.B || t.Format.Kind.Mixed() || !t.Format.Codes.A.same(t.Format.Codes.B) {
		return false, 0, 0
	}
	for a := range uint32(t.Format.Rows()) {
		for b := a + 1; b < uint32(t.Format.Cols()); b++ {
			if t.At(a, b) != t.At(b, a) {
				return false, a, b
			}
		}
	}
	return true, 0, 0
}
