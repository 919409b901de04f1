package link

import (
	"encoding/binary"
	"fmt"

	"github.com/approxtrain/approxtrain/lut"
)

// Commands.
const (
	CmdIdentify = 0
	CmdEcho     = 1
	CmdMultiply = 2
	CmdStream   = 3
	CmdSums     = 4
	CmdBaud     = 5
	CmdError    = 15
)

// Status describes the products of a response.
type Status byte

const (
	Regular   Status = 0
	Irregular Status = 1 // one of the products cannot be an entry
	Stuck     Status = 2 // the multiplier did not answer
)

// Error codes of a response.
const (
	CodeVersion = 1
	CodeCommand = 2
	CodeLength  = 3
	CodeRange   = 4
)

// codeText returns the meaning of an error code.
func codeText(code byte) string {
	switch code {
	case CodeVersion:
		return "another version of the protocol"
	case CodeCommand:
		return "no such command"
	case CodeLength:
		return "a payload of the wrong length"
	case CodeRange:
		return "a row, or a rate, that there is not"
	}
	return fmt.Sprintf("an unknown error %d", code)
}

// Identity is a board's response to "identify".
type Identity struct {
	Format    lut.Format
	Pipelined bool // takes a pair in each cycle
	Handshake bool
	Latency   int // in clock cycles; 0 with a handshake
	Digest    [8]byte
	Clock     int // in Hz
	Queue     int // bytes of requests that may be on their way
	Counters  Counters
}

// Counters are a board's counts of damage; each stays at 65,535.
type Counters struct {
	CRC      int `json:"crc_errors"`
	Framing  int `json:"framing_errors"`
	Timeouts int `json:"timeouts"` // inside a frame
	Dropped  int `json:"dropped"`  // frames that did not fit
}

// Total is the number of frames that a board lost, or more.
func (c Counters) Total() int { return c.CRC + c.Framing + c.Timeouts + c.Dropped }

// Minus returns the counts since an earlier reading, or since a reset between the two.
func (c Counters) Minus(before Counters) Counters {
	if c.CRC < before.CRC || c.Framing < before.Framing || c.Timeouts < before.Timeouts || c.Dropped < before.Dropped {
		return c
	}
	return Counters{c.CRC - before.CRC, c.Framing - before.Framing, c.Timeouts - before.Timeouts, c.Dropped - before.Dropped}
}

const identityBytes = 1 + 3 + 1 + 2 + 8 + 4 + 2 + 8

// Append appends the payload of an identify's response.
func (i Identity) Append(p []byte) []byte {
	var flags byte
	if i.Pipelined {
		flags |= 1
	}
	if i.Handshake {
		flags |= 2
	}
	le := binary.LittleEndian
	p = append(p, byte(i.Format.Kind), byte(i.Format.A), byte(i.Format.B), byte(i.Format.P), flags)
	p = le.AppendUint16(p, uint16(i.Latency))
	p = append(p, i.Digest[:]...)
	p = le.AppendUint32(p, uint32(i.Clock))
	p = le.AppendUint16(p, uint16(i.Queue))
	c := i.Counters
	for _, n := range []int{c.CRC, c.Framing, c.Timeouts, c.Dropped} {
		p = le.AppendUint16(p, uint16(min(n, 0xffff)))
	}
	return p
}

// ParseIdentity reads the payload of an identify's response; later versions may
// have more bytes.
func ParseIdentity(p []byte) (Identity, error) {
	if len(p) < identityBytes {
		return Identity{}, fmt.Errorf("the board describes itself in %d bytes, expected %d", len(p), identityBytes)
	}
	le := binary.LittleEndian
	u16 := func(at int) int { return int(le.Uint16(p[at:])) }
	i := Identity{
		Format:    lut.Format{Kind: lut.Kind(p[0]), A: int(p[1]), B: int(p[2]), P: int(p[3])},
		Pipelined: p[4]&1 != 0, Handshake: p[4]&2 != 0,
		Latency: u16(5), Clock: int(le.Uint32(p[15:])), Queue: u16(19),
		Counters: Counters{u16(21), u16(23), u16(25), u16(27)},
	}
	copy(i.Digest[:], p[7:])
	switch err := i.Format.Validate(); {
	case i.Format.Kind > lut.Signed:
		return i, fmt.Errorf("the board's multiplier cannot be read: format kind %d is unknown", i.Format.Kind)
	case err != nil:
		return i, fmt.Errorf("the board's multiplier cannot be read: %w", err)
	case i.Clock == 0:
		return i, fmt.Errorf("the board's clock has 0 Hz")
	case i.Queue < minQueue:
		return i, fmt.Errorf("the board's queue has %d bytes, expected %d or more", i.Queue, minQueue)
	}
	return i, nil
}

const (
	RequestCost = 3  // what a request takes of a board's queue beside its payload
	minQueue    = 16 // less than a request of every kind
)

// Layout is how a multiplier's operands and products lie in payloads.
type Layout struct {
	Format lut.Format
	Queue  int // bytes of the board's queue
}

// OperandBytes returns the bytes of A and of B.
func (l Layout) OperandBytes() (a, b int) { return (l.Format.A + 7) / 8, (l.Format.B + 7) / 8 }

// EntryBytes returns the bytes of a product.
func (l Layout) EntryBytes() int { return l.Format.EntryBits() / 8 }

// inQueue is how many requests for products the board's queue is to hold: while
// one is answered, others are on their way.
const inQueue = 4

// MaxPairs returns how many pairs a request is to have at most.
func (l Layout) MaxPairs() int {
	a, b := l.OperandBytes()
	return max(1, min(min(MaxRequest, l.Queue/inQueue-RequestCost)/(a+b), (MaxResponse-3)/l.EntryBytes()))
}

// appendNumber appends the low bytes of a number.
func appendNumber(p []byte, v uint32, bytes int) []byte {
	for range bytes {
		p = append(p, byte(v))
		v >>= 8
	}
	return p
}

// number reads a number of some bytes.
func number(p []byte) (v uint32) {
	for i, b := range p {
		v |= uint32(b) << (8 * i)
	}
	return v
}

// AppendEntries appends products as a payload has them.
func (l Layout) AppendEntries(p []byte, entries []uint32) []byte {
	for _, e := range entries {
		p = appendNumber(p, e, l.EntryBytes())
	}
	return p
}

// entries reads products into dst; it says whether all are ones of the format.
func (l Layout) entries(dst []uint32, p []byte) bool {
	n := l.EntryBytes()
	if len(p) != n*len(dst) {
		return false
	}
	for i := range dst {
		dst[i] = number(p[i*n : (i+1)*n])
		if dst[i]>>l.Format.ValueBits() != 0 {
			return false
		}
	}
	return true
}
