package gateware_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/approxtrain/approxtrain/cosim"
)

// counters are the events that a board counts.
type counters struct{ crc, framing, timeout, overflow uint16 }

// identify asks who is there; the bench has found out what else is in the answer.
func (b *board) identify() counters {
	b.t.Helper()
	r := b.ask(0x20, 77)
	if r.head != 0x20 || len(r.payload) != 29 {
		b.t.Fatalf("identify: %+v", r)
	}
	n := func(i int) uint16 { return binary.LittleEndian.Uint16(r.payload[21+2*i:]) }
	return counters{n(0), n(1), n(2), n(3)}
}

// drum is the design of tests that are about the board.
func drum(t testing.TB) *board {
	r, _ := openBuiltin(t, "drum6_u8", "")
	return startSlow(t, adapt(t, r))
}

// TestErrors asks for what there is not.
func TestErrors(t *testing.T) {
	t.Parallel()
	b := drum(t)
	long := bytes.Repeat([]byte{3}, 255)
	for _, c := range []struct {
		name string
		head byte
		load []byte
		code byte
	}{
		{"version 0", 0x00, nil, 1},
		{"version 1, unknown command", 0x1e, []byte{1}, 1},
		{"unknown command", 0x26, nil, 2},
		{"unknown command with payload", 0x2e, long, 2},
		{"command 15", 0x2f, []byte{1}, 2},
		{"identify with payload", 0x20, []byte{0}, 3},
		{"multiply nothing", 0x22, nil, 3},
		{"multiply half a pair", 0x22, long, 3},
		{"stream, short", 0x23, []byte{0, 0, 1}, 3},
		{"sums, long", 0x24, append(keyed(1, 0, 1), 0), 3},
		{"sums, without a key", 0x24, pair16(0, 1), 3},
		{"baud, short", 0x25, []byte{0, 0}, 3},
		{"stream, no rows", 0x23, pair16(0, 0), 4},
		{"stream, beyond the end", 0x23, pair16(255, 2), 4},
		{"sums, no rows", 0x24, keyed(1, 3, 0), 4},
		{"sums, beyond the end", 0x24, keyed(1, 256, 1), 4},
		{"sums, around 65,536", 0x24, keyed(1, 0xffff, 1), 4},
		{"baud, step 0", 0x25, []byte{0, 0, 0}, 4},
		{"baud, step too large", 0x25, []byte{1, 0, 0x40}, 4},
	} {
		if r := b.ask(c.head, 5, c.load...); r.head != 0x2f || !bytes.Equal(r.payload, []byte{c.code}) {
			t.Errorf("%s: %+v, expected error %d", c.name, r, c.code)
		}
	}
	for _, load := range [][]byte{nil, {0x7e}, {0x7d, 0x7e, 0x7d}, long} {
		if r := b.ask(0x21, 6, load...); r.head != 0x21 || !bytes.Equal(r.payload, load) {
			t.Errorf("echo % x: %+v", load, r)
		}
	}
	if c := b.identify(); c != (counters{}) {
		t.Errorf("counters %+v, expected none", c)
	}
}

// TestGarbageLong throws bytes at a board: random ones, flags, escapes, breaks, and
// all of it at wrong rates. After each burst and the time-out it answers.
func TestGarbageLong(t *testing.T) {
	t.Parallel()
	b := drum(t)
	rng := rand.New(rand.NewPCG(6, 1))
	thrown := 0
	var last counters
	for burst := range 150 {
		rate, rest := 4.0, second/9+30_000 // the time-out, and what answers there still are
		wrong := burst%3 == 1
		if wrong { // a sender that thinks of another rate
			rate *= math.Exp2(6*rng.Float64() - 2)
		}
		b.bit(rate)
		n := 300 + rng.IntN(900)
		for thrownNow := 0; thrownNow < n; {
			var piece []byte
			switch rng.IntN(8) {
			case 0:
				piece = bytes.Repeat([]byte{0x7e}, 1+rng.IntN(4))
			case 1:
				piece = []byte{0x7d, byte(rng.Uint32())}
			case 2: // a frame, damaged in one place or whole
				load := make([]byte, rng.IntN(256))
				for i := range load {
					load[i] = byte(rng.Uint32())
				}
				head := byte(0x20 + rng.IntN(16))
				switch {
				case head == 0x23: // so few rows that the bench is soon done
					load = pair16(rng.IntN(260), rng.IntN(4))
				case head == 0x24:
					load = keyed(rng.Uint32(), rng.IntN(260), rng.IntN(4))
				case head == 0x25 && wrong:
					head = 0x15
				case head == 0x25 && rng.IntN(2) == 0: // mostly a rate at which nobody speaks
					load = []byte{byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.IntN(0x41))}
					rest = 3 * second / 2
				}
				piece = request(head, byte(rng.Uint32()), load...)
				if rng.IntN(4) > 0 {
					piece[rng.IntN(len(piece))] ^= 1 << rng.IntN(8)
				}
			case 3:
				b.level(0, 1+rng.IntN(400)) // a break, or a spike
				b.level(1, 1+rng.IntN(100))
			default:
				piece = make([]byte, 1+rng.IntN(40))
				for i := range piece {
					piece[i] = byte(rng.Uint32())
				}
			}
			if piece != nil {
				b.send(piece...)
			}
			thrownNow += max(1, len(piece))
			thrown += len(piece)
		}
		b.drain()
		b.bit(4)
		b.run(rest)
		c := b.identify()
		if c.crc < last.crc || c.framing < last.framing || c.timeout < last.timeout {
			t.Fatalf("burst %d: counters went from %+v to %+v", burst, last, c)
		}
		last = c
	}
	if thrown < 100_000 || last.crc == 0 || last.framing == 0 || last.timeout == 0 {
		t.Errorf("%d bytes thrown, counters %+v", thrown, last)
	}
	t.Logf("%d bytes thrown, counters %+v", thrown, last)
}

