package link

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Fit is the relation of a response to a request.
type Fit int

const (
	Foreign Fit = iota // none of its responses
	More               // one of them, not the last
	Last               // the last: what is missing now does not come
)

// Request is something to ask of a board. It can be asked several times.
type Request struct {
	Command byte
	Payload []byte
	// Bytes is the length of all responses on the line, Largest that of the
	// largest, both without escapes.
	Bytes, Largest int
	// Work is about how long the board computes before it answers, where that
	// is not negligible.
	Work time.Duration
	// Accept takes the payload of a response to the request, whose CRC is given.
	Accept func(payload []byte, crc uint16) Fit
	// Rest returns the requests that are still needed after some responses were lost. Nil: the
	// request itself.
	Rest func() []*Request

	tries   int // without any response
	refused int // error responses
}

// overhead is a frame without its payload: flags, head, sequence number, CRC.
const overhead = 6

func one(command byte, payload []byte, response int, accept func(p []byte, crc uint16) bool) *Request {
	return &Request{
		Command: command, Payload: payload, Bytes: response + overhead, Largest: response + overhead,
		Accept: func(p []byte, crc uint16) Fit {
			if accept(p, crc) {
				return Last
			}
			return Foreign
		},
	}
}

// Identify requests a board's identity.
func Identify(got func(payload []byte)) *Request {
	return one(CmdIdentify, nil, identityBytes, func(p []byte, _ uint16) bool { got(bytes.Clone(p)); return true })
}

// Echo asks for a payload back.
func Echo(payload []byte, got func()) *Request {
	return one(CmdEcho, payload, len(payload), func(p []byte, _ uint16) bool {
		if !bytes.Equal(p, payload) {
			return false
		}
		got()
		return true
	})
}

// Baud asks for another rate.
func Baud(step uint32, got func()) *Request {
	r := Echo(appendNumber(nil, step, 3), got)
	r.Command = CmdBaud
	return r
}

// Multiply requests the products of at most l.MaxPairs pairs. A lost request is repeated in
// halves, which noise hits less easily; got receives the index of the first product.
func Multiply(l Layout, a, b []uint32, got func(first int, products []uint32, s Status)) *Request {
	return multiply(l, a, b, 0, got)
}

func multiply(l Layout, a, b []uint32, first int, got func(first int, products []uint32, s Status)) *Request {
	wa, wb := l.OperandBytes()
	payload := make([]byte, 0, len(a)*(wa+wb))
	for i := range a {
		payload = appendNumber(appendNumber(payload, a[i], wa), b[i], wb)
	}
	done := false
	r := one(CmdMultiply, payload, 3+len(a)*l.EntryBytes(), func(p []byte, crc uint16) bool {
		products := make([]uint32, len(a))
		if len(p) < 3 || Status(p[0]) > Stuck || binary.LittleEndian.Uint16(p[1:]) != crc || !l.entries(products, p[3:]) {
			return false
		}
		done = true
		got(first, products, Status(p[0]))
		return true
	})
	if half := len(a) / 2; half >= 8 {
		r.Rest = func() []*Request {
			if done {
				return nil
			}
			return []*Request{multiply(l, a[:half], b[:half], first, got), multiply(l, a[half:], b[half:], first+half, got)}
		}
	}
	return r
}

// StreamColumns is the most products that a response to Stream has.
const StreamColumns = 256

// Stream requests whole rows. Products come in pieces of at most StreamColumns in ascending order;
// a repeated piece may come twice.
func Stream(l Layout, first, rows int, got func(row, column int, products []uint32, s Status)) *Request {
	columns := min(StreamColumns, l.Format.Cols())
	pieces := l.Format.Cols() / columns
	largest := 5 + columns*l.EntryBytes() + overhead
	seen := make([]int, rows) // pieces of each row that came
	have := make([]bool, rows*pieces)
	payload := appendNumber(appendNumber(nil, uint32(first), 2), uint32(rows), 2)
	return &Request{
		Command: CmdStream, Payload: payload, Bytes: rows * pieces * largest, Largest: largest,
		Accept: func(p []byte, _ uint16) Fit {
			products := make([]uint32, columns)
			if len(p) < 5 || Status(p[4]) > Stuck || !l.entries(products, p[5:]) {
				return Foreign
			}
			row, column := int(number(p[:2])), int(number(p[2:4]))
			if row < first || row >= first+rows || column%columns != 0 || column >= l.Format.Cols() {
				return Foreign
			}
			n := (row-first)*pieces + column/columns
			if !have[n] {
				have[n] = true
				seen[row-first]++
			}
			got(row, column, products, Status(p[4]))
			if n == len(have)-1 {
				return Last
			}
			return More
		},
		Rest: func() []*Request {
			return gaps(rows, func(i int) bool { return seen[i] == pieces }, func(lo, n int) *Request {
				return Stream(l, first+lo, n, got)
			})
		},
	}
}

// gaps makes a request for each stretch of items that are not done.
func gaps(n int, done func(int) bool, ask func(lo, n int) *Request) []*Request {
	var out []*Request
	for lo := 0; lo < n; lo++ {
		hi := lo
		for hi < n && !done(hi) {
			hi++
		}
		if hi > lo {
			out = append(out, ask(lo, hi-lo))
			lo = hi
		}
	}
	return out
}

// SumRows bounds the rows whose digests one response has: it ends before a row
// whose number is a multiple.
const SumRows = 64

// Sums asks for the digests of some rows, which one response is to have. The board
// needs about a time for each row.
func Sums(k Key, first, rows int, each time.Duration, got func(sums []uint32, s Status)) *Request {
	payload := appendNumber(nil, uint32(k), 4)
	payload = appendNumber(appendNumber(payload, uint32(first), 2), uint32(rows), 2)
	r := one(CmdSums, payload, 3+4*rows, func(p []byte, _ uint16) bool {
		if len(p) != 3+4*rows || int(number(p[:2])) != first || Status(p[2]) > Stuck {
			return false
		}
		sums := make([]uint32, rows)
		for i := range sums {
			sums[i] = binary.LittleEndian.Uint32(p[3+4*i:])
		}
		got(sums, Status(p[2]))
		return true
	})
	r.Work = time.Duration(rows) * each
	return r
}
