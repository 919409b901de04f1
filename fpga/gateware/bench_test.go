package gateware_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sigurn/crc16"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/emulator"
	"github.com/approxtrain/approxtrain/lut"
)

// TestExamples replays the examples of docs/protocol.md, byte for byte.
func TestExamples(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "## Examples")
	lines := regexp.MustCompile(`(?m)^([<>]) ([0-9a-f ]+)$`).FindAllStringSubmatch(text, -1)
	m := adapt(t, openFile(t, "mitchell2.v", cosim.Overrides{}))
	// The page's digest is made up.
	m.Config = regexp.MustCompile(`64'h[0-9a-f]+`).ReplaceAllString(m.Config, "64'h3a915c207e4811d6")
	b := start(t, m, emulator.Options{ClockHz: 12_000_000})
	replayed := 0
	for i := 0; i+1 < len(lines); i += 2 {
		if lines[i][1] != ">" || lines[i+1][1] != "<" {
			t.Fatalf("example %d: expected a line > and a line <", i/2)
		}
		ask, _ := hex.DecodeString(strings.ReplaceAll(lines[i][2], " ", ""))
		want, _ := hex.DecodeString(strings.ReplaceAll(lines[i+1][2], " ", ""))
		b.send(ask...)
		if h := b.until(2, 200_000); !bytes.Equal(h.Bytes, want) {
			t.Errorf("% x\n got % x\nwant % x", ask, h.Bytes, want)
		}
		replayed++
	}
	if replayed != 7 {
		t.Errorf("%d examples, expected 7", replayed)
	}
}

// TestCommandsLong takes every product of a combinational, a pipelined and a
// handshaking multiplier by each command that gives products.
func TestCommandsLong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, variant string
		flags         byte
		latency       uint16
		rows          int // streamed and multiplied: all, or the last of a large table
	}{
		{"drum6_u8", "", 1, 0, 256},
		{"mitchell_e8m7", "pipelined", 1, 3, 128},
		{"exact_u8", "sequential", 2, 0, 256},
		{"drum6_s8", "", 1, 0, 256},
		{"exact_u12", "", 1, 0, 2}, // operands of two bytes, entries of four
	} {
		t.Run(c.name+c.variant, func(t *testing.T) {
			t.Parallel()
			r, g := openBuiltin(t, c.name, c.variant)
			m := adapt(t, r)
			b := startSlow(t, m)
			identity := b.ask(0x20, 200).payload
			want := []byte{byte(g.Format.Kind), byte(g.Format.A), byte(g.Format.B), byte(g.Format.P), c.flags}
			want = binary.LittleEndian.AppendUint16(want, c.latency)
			want = append(want, m.Digest[:]...)
			want = binary.LittleEndian.AppendUint32(want, clockHz)
			want = binary.LittleEndian.AppendUint16(want, 512)
			if want = append(want, 0, 0, 0, 0, 0, 0, 0, 0); !bytes.Equal(identity, want) {
				t.Fatalf("identity\n got % x\nwant % x", identity, want)
			}
			table := g.Table()
			first := g.Format.Rows() - c.rows
			if n := b.stream(table, first, c.rows); n != c.rows*g.Format.Cols() {
				t.Errorf("%d products streamed, expected %d", n, c.rows*g.Format.Cols())
			}
			if n := b.multiply(table, first, min(c.rows, 32)); n != min(c.rows, 32)*g.Format.Cols() {
				t.Errorf("%d products of pairs", n)
			}
			last := min(g.Format.Rows(), 256)
			if g.Format.Rows() > 256 {
				last = 70 // of 4,096 rows with 131,072 bits each
			}
			rng := rand.New(rand.NewPCG(8, uint64(last)))
			digested := b.sums(table, 0x04c11db7, g.Format.Rows()-last, last)
			for _, rows := range [][2]int{{37, 90}, {63, 1}, {63, 2}, {100, 5}, {5, 1}} {
				if last > 70 {
					digested += b.sums(table, rng.Uint32(), rows[0], rows[1]) - rows[1]
				}
			}
			if digested != last {
				t.Errorf("%d digests, expected %d", digested, last)
			}
		})
	}
}

