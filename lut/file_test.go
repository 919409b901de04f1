package lut

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/approxtrain/approxtrain/internal/atomicfile"

	"github.com/sigurn/crc16"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func encode(t testing.TB, tab *Table) []byte {
	t.Helper()
	var buf bytes.Buffer
	n, err := tab.WriteTo(&buf)
	require.NoError(t, err)
	require.EqualValues(t, buf.Len(), n)
	return buf.Bytes()
}

// annotated has every attribute set.
func annotated(t testing.TB, f Format) *Table {
	tab := scrambled(t, f)
	tab.Sources = []Source{{"mul <é>.v", strings.Repeat("0a", 32)}, {"cell.v", strings.Repeat("f9", 32)}}
	tab.Options = []string{"--top mul", "-G W=8"}
	tab.Tools = []string{"verilator 5.032", "approxtrain 1"}
	tab.Witnesses = []Witness{{Tool: "verilator 5.032", Products: uint64(f.Pairs())}, {Tool: "iverilog 12 <é>", Products: 40, Sample: true}}
	tab.Function = "proven: no state"
	if f.Kind == Mantissa {
		tab.Rounding = NearestEven
	}
	return tab
}

func TestFileRoundTrip(t *testing.T) {
	dir := t.TempDir()
	for _, f := range append(formats, FloatFormat(9, 23), UintFormat(12, 7)) {
		tab := annotated(t, f)
		path := filepath.Join(dir, f.String()+".lut")
		require.NoError(t, tab.WriteFile(path))
		got, err := ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, tab.Digest(), got.Digest())
		if f.Pairs() <= 1<<16 {
			assert.Equal(t, tab, got, "%v", f)
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, encode(t, got), text, "same table, same bytes")
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, len(formats)+2, "no temporary files")
}

// The layout, byte by byte, as the comment in file.go has it.
func TestFileLayout(t *testing.T) {
	tab := fill(t, "tiny", UintFormat(1, 2), func(a, b uint32) uint32 { return a * b })
	head := `{"name":"tiny","format":"u1x2","entry_bits":8,"sha256":"` + tab.Digest() + "\"}\n"
	crc := func(p string) string {
		return string(binary.LittleEndian.AppendUint16(nil, crc16.Checksum([]byte(p), crc16.MakeTable(crc16.CRC16_CCITT_FALSE))))
	}
	want := "\x89LUT\r\n\x1a\n\x02\x00" + string([]byte{byte(len(head)), 0, 0, 0}) + head
	want += crc(want) + "\x00\x00\x00\x00" + crc("\x00\x00\x00\x00") + "\x00\x01\x02\x03" + crc("\x00\x01\x02\x03")
	assert.Equal(t, want, string(encode(t, tab)))
	assert.EqualValues(t, 0x29b1, crc16.Checksum([]byte("123456789"), crcTable), "the catalogue's check value")
	assert.EqualValues(t, 0xe5f1, tab.RowCRC(1), "as Python's binascii.crc_hqx has it")
}

// A file of version 1 is read, and written as version 2.
func TestVersion1(t *testing.T) {
	tab := annotated(t, UintFormat(3, 3))
	tab.Witnesses, tab.Function = nil, ""
	now := encode(t, tab)
	payload := len(now) - tab.Format.Rows()*(tab.Format.Cols()+2)
	head := bytes.Clone(now[:payload-2])
	head[8] = 1
	old := append(binary.LittleEndian.AppendUint16(head, crc16.Checksum(head, crcTable)), now[payload:]...)
	got, err := Read(bytes.NewReader(old))
	require.NoError(t, err)
	assert.Equal(t, tab, got)
	assert.Equal(t, now, encode(t, got))
}

// Every flip of one bit is found, and one in the payload names its row.
func TestEveryBitFlipIsFound(t *testing.T) {
	for _, f := range []Format{UintFormat(3, 3), FloatFormat(3, 8), {Kind: Signed, A: 2, B: 3, P: 18}, codedFormat(t, "posit3es0"),
		partFormats[0]} {
		good := encode(t, annotated(t, f))
		stride := f.Cols()*f.EntryBits()/8 + 2
		payload := len(good) - stride*f.Rows()
		n := 0
		for i := range 8 * len(good) {
			bad := bytes.Clone(good)
			bad[i/8] ^= 1 << (i % 8)
			_, err := Read(bytes.NewReader(bad))
			require.Error(t, err, "bit %d of byte %d", i%8, i/8)
			var damage *CorruptError
			switch isCorrupt := errors.As(err, &damage); {
			case i/8 < len(magic):
				require.ErrorIs(t, err, ErrNotLUT)
			case i/8 == len(magic) && bad[i/8] >= 1 && bad[i/8] <= 3: // another version that there is
				require.True(t, isCorrupt, "%v", err)
			case i/8 < len(magic)+2:
				require.ErrorIs(t, err, ErrVersion)
			case i/8 < payload:
				require.True(t, isCorrupt, "%v", err)
				require.Contains(t, err.Error(), "header")
			default:
				require.True(t, isCorrupt, "%v", err)
				require.Equal(t, []int{(i/8 - payload) / stride}, damage.Rows)
				require.Equal(t, f.Rows(), damage.Total)
			}
			n++
		}
		assert.Equal(t, 8*len(good), n)
		assert.Greater(t, n, 1000)
	}
}

