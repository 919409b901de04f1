package link

import (
	"encoding/binary"

	"github.com/sigurn/crc16"
)

// Version is the protocol version of this package.
const Version = 2

// Limits of a frame's payload.
const (
	MaxRequest  = 255
	MaxResponse = 1029
)

const (
	flag    = 0x7e
	escape  = 0x7d
	flip    = 0x20
	minBody = 4 // head, sequence number, CRC
)

// Frame is the content between two flags, without its CRC.
type Frame struct {
	Version  byte // 4 bits
	Command  byte // 4 bits
	Sequence byte
	Payload  []byte
}

var crcTable = crc16.MakeTable(crc16.CRC16_CCITT_FALSE)

// CRC returns the CRC-16 of a frame's body: the one that it ends in.
func (f Frame) CRC() uint16 {
	return crcOf([]byte{f.Version<<4 | f.Command, f.Sequence}, f.Payload)
}

func crcOf(parts ...[]byte) uint16 {
	crc := crc16.Init(crcTable)
	for _, p := range parts {
		crc = crc16.Update(crc, p, crcTable)
	}
	return crc16.Complete(crc, crcTable)
}

// body returns the bytes between the flags, without escapes.
func (f Frame) body() []byte {
	body := make([]byte, 0, minBody+len(f.Payload))
	body = append(body, f.Version<<4|f.Command, f.Sequence)
	body = append(body, f.Payload...)
	return binary.LittleEndian.AppendUint16(body, f.CRC())
}

// Append appends the frame as it goes over the line: from flag to flag.
func (f Frame) Append(dst []byte) []byte {
	dst = append(dst, flag)
	for _, b := range f.body() {
		if b == flag || b == escape {
			dst = append(dst, escape, b^flip)
		} else {
			dst = append(dst, b)
		}
	}
	return append(dst, flag)
}

// Damage counts the input that a decoder could not use.
type Damage struct {
	CRC     int `json:"crc_errors"`     // bodies with a wrong CRC
	Framing int `json:"framing_errors"` // bodies too short, too long or with an escape before a flag
	Garbage int `json:"garbage_bytes"`  // bytes that belong to no good frame
	Resyncs int `json:"resyncs"`        // good frames right after garbage
}

// Bad returns the number of bodies that were dropped.
func (d Damage) Bad() int { return d.CRC + d.Framing }

// A Decoder finds frames in a stream of bytes, however it is cut. The zero
// value expects responses.
type Decoder struct {
	Damage
	Frames     int // good ones
	MaxPayload int // 0: MaxResponse

	body    []byte
	inside  bool // after a flag
	escaped bool
	lost    bool // garbage since the last good frame
	tail    []byte
}

// tailBytes is how much of the bytes that were no frames is kept for a message.
const tailBytes = 256

// Tail returns the last bytes that belonged to no good frame.
func (d *Decoder) Tail() []byte { return d.tail }

// Decode takes the next bytes of the stream and calls emit for each whole frame
// in them. The payload is emit's to keep.
func (d *Decoder) Decode(p []byte, emit func(Frame)) {
	for _, b := range p {
		switch {
		case b == flag:
			d.end(emit)
		case !d.inside:
			d.waste(b)
		case d.escaped:
			d.escaped = false
			d.body = append(d.body, b^flip)
		case b == escape:
			d.escaped = true
		default:
			d.body = append(d.body, b)
		}
		if d.inside && len(d.body) > d.most() {
			d.Framing++
			d.waste(d.body...)
			d.reset(false)
		}
	}
}

// end takes what lies before a flag; the flag begins the next frame.
func (d *Decoder) end(emit func(Frame)) {
	body, escaped := d.body, d.escaped
	n := len(body) - 2
	switch {
	case !d.inside || n < 0 && len(body) == 0 && !escaped: // side by side
	case escaped || len(body) < minBody:
		d.Framing++
		d.waste(body...)
		if escaped {
			d.waste(escape)
		}
	default:
		f := Frame{body[0] >> 4, body[0] & 15, body[1], body[2:n:n]}
		if f.CRC() != binary.LittleEndian.Uint16(body[n:]) {
			d.CRC++
			d.waste(body...)
			break
		}
		if d.Frames++; d.lost {
			d.Resyncs++
		}
		d.lost = false
		d.body = nil // the payload is given away
		emit(f)
	}
	d.reset(true)
}

// Idle drops an unfinished frame: the line has been quiet for too long.
func (d *Decoder) Idle() {
	if d.inside && (len(d.body) > 0 || d.escaped) {
		d.Framing++
		d.waste(d.body...)
		d.reset(false)
	}
}

func (d *Decoder) reset(inside bool) {
	d.body, d.inside, d.escaped = d.body[:0], inside, false
}

func (d *Decoder) most() int {
	if d.MaxPayload > 0 {
		return d.MaxPayload + minBody
	}
	return MaxResponse + minBody
}

func (d *Decoder) waste(p ...byte) {
	d.Garbage += len(p)
	d.lost = true
	d.tail = append(d.tail, p...)
	if more := len(d.tail) - tailBytes; more > 0 {
		d.tail = append(d.tail[:0], d.tail[more:]...)
	}
}
