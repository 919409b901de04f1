package linktest

import "encoding/binary"

var le = binary.LittleEndian

// answer answers a request.
func (b *Board) answer(r request) {
	if r.head>>4 != or(b.Version, 2) {
		b.fail(r, 1)
		return
	}
	switch r.head & 15 {
	case 0:
		if b.sized(r, 0) {
			b.send(r, 0, b.identity())
		}
	case 1:
		b.send(r, 1, r.payload)
	case 2:
		b.multiply(r)
	case 3:
		if b.sized(r, 4) {
			b.rows(r, r.payload, b.stream)
		}
	case 4:
		if b.sized(r, 8) {
			b.rows(r, r.payload[4:], b.sums)
		}
	case 5:
		b.baud(r)
	default:
		b.fail(r, 2)
	}
}

func (b *Board) fail(r request, code byte) { b.send(r, 15, []byte{code}) }

func (b *Board) sized(r request, n int) bool {
	if len(r.payload) != n {
		b.fail(r, 3)
		return false
	}
	return true
}

func (b *Board) identity() []byte {
	f := b.Table.Format
	flags := byte(0)
	if b.Pipelined {
		flags |= 1
	}
	if b.Handshake {
		flags |= 2
	}
	p := []byte{byte(f.Kind), byte(f.A), byte(f.B), byte(f.P), flags}
	p = le.AppendUint16(p, uint16(b.Latency))
	p = append(p, b.Digest[:]...)
	p = le.AppendUint32(p, uint32(or(b.Clock, 12_000_000)))
	p = le.AppendUint16(p, uint16(or(b.Queue, 512)))
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.counters {
		p = le.AppendUint16(p, uint16(n))
	}
	return p
}

// products appends the products of a and each of some operands B, and returns
// the status; stuck stays so for the pairs that follow.
func (b *Board) products(p []byte, a uint32, list []uint32, status byte) ([]byte, byte) {
	for _, y := range list {
		v := uint32(0)
		if status != 2 && b.Stuck != nil && b.Stuck(a, y) {
			status = 2
		}
		if status != 2 {
			v = b.Table.At(a, y)
			if b.Flaky != nil {
				v = b.Flaky(a, y, v)
			}
			if b.Irregular != nil && b.Irregular(a, y) {
				status = 1
			}
		}
		for range b.Table.Format.EntryBits() / 8 {
			p = append(p, byte(v))
			v >>= 8
		}
	}
	return p, status
}

func (b *Board) multiply(r request) {
	wide := func(bits int) int { return (bits + 7) / 8 }
	wa, wb := wide(b.Table.Format.A), wide(b.Table.Format.B)
	if len(r.payload) == 0 || len(r.payload)%(wa+wb) != 0 {
		b.fail(r, 3)
		return
	}
	read := func(p []byte, bits int) (v uint32) {
		for i, x := range p {
			v |= uint32(x) << (8 * i)
		}
		return v & (1<<bits - 1)
	}
	p := le.AppendUint16([]byte{0}, r.crc)
	var status byte
	for q := r.payload; len(q) > 0; q = q[wa+wb:] {
		p, status = b.products(p, read(q[:wa], b.Table.Format.A), []uint32{read(q[wa:wa+wb], b.Table.Format.B)}, status)
	}
	p[0] = status
	b.send(r, 2, p)
}

// rows reads the requested rows and checks that they exist.
func (b *Board) rows(r request, p []byte, do func(r request, first, rows int)) {
	first, rows := int(le.Uint16(p)), int(le.Uint16(p[2:]))
	if rows == 0 || first+rows > b.Table.Format.Rows() {
		b.fail(r, 4)
		return
	}
	do(r, first, rows)
}

func (b *Board) columns() []uint32 {
	all := make([]uint32, b.Table.Format.Cols())
	for i := range all {
		all[i] = uint32(i)
	}
	return all
}

func (b *Board) stream(r request, first, rows int) {
	all := b.columns()
	for a := first; a < first+rows; a++ {
		for c := 0; c < len(all); c += 256 {
			p := le.AppendUint16(le.AppendUint16(nil, uint16(a)), uint16(c))
			p, status := b.products(append(p, 0), uint32(a), all[c:min(c+256, len(all))], 0)
			p[4] = status
			b.send(r, 3, p)
		}
	}
}

func (b *Board) sums(r request, first, rows int) {
	key := le.Uint32(r.payload)
	all := b.columns()
	for end := first + rows; first < end; {
		p := append(le.AppendUint16(nil, uint16(first)), 0)
		for more := true; more && first < end; more = first%64 != 0 {
			row, status := b.products(nil, uint32(first), all, 0)
			p[2] = max(p[2], status)
			p = le.AppendUint32(p, digest(row, b.Table.Format.EntryBits(), key))
			first++
		}
		b.send(r, 4, p)
	}
}

// digest is the keyed CRC-32 of a row's entries: of a bit of each, the lowest first.
func digest(row []byte, entryBits int, key uint32) uint32 {
	d := uint32(0xffffffff)
	for k := range entryBits {
		for at := k / 8; at < len(row); at += entryBits / 8 {
			bit := row[at]>>(k%8)&1 == 1
			top := d&0x80000000 != 0
			d <<= 1
			if bit != top {
				d ^= key
			}
		}
	}
	return d
}

func (b *Board) baud(r request) {
	if !b.sized(r, 3) {
		return
	}
	step := int(r.payload[0]) | int(r.payload[1])<<8 | int(r.payload[2])<<16
	if step == 0 || step > 1<<22 {
		b.fail(r, 4)
		return
	}
	b.send(r, 5, r.payload)
	b.speed(int(float64(or(b.Clock, 12_000_000))*float64(step)/(1<<24) + 0.5))
}
