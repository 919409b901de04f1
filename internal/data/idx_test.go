package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// encodeIDX makes an IDX file of unsigned bytes.
func encodeIDX(values []uint8, dims ...uint32) []byte {
	out := []byte{0, 0, idxByte, byte(len(dims))}
	for _, d := range dims {
		out = binary.BigEndian.AppendUint32(out, d)
	}
	return append(out, values...)
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(content)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

// ramp returns the bytes 0, 1, … n − 1.
func ramp(n int) []uint8 {
	out := make([]uint8, n)
	for i := range out {
		out[i] = uint8(i)
	}
	return out
}

func TestReadIDX(t *testing.T) {
	plain := encodeIDX(ramp(24), 2, 3, 4)
	for name, content := range map[string][]byte{"plain": plain, "gzipped": gzipped(t, plain)} {
		x, err := readIDX(bytes.NewReader(content), 3)
		require.NoError(t, err, name)
		assert.Equal(t, []int{2, 3, 4}, x.dims, name)
		assert.Equal(t, ramp(24), x.values, name)
	}
}

func TestReadIDXRefuses(t *testing.T) {
	good := encodeIDX(ramp(24), 2, 3, 4)
	packed := gzipped(t, good)
	broken := bytes.Clone(packed)
	broken[len(broken)-5] ^= 1 // of the CRC-32
	for _, c := range []struct {
		name, message string
		content       []byte
	}{
		{"empty", "it ends within the IDX header, after 0 bytes", nil},
		{"within the magic", "it ends within the IDX header, after 3 bytes", good[:3]},
		{"within the sizes", "it ends within the IDX header, after 15 bytes", good[:15]},
		{"without values", "it ends after 0 of 24 values (2 × 3 × 4); it was cut short", good[:16]},
		{"without the last value", "it ends after 23 of 24 values", good[:len(good)-1]},
		{"gzip cut short", "it ends after 24 of 24 values", nil}, // replaced below
		{"a byte more", "1 bytes follow its 24 values (2 × 3 × 4)", append(bytes.Clone(good), 0)},
		{"another byte in gzip", "3 bytes follow its 24 values", gzipped(t, append(bytes.Clone(good), 1, 2, 3))},
		{"gzip damaged", "reading it failed (gzip: invalid checksum)", broken},
		{"gzip header damaged", "reading it failed (gzip: invalid header)", []byte("\x1f\x8b\x09\x00\x00\x00\x00\x00\x00\x00")},
		{"a picture", "it begins with 89 50 4e 47, expected 00 00 08 03", []byte("\x89PNG\r\n\x1a\n")},
		{"nearly the magic", "it begins with 00 01 08 03, expected 00 00 08 03", []byte{0, 1, 8, 3}},
		{"floats", "its values have the IDX type 0x0d, expected 0x08", []byte{0, 0, 0x0d, 3, 0, 0, 0, 1}},
		{"labels", "it has 1 dimensions, expected 3 as for images; are images and labels exchanged?", encodeIDX(ramp(5), 5)},
		{"no images", "dimension 1 of 3 is 0", encodeIDX(nil, 0, 28, 28)},
		{"too many", "claims 60,000 × 4,096 × 4,096 values", encodeIDX(ramp(9), 60000, 4096, 4096)},
		{"a negative size", "dimension 2 of 3 is 4,294,967,295", encodeIDX(ramp(9), 1, 1<<32-1, 1)},
	} {
		if c.name == "gzip cut short" {
			c.content, c.message = packed[:len(packed)-8], "unexpected EOF"
		}
		x, err := readIDX(bytes.NewReader(c.content), 3)
		require.Error(t, err, c.name)
		assert.Nil(t, x, c.name)
		assert.Contains(t, err.Error(), c.message, c.name)
	}
}

// FuzzReadIDX: whatever comes, either an error or exactly the values that the
// header says; memory stays near what was read.
func FuzzReadIDX(f *testing.F) {
	good := encodeIDX(ramp(24), 2, 3, 4)
	f.Add(good, 3)
	f.Add(gzipped(f, good), 3)
	f.Add(encodeIDX(ramp(7), 7), 1)
	f.Add(good[:9], 3)
	f.Add(encodeIDX(nil, 1<<31-1, 1, 1), 3)
	f.Fuzz(func(t *testing.T, content []byte, dimensions int) {
		dimensions = 1 + 2*(dimensions&1)
		x, err := readIDX(bytes.NewReader(content), dimensions)
		if err != nil {
			require.Nil(t, x)
			return
		}
		require.Len(t, x.dims, dimensions)
		n := uint32(1)
		var dims []uint32
		for _, d := range x.dims {
			n *= uint32(d)
			dims = append(dims, uint32(d))
		}
		require.Len(t, x.values, int(n))
		require.LessOrEqual(t, cap(x.values), 4*len(x.values)+1<<16)
		again, err := readIDX(bytes.NewReader(encodeIDX(x.values, dims...)), dimensions)
		require.NoError(t, err)
		require.Equal(t, x, again)
	})
}