// TestCounters makes each event happen a known number of times.
func TestCounters(t *testing.T) {
	t.Parallel()
	b := drum(t)
	good := request(0x21, 1, 1, 2, 3)
	bad := bytes.Clone(good)
	bad[3] ^= 0x10
	send := func(times int, bytes ...byte) {
		for range times {
			b.send(bytes...)
		}
	}
	send(3, bad...)
	send(2, 0x7e, 0x22, 0x7e)                          // too short
	send(2, 0x7e, 0x22, 0x34, 0x56, 0x78, 0x7d)        // aborted by the flag that begins the next
	send(1, request(0x21, 1, make([]byte, 256)...)...) // too long, else whole
	b.drain()
	if c := b.identify(); c != (counters{crc: 8}) {
		t.Errorf("after 8 damaged frames: %+v", c)
	}
	for range 4 { // a byte without a stop bit inside a frame, which is then lost
		b.send(good[:4]...)
		b.level(0, 41)
		b.level(1, 10)
		b.send(good[4:]...)
	}
	b.drain()
	if c := b.identify(); c != (counters{crc: 8, framing: 4}) {
		t.Errorf("after 4 framing errors: %+v", c)
	}
	for range 5 { // half a frame; what comes too late is nothing
		b.send(good[:6]...)
		b.drain()
		b.run(second/9 + 100)
		b.send(good[6 : len(good)-1]...)
		b.drain()
	}
	if c := b.identify(); c != (counters{crc: 8, framing: 4, timeout: 5}) {
		t.Errorf("after 5 time-outs: %+v", c)
	}
	// Just inside the time-out.
	b.send(good[:6]...)
	b.drain()
	b.run(second/10 - 100)
	b.send(good[6:]...)
	if r := b.frames(1, second)[0]; r.head != 0x21 {
		t.Errorf("a slow frame: %+v", r)
	}
	// A spike between two bytes is none.
	b.send(good[:6]...)
	b.level(1, 20)
	b.level(0, 1)
	b.level(1, 60)
	b.send(good[6:]...)
	if r := b.frames(1, second)[0]; r.head != 0x21 {
		t.Errorf("a frame with a spike: %+v", r)
	}
	if c := b.identify(); c != (counters{crc: 8, framing: 4, timeout: 5}) {
		t.Errorf("after a slow frame and a spike: %+v", c)
	}
}

// TestWindowLong fills the queue behind a request that takes long: what fits is
// answered in order, what does not is counted.
func TestWindowLong(t *testing.T) {
	t.Parallel()
	r, _ := openBuiltin(t, "exact_u8", "sequential")
	b := startSlow(t, adapt(t, r))
	b.send(request(0x24, 0, keyed(1, 0, 256)...)...)
	const fits = 512 / 100
	for i := range byte(10) { // of 100 bytes: 97 and 3
		b.send(request(0x21, i, bytes.Repeat([]byte{i}, 97)...)...)
	}
	for range 4 {
		b.send(request(0x21, 99)...) // of 3 bytes, in what is left
	}
	b.send(request(0x21, 100)...)
	all := b.frames(4+fits+4, 60*second)
	for i, r := range all[4:] {
		if want := byte(i); i < fits && (r.sequence != want || len(r.payload) != 97 || r.payload[96] != want) {
			t.Errorf("answer %d: %+v", i, r)
		} else if i >= fits && (r.sequence != 99 || len(r.payload) != 0) {
			t.Errorf("answer %d: %+v", i, r)
		}
	}
	if c := b.identify(); c != (counters{overflow: 6}) {
		t.Errorf("%+v, expected 6 frames that did not fit", c)
	}
	// Two requests that fill it to the last byte, and a third that waits for room.
	b.send(request(0x24, 0, keyed(1, 0, 128)...)...)
	b.send(request(0x21, 1, make([]byte, 253)...)...)
	b.send(request(0x21, 2, make([]byte, 253)...)...)
	b.frames(4, 30*second)
	if c := b.identify(); c.overflow != 6 {
		t.Errorf("%+v: 512 bytes did not fit", c)
	}
}

