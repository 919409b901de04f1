package link

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
)

// Key is the key of a board's digests: a polynomial of degree 32 over GF(2),
// less its highest coefficient, x³² + Key. It is irreducible.
//
// The digest of a row is a CRC of 32 bits with that polynomial. Whatever the
// wrong products of a row are, the row's digest is right only if the polynomial
// divides the difference of the two rows, a polynomial of a degree below the
// number of bits in a row. Few of all irreducible polynomials do; see
// [Layout.Odds].
type Key uint32

// keys is the number of irreducible polynomials of degree 32 over GF(2).
const keys = (1<<32 - 1<<16) / 32

// NewKey draws a key. All keys have the same probability.
func NewKey() Key {
	for {
		var p [4]byte
		rand.Read(p[:]) // never fails
		if k := Key(binary.LittleEndian.Uint32(p[:])); k.irreducible() {
			return k
		}
	}
}

// ParseKey reads a key as String writes it.
func ParseKey(text string) (Key, error) {
	v, err := strconv.ParseUint(text, 16, 32)
	if err != nil || len(text) != 8 {
		return 0, fmt.Errorf("the key %q: expected 8 hexadecimal digits", text)
	}
	if k := Key(v); k.irreducible() {
		return k, nil
	}
	return 0, fmt.Errorf("the key %s: the polynomial x³² + %s is not irreducible, so wrong products could pass more easily", text, text)
}

// String returns eight hexadecimal digits.
func (k Key) String() string { return fmt.Sprintf("%08x", uint32(k)) }

// times multiplies two polynomials modulo x³² + k.
func (k Key) times(a, b uint32) (product uint32) {
	for i := 31; i >= 0; i-- {
		over := product >> 31
		product = product<<1 ^ over*uint32(k) ^ (b>>i&1)*a
	}
	return product
}

// irreducible is Rabin's test. 2 is the only prime that divides the degree; so
// x³² + k is irreducible if it divides x^2³² − x and has no factor in common with
// x^2¹⁶ − x.
func (k Key) irreducible() bool {
	const x = 2
	half, power := uint32(0), uint32(x)
	for i := range 32 {
		if i == 16 {
			half = power
		}
		power = k.times(power, power)
	}
	return power == x && coprime(1<<32|uint64(k), uint64(half^x))
}

// coprime says whether two polynomials have no common factor: Euclid's algorithm.
func coprime(a, b uint64) bool {
	for b != 0 {
		for bits.Len64(a) >= bits.Len64(b) {
			a ^= b << (bits.Len64(a) - bits.Len64(b))
		}
		a, b = b, a
	}
	return a == 1
}

// Digester forms the digests of rows with one key.
type Digester struct {
	key    Key
	planes int         // bits of an entry
	table  [256]uint32 // what eight steps make of the highest byte
}

// Digester returns the digester of a multiplier's rows.
func (l Layout) Digester(k Key) *Digester {
	d := &Digester{key: k, planes: l.Format.EntryBits()}
	for i := range d.table {
		d.table[i] = uint32(i) << 24
		for range 8 {
			d.table[i] = d.step(d.table[i], 0)
		}
	}
	return d
}

// step takes one bit.
func (d *Digester) step(crc, bit uint32) uint32 {
	return crc<<1 ^ (crc>>31^bit)*uint32(d.key)
}

// Row returns the digest of a row's products: the CRC of bit 0 of each of them,
// then of bit 1 of each, and so on.
func (d *Digester) Row(products []uint32) uint32 {
	crc := ^uint32(0)
	for plane := range d.planes {
		rest := products
		for ; len(rest) >= 8; rest = rest[8:] {
			var octet uint32
			for _, p := range rest[:8] {
				octet = octet<<1 | p>>plane&1
			}
			crc = crc<<8 ^ d.table[crc>>24^octet]
		}
		for _, p := range rest {
			crc = d.step(crc, p>>plane&1)
		}
	}
	return crc
}

// Odds returns n where the digest of a wrong row is right with a probability of at
// most 1 in n, whatever is wrong, for a key that was drawn after it; 0 where that
// cannot be.
func (l Layout) Odds() uint64 {
	degree := l.Format.Cols()*l.Format.EntryBits() - 1
	divisors := uint64(degree / 32)
	if divisors == 0 {
		return 0
	}
	return keys / divisors
}
