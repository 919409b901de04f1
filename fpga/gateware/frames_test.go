package gateware_test

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/sigurn/crc16"
)

// What docs/protocol.md says of frames, for the bench.

var crcTable = crc16.MakeTable(crc16.CRC16_CCITT_FALSE)

// request returns a frame.
func request(head, sequence byte, payload ...byte) []byte {
	body := append([]byte{head, sequence}, payload...)
	body = binary.LittleEndian.AppendUint16(body, crc16.Checksum(body, crcTable))
	out := []byte{0x7e}
	for _, b := range body {
		if b == 0x7e || b == 0x7d {
			out = append(out, 0x7d, b^0x20)
		} else {
			out = append(out, b)
		}
	}
	return append(out, 0x7e)
}

// keyed returns the payload of a request for digests.
func keyed(key uint32, first, rows int) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, key), pair16(first, rows)...)
}

// digest forms the digest of a row, bit by bit.
func digest(row []uint32, entryBits int, key uint32) uint32 {
	d := ^uint32(0)
	for n := range entryBits {
		for _, p := range row {
			over := d>>31 != p>>n&1
			d *= 2
			if over {
				d ^= key
			}
		}
	}
	return d
}

// response is a frame that came from the board.
type response struct {
	head, sequence byte
	payload        []byte
}

// responses takes apart what came from the board, which sends nothing but whole
// frames with both of their flags.
func responses(line []byte) ([]response, error) {
	var out []response
	for len(line) > 0 {
		if line[0] != 0x7e {
			return out, fmt.Errorf("a frame begins with %#02x", line[0])
		}
		end := bytes.IndexByte(line[1:], 0x7e)
		if end < 0 {
			return out, fmt.Errorf("a frame without an end: % x", line)
		}
		var body []byte
		for i := 1; i <= end; i++ {
			b := line[i]
			if b == 0x7d {
				i++
				if b = line[i] ^ 0x20; b != 0x7e && b != 0x7d {
					return out, fmt.Errorf("an escape before %#02x", line[i])
				}
			}
			body = append(body, b)
		}
		if len(body) < 4 {
			return out, fmt.Errorf("a body of %d bytes", len(body))
		}
		n := len(body) - 2
		if got, want := binary.LittleEndian.Uint16(body[n:]), crc16.Checksum(body[:n], crcTable); got != want {
			return out, fmt.Errorf("CRC %#04x, expected %#04x", got, want)
		}
		out = append(out, response{body[0], body[1], body[2:n]})
		line = line[end+2:]
	}
	return out, nil
}