// TestBaud changes the rate, keeps it, loses it and finds it again.
func TestBaud(t *testing.T) {
	t.Parallel()
	b := drum(t)
	change := func(cycles float64) {
		t.Helper()
		step := uint32(math.Round((1 << 24) / cycles))
		load := []byte{byte(step), byte(step >> 8), byte(step >> 16)}
		if r := b.ask(0x25, 1, load...); r.head != 0x25 || !bytes.Equal(r.payload, load) {
			t.Fatalf("baud %x: %+v", load, r)
		}
		b.run(110) // until the stop bit of the flag is over, at the old rate
		b.bit(cycles)
	}
	load := make([]byte, 255)
	for i := range load {
		load[i] = byte(i * 91)
	}
	for _, cycles := range []float64{104.17, 10.42, 7.3, 5.2, 12, 4} {
		change(cycles)
		for _, off := range []float64{0, -0.02, 0.02} { // senders are not exact
			if cycles < 7 {
				off /= 2
			}
			// Long, without gaps: an error of each byte must not add up.
			b.bit(cycles * (1 + off))
			b.send(request(0x21, 2, load...)...)
			if r := b.drain(); len(r) != 0 {
				t.Fatalf("%v cycles a bit, off by %v: % x before the end", cycles, off, r)
			}
			b.bit(cycles)
			if r := b.frames(1, second)[0]; !bytes.Equal(r.payload, load) {
				t.Errorf("%v cycles a bit, off by %v: %+v", cycles, off, r)
			}
		}
		b.bit(cycles)
		b.run(3 * second / 2) // it stays
		b.identify()
	}
	change(9) // nobody speaks at this rate
	b.run(second + second/50)
	b.bit(4)
	b.identify()
	change(9) // nor in time
	b.run(second*9/10 - 2000)
	b.identify()
	b.run(3 * second / 2)
	if c := b.identify(); c != (counters{}) {
		t.Errorf("%+v, expected no errors", c)
	}
}

// TestStatus has a multiplier that gives what cannot be an entry, and that hangs:
// the board says so, and goes on.
func TestStatus(t *testing.T) {
	t.Parallel()
	m := adapt(t, openFile(t, "moody.v", cosim.Overrides{Kind: cosim.Float}))
	b := startSlow(t, m)
	product := func(a, c byte) byte { return (a + c) & 15 }
	for range 2 { // again after the reset
		for _, c := range []struct {
			status byte
			a, b   byte
			want   byte
		}{
			{0, 1, 2, 3}, {0, 7, 6, 13}, {1, 6, 6, 12}, {1, 5, 5, 10}, {2, 7, 7, 0}, {0, 4, 4, 8},
		} {
			r := b.ask(0x22, 1, 1, 1, c.a, c.b, 2, 3)
			third := byte(5)
			if c.status == 2 {
				third = 0
			}
			if want := []byte{2, c.want, third}; r.payload[0] != c.status || !bytes.Equal(r.payload[3:], want) {
				t.Errorf("%d × %d: %+v, expected status %d and % x", c.a, c.b, r, c.status, want)
			}
		}
		for row := range byte(8) {
			want := []byte{row, 0, 0, 0, map[byte]byte{5: 1, 6: 1, 7: 2}[row]}
			for c := range byte(8) {
				v := product(row, c)
				switch {
				case row == 5 && c == 5:
					v = 10 // the high bit of the exponent field, and the fraction
				case row == 7 && c == 7:
					v = 0
				}
				want = append(want, v)
			}
			if r := b.ask(0x23, 2, pair16(int(row), 1)...); !bytes.Equal(r.payload, want) {
				t.Errorf("row %d:\n got % x\nwant % x", row, r.payload, want)
			}
		}
	}
	if r := b.ask(0x24, 3, keyed(1, 0, 5)...); r.payload[2] != 0 {
		t.Errorf("rows without trouble: %+v", r)
	}
	if r := b.ask(0x24, 3, keyed(1, 4, 2)...); r.payload[2] != 1 {
		t.Errorf("rows with a product above 4: %+v", r)
	}
	if r := b.ask(0x24, 3, keyed(1, 0, 8)...); r.payload[2] != 2 {
		t.Errorf("rows with a pair that hangs: %+v", r)
	}
}