func TestEveryTruncationIsFound(t *testing.T) {
	f := FloatFormat(4, 4)
	good := encode(t, annotated(t, f))
	stride := f.Cols() + 2
	payload := len(good) - stride*f.Rows()
	for n := range good {
		_, err := Read(bytes.NewReader(good[:n]))
		require.Error(t, err)
		if n >= payload {
			require.ErrorContains(t, err, fmt.Sprintf("ends after %d of 16 rows", (n-payload)/stride))
		}
	}
	_, err := Read(bytes.NewReader(nil))
	assert.ErrorContains(t, err, "empty")
	assert.ErrorIs(t, err, ErrNotLUT)
	_, err = Read(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(good))))
	assert.ErrorIs(t, err, iotest.ErrTimeout, "the reader's own errors are kept")
	_, err = Read(iotest.OneByteReader(bytes.NewReader(good)))
	assert.NoError(t, err)
}

func TestDamageIsDescribed(t *testing.T) {
	tab := annotated(t, UintFormat(4, 4))
	good := string(encode(t, tab))
	stride := 16 + 2
	payload := len(good) - 16*stride
	flip := func(s string, at ...int) string {
		p := []byte(s)
		for _, i := range at {
			p[i] ^= 0xff
		}
		return string(p)
	}
	reseal := func(edit func(head string) string) string {
		head := edit(good[prefixBytes : payload-2])
		p := binary.LittleEndian.AppendUint32([]byte(good[:10]), uint32(len(head)))
		p = append(p, head...)
		p = binary.LittleEndian.AppendUint16(p, crc16.Checksum(p, crcTable))
		return string(p) + good[payload:]
	}
	replace := func(old, new string) string {
		return reseal(func(h string) string {
			require.Contains(t, h, old)
			return strings.Replace(h, old, new, 1)
		})
	}
	const witnesses = `"witnesses":[{"tool":"verilator 5.032","products":256},{"tool":"iverilog 12 <é>","products":40,"sample":true}],`
	version := func(v byte, file string) string { // with the CRC that goes with it
		p := []byte(file[:len(file)-16*stride-2])
		p[8] = v
		return string(binary.LittleEndian.AppendUint16(p, crc16.Checksum(p, crcTable))) + file[len(file)-16*stride:]
	}
	rows := make([]int, 0, 9)
	for a := range 9 {
		rows = append(rows, payload+a*stride)
	}
	for _, c := range []struct{ why, file, want string }{
		{"one row", flip(good, payload+5*stride), "1 of 16 rows are damaged, those of operand A = 5;"},
		{"two rows", flip(good, payload+5*stride, payload+9*stride+3), "2 of 16 rows are damaged, those of operand A = 5, 9;"},
		{"nine rows", flip(good, rows...), "9 of 16 rows are damaged, those of operand A = 0, 1, 2, 3, 4, 5, 6, 7, …;"},
		{"damaged and truncated", flip(good, payload)[:payload+3*stride], "1 of 16 rows are damaged, those of operand A = 0; it ends after 3 of 16 rows"},
		{"trailing byte", good + "\x00", "goes on after row 15"},
		{"rows exchanged", good[:payload] + good[payload+stride:payload+2*stride] + good[payload:payload+stride] + good[payload+2*stride:], "SHA-256"},
		{"\\r\\n became \\n", strings.ReplaceAll(good, "\r\n", "\n"), "text-mode transfer"},
		{"\\n became \\r\\n", strings.ReplaceAll(good, "\n", "\r\n"), "text-mode transfer"},
		{"UTF-8", "\u0089" + good[1:], "text-mode transfer"},
		{"another file", "PK\x03\x04 and so on", "begins with 50 4b 03 04"},
		{"version 4", good[:8] + "\x04" + good[9:], "unknown version of the .lut format: 4, expected 1 to 3"},
		{"version 3 of a format of version 2", version(3, good), "no writer of version 3"},
		{"version 0", good[:8] + "\x00" + good[9:], "unknown version of the .lut format: 0, expected 1 to 3"},
		{"witnesses in version 1", version(1, replace(`"function":"proven: no state",`, "")), "no writer of version 1"},
		{"function in version 1", version(1, replace(witnesses, "")), "no writer of version 1"},
		{"a witness twice", replace(`iverilog 12 <é>`, `verilator 5.032`), "twice"},
		{"a witness of too little", replace(`"products":256`, `"products":255`), "computed 255 products, expected 256"},
		{"a negative witness", replace(`"products":256`, `"products":-1`), "JSON"},
		{"an empty list of witnesses", replace(witnesses, `"witnesses":[],`), "no writer"},
		{"huge header", good[:10] + "\xff\xff\xff\xff" + good[14:], "4294967295 bytes"},
		{"other JSON", replace(`{"name"`, `{ "name"`), "no writer"},
		{"unknown key", replace(`{"name"`, `{"time":1,"name"`), "no writer"},
		{"not JSON", replace(`{"name"`, `"name"`), "JSON"},
		{"bad format", replace(`"u4"`, `"u99"`), "1 to 12 bits"},
		{"format of another size", replace(`"u4"`, `"u3x4p8"`), "SHA-256"},
		{"entry bits", replace(`"entry_bits":8`, `"entry_bits":16`), "no writer"},
		{"a rounding of integers", replace(`"entry_bits":8`, `"entry_bits":8,"rounding":"truncate"`), "no writer"},
		{"a path as source", replace(`"cell.v"`, `"a/cell.v"`), "base name"},
		{"bad digest", replace(tab.Digest(), "beef"), "no writer"},
		{"bits above P", replace(`"u4"`, `"u4p7"`), "an entry exceeds 7 bits"},
	} {
		_, err := Read(strings.NewReader(c.file))
		assert.ErrorContains(t, err, c.want, c.why)
	}
	path := filepath.Join(t.TempDir(), "x.lut")
	require.NoError(t, os.WriteFile(path, []byte(flip(good, payload)), 0o600))
	_, err := ReadFile(path)
	assert.ErrorContains(t, err, "reading table "+path+": damaged .lut file: 1 of 16 rows")
	_, err = ReadFile(filepath.Join(t.TempDir(), "none.lut"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestWriteRefusesWhatCannotBeReadBack(t *testing.T) {
	for why, spoil := range map[string]func(*Table){
		"name ":         func(t *Table) { t.Name = "" },
		"name \"a b\"":  func(t *Table) { t.Name = "a b" },
		"base name":     func(t *Table) { t.Sources[0].Path = "x/y.v" },
		"SHA-256":       func(t *Table) { t.Sources[0].SHA256 = "12" },
		"option":        func(t *Table) { t.Options = []string{""} },
		"tool":          func(t *Table) { t.Tools[0] = "a\nb" },
		"witness":       func(t *Table) { t.Witnesses[1].Tool = "a\x1b[1m" },
		"computed 0":    func(t *Table) { t.Witnesses[0].Products = 0 },
		"there twice":   func(t *Table) { t.Witnesses[1].Tool = t.Witnesses[0].Tool },
		"a function":    func(t *Table) { t.Function = "\xff" },
		"cannot have":   func(t *Table) { t.Rounding = NearestEven },
		"at most 10485": func(t *Table) { t.Tools[0] = strings.Repeat("x", 1<<20) },
	} {
		tab := annotated(t, UintFormat(2, 2))
		spoil(tab)
		n, err := tab.WriteTo(io.Discard)
		assert.ErrorContains(t, err, why)
		assert.Zero(t, n)
	}
}

func TestWriteFileIsAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.lut")
	tab := scrambled(t, UintFormat(4, 4))
	require.NoError(t, tab.WriteFile(path))
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(make([]byte, 1<<20))
		return errors.Join(err, errors.New("out of luck"))
	})
	assert.ErrorContains(t, err, "writing "+path+": out of luck")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1)

	assert.ErrorIs(t, tab.WriteFile(filepath.Join(dir, "no", "t.lut")), os.ErrNotExist)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.EqualValues(t, 0o644, info.Mode().Perm()|0o044, "not private to one user, but for the umask")
}

// What Read accepts, WriteTo writes back to the byte; the rest is an error that
// a caller can tell.
func FuzzRead(f *testing.F) {
	for _, format := range []Format{UintFormat(1, 1), SintFormat(2, 1), FloatFormat(1, 8), {Kind: Unsigned, A: 1, B: 1, P: 17}, codedFormat(f, "posit3es0")} {
		good := encode(f, annotated(f, format))
		f.Add(good)
		f.Add(encode(f, scrambled(f, format)))
		for i := 0; i < len(good); i += 29 {
			f.Add(good[:i])
			bad := bytes.Clone(good)
			bad[i] ^= 0x10
			f.Add(bad)
		}
		f.Add(append(good, 0))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := Read(bytes.NewReader(data))
		if err != nil {
			var damage *CorruptError
			if !errors.As(err, &damage) && !errors.Is(err, ErrNotLUT) && !errors.Is(err, ErrVersion) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		require.Equal(t, data, encode(t, tab))
	})
}