// entries appends table entries as responses have them.
func entries(dst []byte, f lut.Format, values ...uint32) []byte {
	for _, v := range values {
		for n := range f.EntryBits() / 8 {
			dst = append(dst, byte(v>>(8*n)))
		}
	}
	return dst
}

func pair16(a, b int) []byte { return []byte{byte(a), byte(a >> 8), byte(b), byte(b >> 8)} }

// stream compares streamed rows with a table and returns the number of products.
func (b *board) stream(t *lut.Table, first, rows int) int {
	b.t.Helper()
	f := t.Format
	block := min(f.Cols(), 256)
	blocks := f.Cols() / block
	b.send(request(0x23, 1, pair16(first, rows)...)...)
	compared := 0
	for i, r := range b.frames(rows*blocks, 60*second) {
		row, column := first+i/blocks, i%blocks*block
		want := append(pair16(row, column), 0)
		want = entries(want, f, t.Row(uint32(row), nil)[column:column+block]...)
		if r.head != 0x23 || r.sequence != 1 || !bytes.Equal(r.payload, want) {
			b.t.Fatalf("row %d from column %d:\n got % x\nwant % x", row, column, r, want)
		}
		compared += block
	}
	return compared
}

// multiply compares the products of pairs with a table.
func (b *board) multiply(t *lut.Table, first, rows int) int {
	b.t.Helper()
	f := t.Format
	compared := 0
	for a := uint32(first); a < uint32(first+rows); a++ {
		for c := uint32(0); c < uint32(f.Cols()); {
			var payload, products []byte
			for ; c < uint32(f.Cols()); c++ {
				next := payload
				for _, o := range []struct {
					v    uint32
					bits int
				}{{a, f.A}, {c, f.B}} {
					next = append(next, byte(o.v))
					if o.bits > 8 {
						next = append(next, byte(o.v>>8))
					}
				}
				if len(next) > 255 {
					break
				}
				payload = next
				products = entries(products, f, t.At(a, c))
				compared++
			}
			sequence := byte(a + c)
			ask := append([]byte{0x22, sequence}, payload...)
			want := binary.LittleEndian.AppendUint16([]byte{0}, crc16.Checksum(ask, crcTable))
			if got := b.ask(0x22, sequence, payload...); got.head != 0x22 || !bytes.Equal(got.payload, append(want, products...)) {
				b.t.Fatalf("multiply % x:\n got % x\nwant % x", payload, got, append(want, products...))
			}
		}
	}
	return compared
}

// sums compares the digests of rows and returns their number.
func (b *board) sums(t *lut.Table, key uint32, first, rows int) int {
	b.t.Helper()
	b.send(request(0x24, 9, keyed(key, first, rows)...)...)
	row, end := first, first+rows
	for _, r := range b.frames((end+63)/64-first/64, 60*second) {
		want := []byte{byte(row), byte(row >> 8), 0}
		for next := min(end, row/64*64+64); row < next; row++ {
			want = binary.LittleEndian.AppendUint32(want, digest(t.Row(uint32(row), nil), t.Format.EntryBits(), key))
		}
		if r.head != 0x24 || !bytes.Equal(r.payload, want) {
			b.t.Fatalf("rows to %d, key %08x:\n got % x\nwant % x", row, key, r, want)
		}
	}
	return row - first
}

// TestAtSpeed counts the cycles of a sum: a pipelined multiplier gets a pair in
// each, but for those in which it runs empty between two sweeps of a row.
func TestAtSpeed(t *testing.T) {
	t.Parallel()
	r, _ := openBuiltin(t, "mitchell_e8m7", "pipelined")
	b := startSlow(t, adapt(t, r))
	cycles := func(rows int) int {
		b.send(request(0x24, 1, keyed(0x712020e7, 0, rows)...)...)
		h := b.until(2, 1_000_000)
		return h.Cycles - 40*len(h.Bytes) // what is sent takes 40 cycles a byte
	}
	one, many := cycles(1), cycles(64)
	// The request's length is the same but for escapes, of which there are none.
	const latency, sweeps = 3, 63 * 8 // of a row once for each bit of an entry
	if n := many - one; n < sweeps*(128+latency) || n > sweeps*(128+latency+3) {
		t.Errorf("63 rows of 128 products took %d cycles, expected %d or a few more", n, sweeps*(128+latency))
	}
}
