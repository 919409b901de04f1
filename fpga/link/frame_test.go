package link_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga/link"
)

// FuzzFrame: whatever stands before a frame, and however the bytes are cut, the
// frame is found, or the one after it.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("Hello, world\r\n"), byte(3), []byte{0x7e, 0x7d, 0x5e, 0}, byte(1))
	f.Add([]byte{0x7e, 0x7d}, byte(0), []byte{}, byte(2))
	f.Add([]byte{0x7e, 0x10}, byte(255), bytes.Repeat([]byte{0x7d}, 255), byte(7))
	f.Add(bytes.Repeat([]byte{0x55}, 3000), byte(9), bytes.Repeat([]byte{0x7e}, 1029), byte(0))
	f.Add(append([]byte{0x7e}, bytes.Repeat([]byte{0x55}, 1033)...), byte(9), []byte{1}, byte(0))
	f.Fuzz(func(t *testing.T, garbage []byte, sequence byte, payload []byte, cut byte) {
		payload = payload[:min(len(payload), link.MaxResponse)]
		want := link.Frame{Version: 2, Command: link.CmdStream, Sequence: sequence, Payload: payload}
		p := want.Append(want.Append(bytes.Clone(garbage)))
		var d link.Decoder
		var got []link.Frame
		step := int(cut)%16 + 1
		for lo := 0; lo < len(p); lo += step {
			d.Decode(p[lo:min(len(p), lo+step)], func(f link.Frame) { got = append(got, f) })
		}
		require.NotEmpty(t, got)
		last := got[len(got)-1]
		assert.Equal(t, want.Sequence, last.Sequence)
		assert.True(t, bytes.Equal(want.Payload, last.Payload))
		assert.Equal(t, len(got), d.Frames)
		assert.LessOrEqual(t, d.Garbage, len(garbage)+len(payload)+4)
	})
}

// What is no frame is dropped and counted, each under its name.
func TestDecoderCounts(t *testing.T) {
	good := link.Frame{Version: 2, Command: link.CmdEcho, Sequence: 9, Payload: []byte{1, 2, 3}}.Append(nil)
	wrong := bytes.Clone(good)
	wrong[3] ^= 4
	for _, c := range []struct {
		name         string
		p            []byte
		crc, framing int
		frames       int
	}{
		{"one", good, 0, 0, 1},
		{"flags side by side", append([]byte{0x7e, 0x7e, 0x7e}, good...), 0, 0, 1},
		{"a shared flag", append(bytes.Clone(good), good[1:]...), 0, 0, 2},
		{"a wrong CRC", append(bytes.Clone(wrong), good...), 1, 0, 1},
		{"too short", append([]byte{0x7e, 1, 2, 3}, good...), 0, 1, 1},
		{"an escape before a flag", append([]byte{0x7e, 1, 2, 3, 4, 5, 0x7d}, good...), 0, 1, 1},
		{"an escape alone", append([]byte{0x7e, 0x7d}, good...), 0, 1, 1},
		{"too long", append(append([]byte{0x7e}, make([]byte, 1034)...), good...), 0, 1, 1},
		{"as long as may be", link.Frame{Payload: make([]byte, 1029)}.Append(nil), 0, 0, 1},
		{"before the first flag", append([]byte("login: "), good...), 0, 0, 1},
	} {
		var d link.Decoder
		n := 0
		d.Decode(c.p, func(link.Frame) { n++ })
		assert.Equal(t, c.frames, n, c.name)
		assert.Equal(t, c.crc, d.CRC, c.name)
		assert.Equal(t, c.framing, d.Framing, c.name)
		if c.crc+c.framing > 0 || c.name == "before the first flag" {
			assert.Equal(t, 1, d.Resyncs, c.name)
			assert.NotZero(t, d.Garbage, c.name)
		} else {
			assert.Zero(t, d.Garbage, c.name)
		}
	}
}

// Whatever flips in a frame, one bit or two, it is not taken for another one.
func TestDamagedFramesAreDropped(t *testing.T) {
	good := link.Frame{Version: 2, Command: link.CmdEcho, Sequence: 9, Payload: []byte{1, 2, 3}}.Append(nil)
	tried := 0
	bits := 8 * len(good)
	for i := range bits {
		for j := range i + 1 {
			p := bytes.Clone(good)
			p[i/8] ^= 1 << (i % 8)
			if j != i {
				p[j/8] ^= 1 << (j % 8)
			}
			var d link.Decoder
			d.Decode(p, func(f link.Frame) {
				assert.Equal(t, good, f.Append(nil)) // a damaged flag may leave the frame whole
			})
			tried++
		}
	}
	assert.Equal(t, bits*(bits+1)/2, tried)
}
