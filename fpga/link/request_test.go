package link_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/lut"
)

// FuzzAccept: whatever stands in a response, it is refused, or holds exactly what
// was asked for.
func FuzzAccept(f *testing.F) {
	const crc = 0x1234
	layout := link.Layout{Format: lut.FloatFormat(7, 5), Queue: 512}
	f.Add([]byte{0, 0x34, 0x12, 1, 2, 3})                                  // multiply
	f.Add(append([]byte{3, 0, 0, 0, 1}, make([]byte, 128)...))             // stream
	f.Add([]byte{3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})                         // sums
	f.Add(link.Identity{Format: layout.Format, Clock: 1}.Append(nil))      // identify
	f.Add(append([]byte{3, 0, 0, 0, 1}, bytes.Repeat([]byte{64}, 128)...)) // bits that no product has
	f.Fuzz(func(t *testing.T, p []byte) {
		status := func(s link.Status) { assert.LessOrEqual(t, s, link.Stuck) }
		entries := func(from []byte, products []uint32) {
			assert.Len(t, from, len(products))
			for i, v := range products {
				assert.EqualValues(t, from[i], v)
				assert.Less(t, v, uint32(64), "a carry and five bits")
			}
		}
		accepted := func(r *link.Request) bool { return r.Accept(bytes.Clone(p), crc) != link.Foreign }
		told := false
		same := func(r *link.Request) { // who is told has accepted
			told = false
			assert.Equal(t, accepted(r), told)
		}
		same(link.Multiply(layout, []uint32{1, 2, 3}, []uint32{4, 5, 6}, func(first int, products []uint32, s link.Status) {
			told = true
			status(s)
			entries(p[3:], products)
			assert.Zero(t, first)
			assert.EqualValues(t, crc, binary.LittleEndian.Uint16(p[1:]))
		}))
		same(link.Stream(layout, 2, 3, func(row, column int, products []uint32, s link.Status) {
			told = true
			status(s)
			entries(p[5:], products)
			assert.GreaterOrEqual(t, row, 2)
			assert.Less(t, row, 5)
			assert.Zero(t, column)
			assert.Len(t, products, 128)
		}))
		same(link.Sums(0x11d, 3, 2, 0, func(sums []uint32, s link.Status) {
			told = true
			status(s)
			assert.Len(t, sums, 2)
			assert.Len(t, p, 11)
			assert.EqualValues(t, 3, binary.LittleEndian.Uint16(p))
		}))
		same(link.Echo([]byte{3, 0}, func() {
			told = true
			assert.Equal(t, []byte{3, 0}, p)
		}))
		if i, err := link.ParseIdentity(p); err == nil {
			assert.NoError(t, i.Format.Validate())
			assert.Positive(t, i.Clock)
			l := link.Layout{Format: i.Format, Queue: i.Queue}
			a, b := l.OperandBytes()
			assert.Positive(t, l.MaxPairs())
			assert.LessOrEqual(t, l.MaxPairs()*(a+b)+link.RequestCost, i.Queue)
		}
	})
}

// What a board lost since: less than before, and it was reset between the two.
func TestCountersSince(t *testing.T) {
	before := link.Counters{CRC: 5, Framing: 1, Timeouts: 2, Dropped: 3}
	assert.Equal(t, link.Counters{CRC: 2, Dropped: 4}, link.Counters{CRC: 7, Framing: 1, Timeouts: 2, Dropped: 7}.Minus(before))
	assert.Equal(t, link.Counters{CRC: 7}, link.Counters{CRC: 7}.Minus(before))
}

// Kinds of integers that the protocol does not have are none of a board's.
func TestKinds(t *testing.T) {
	for kind, ok := range map[lut.Kind]bool{lut.Unsigned: true, lut.Signed: true, lut.SignedByUnsigned: false, lut.UnsignedBySigned: false} {
		i := link.Identity{Format: lut.Format{Kind: kind, A: 8, B: 8, P: 16}, Clock: 1, Queue: 512}
		_, err := link.ParseIdentity(i.Append(nil))
		assert.Equal(t, ok, err == nil, "%v: %v", i.Format, err)
	}
}
