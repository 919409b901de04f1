package linktest

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/approxtrain/approxtrain/lut"
)

// Board describes a board's multiplier, and how it misbehaves.
type Board struct {
	Table     *lut.Table
	Version   byte // 0: 2
	Clock     int  // 0: 12 MHz
	Queue     int  // 0: 512
	Latency   int
	Pipelined bool
	Handshake bool
	Digest    [8]byte
	Baud      int           // after power-up; 0: 115,200
	Delay     time.Duration // before each response
	// Irregular says of which pairs the product cannot be an entry, Stuck of
	// which the multiplier never answers. Nil: of none.
	Irregular, Stuck func(a, b uint32) bool
	// Flaky, if not nil, changes a product each time it is formed.
	Flaky func(a, b, product uint32) uint32

	mu       sync.Mutex
	line     *Line
	rate     int
	queued   int
	requests chan request
	quiet    *time.Timer // ends a frame that stops in the middle
	back     *time.Timer // ends a rate that nobody speaks
	body     []byte
	inside   bool
	escaped  bool
	spoiled  bool // a framing error
	long     bool
	counters [4]int
}

type request struct {
	head, sequence byte
	payload        []byte
	crc            uint16
}

// The indices of the counters.
const (
	wrongCRC = iota // and wrong lengths, escapes before a flag
	framing
	timedOut
	dropped
)

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (b *Board) start(l *Line) {
	b.line, b.rate = l, or(b.Baud, 115200)
	b.requests = make(chan request, 1024)
	b.quiet = time.AfterFunc(time.Hour, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.inside && len(b.body) > 0 {
			b.count(timedOut)
		}
		b.body, b.inside, b.escaped, b.spoiled, b.long = nil, false, false, false, false
	})
}

func (b *Board) count(what int) { b.counters[what] = min(b.counters[what]+1, 0xffff) }

// input takes a byte from the line; bad is one with a framing error.
func (b *Board) input(v byte, bad bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.quiet.Reset(100 * time.Millisecond)
	switch {
	case bad:
		b.count(framing)
		b.spoiled = true
	case v == 0x7e:
		b.frame()
	case !b.inside:
	case v == 0x7d && !b.escaped:
		b.escaped = true
	default:
		if b.escaped {
			v ^= 0x20
			b.escaped = false
		}
		if b.body = append(b.body, v); len(b.body) > 4+255 {
			b.long = true
			b.body = b.body[:4]
		}
	}
}

// frame takes what came before a flag.
func (b *Board) frame() {
	body, n := b.body, len(b.body)-2
	nothing, spoiled := !b.inside || len(body) == 0 && !b.escaped, b.spoiled
	wrong := b.escaped || b.long || n < 2
	b.body, b.inside, b.escaped, b.spoiled, b.long = nil, true, false, false, false
	if nothing || spoiled {
		return
	}
	if wrong || crc(body[:n]) != binary.LittleEndian.Uint16(body[n:]) {
		b.count(wrongCRC)
		return
	}
	if b.back != nil {
		b.back.Stop()
	}
	r := request{body[0], body[1], body[2:n], crc(body[:n])}
	cost := len(r.payload) + 3
	if b.queued+cost > or(b.Queue, 512) || len(b.requests) == cap(b.requests) {
		b.count(dropped)
		return
	}
	b.queued += cost
	b.requests <- r
}

// crc is CRC-16/CCITT-FALSE, bit by bit.
func crc(p []byte) uint16 {
	c := uint16(0xffff)
	for _, v := range p {
		c ^= uint16(v) << 8
		for range 8 {
			top := c >> 15
			c <<= 1
			if top == 1 {
				c ^= 0x1021
			}
		}
	}
	return c
}

// serve answers requests, one after the other.
func (b *Board) serve(done <-chan struct{}) {
	defer b.quiet.Stop()
	for {
		select {
		case <-done:
			return
		case r := <-b.requests:
			if b.Delay > 0 {
				time.Sleep(b.Delay)
			}
			b.mu.Lock()
			b.queued -= len(r.payload) + 3
			b.mu.Unlock()
			b.answer(r)
		}
	}
}

// send sends a frame; it returns when the last bit is on the line.
func (b *Board) send(r request, command byte, payload []byte) {
	body := append([]byte{or(b.Version, 2)<<4 | command, r.sequence}, payload...)
	body = binary.LittleEndian.AppendUint16(body, crc(body))
	out := []byte{0x7e}
	for _, v := range body {
		if v == 0x7e || v == 0x7d {
			out = append(out, 0x7d)
			v ^= 0x20
		}
		out = append(out, v)
	}
	b.mu.Lock()
	rate := b.rate
	b.mu.Unlock()
	b.line.toHost(append(out, 0x7e), rate)
}

// speed changes the rate. If no host sends at it within a second, the board returns to the first
// rate.
func (b *Board) speed(rate int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rate = rate
	b.back = time.AfterFunc(time.Second, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.rate = or(b.Baud, 115200)
	})
}

// Rate returns the board's rate now.
func (b *Board) Rate() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rate
}

// Counters returns the board's counters of damage.
func (b *Board) Counters() (wrongCRCs, framingErrors, timeouts, didNotFit int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.counters
	return c[wrongCRC], c[framing], c[timedOut], c[dropped]
}
