package lut

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sigurn/crc16"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/hostile"
)

// small is a table of 4 × 4 products and the bytes of its file.
func small(t *testing.T) (*Table, []byte) {
	t.Helper()
	u := exactTable(t, "small", UintFormat(2, 2))
	u.Sources = []Source{{Path: "mul.v", SHA256: strings.Repeat("0a", 32)}}
	u.Tools = []string{"Verilator 5.0"}
	var buf bytes.Buffer
	_, err := u.WriteTo(&buf)
	require.NoError(t, err)
	return u, buf.Bytes()
}

// exactTable is the table of an exact multiplier.
func exactTable(t *testing.T, name string, f Format) *Table {
	t.Helper()
	u, err := New(name, f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			u.Set(a, b, uint32(u.ExactInt(a, b))&(1<<f.ValueBits()-1))
		}
	}
	return u
}

// file is a .lut file of a header as given, whose checksums are right, and rows.
func file(head string, rows []byte) []byte { return fileOf(fileVersion, head, rows) }

// fileOf is file in a version.
func fileOf(version byte, head string, rows []byte) []byte {
	p := append([]byte(magic), version, 0)
	p = binary.LittleEndian.AppendUint32(p, uint32(len(head)))
	p = append(p, head...)
	p = binary.LittleEndian.AppendUint16(p, crc16.Checksum(p, crcTable))
	return append(p, rows...)
}

// rowsOf are rows of entries with right checksums.
func rowsOf(size int, payload []byte) (out []byte) {
	for ; len(payload) >= size && size > 0; payload = payload[size:] {
		out = append(out, payload[:size]...)
		out = binary.LittleEndian.AppendUint16(out, crc16.Checksum(payload[:size], crcTable))
	}
	return out
}

func TestHostileFiles(t *testing.T) {
	u, good := small(t)
	headLength := int(binary.LittleEndian.Uint32(good[10:]))
	rows := 14 + headLength + 2
	var c hostile.Cases
	c.Cuts(good, 0, 1, 4, 8, 10, 14, 14+headLength/2, 14+headLength, rows, rows+4, rows+6, rows+12, len(good)-2, len(good))
	c.Fields(good, binary.LittleEndian, 4, map[string]int{"the header's length": 10})
	c.Fields(good, binary.LittleEndian, 2, map[string]int{"the version": 8, "the header's CRC": rows - 2, "the CRC of row 0": rows + 4, "that of the last row": len(good) - 2})
	c.Fields(good, binary.LittleEndian, 1, map[string]int{"byte 0": 0, "byte 4": 4, "entry 0": rows, "the last entry": len(good) - 3})
	c.Wrapped(good, true)
	for name, s := range map[string]string{"crlf to lf": strings.ReplaceAll(string(good), "\r\n", "\n"), "lf to crlf": strings.ReplaceAll(string(good), "\n", "\r\n"),
		"7 bits": strings.Map(func(r rune) rune { return r & 0x7f }, string(good))} {
		c.Add(name, []byte(s))
	}
	payload := u.Bytes8()
	sum := sha256.Sum256(payload)
	digest := hex.EncodeToString(sum[:])
	right := rowsOf(4, payload)
	// The header, with right checksums: each value that it has against many.
	base := map[string]any{}
	require.NoError(t, json.Unmarshal(good[14:14+headLength], &base))
	evil := []any{nil, 0, -1, 1, json.RawMessage("1e999"), "", "x", "\x1b[2J", "a\x00", strings.Repeat("n", 101), strings.Repeat("n", 1<<19), []any{}, []any{1}, map[string]any{}, true, "../x", "u2 ", "e8m7", "u12", "u99", "s2", "\u202e"}
	for key := range base {
		for i, v := range evil {
			changed := map[string]any{}
			for k, old := range base {
				changed[k] = old
			}
			changed[key] = v
			if fmt.Sprint(v) == fmt.Sprint(base[key]) {
				continue
			}
			h, err := json.Marshal(struct {
				Name      any `json:"name"`
				Format    any `json:"format"`
				EntryBits any `json:"entry_bits"`
				Sources   any `json:"sources"`
				Tools     any `json:"tools"`
				SHA256    any `json:"sha256"`
			}{changed["name"], changed["format"], changed["entry_bits"], changed["sources"], changed["tools"], changed["sha256"]})
			if err != nil {
				continue
			}
			name := fmt.Sprintf("%s is evil %d", key, i)
			if key == "name" && v == "x" || key == "format" && v == "s2" || key == "name" && (v == "e8m7" || v == "u12" || v == "u99" || v == "s2") {
				c.May(name, file(string(h)+"\n", right))
				continue
			}
			c.Add(name, file(string(h)+"\n", right))
		}
	}
	head := string(good[14 : 14+headLength])
	for name, h := range map[string]string{
		"no JSON": "x", "empty": "", "an array": "[]", "deep": strings.Repeat("[", 1000), "deeper": strings.Repeat(`{"a":`, 100_000), "keys twice": strings.Replace(head, `{`, `{"name":"small",`, 1),
		"another key": strings.Replace(head, `{`, `{"extra":1,`, 1), "other case": strings.Replace(head, `"name"`, `"NAME"`, 1), "blanks": strings.Replace(head, `:`, `: `, 1),
		"no line at the end": strings.TrimSuffix(head, "\n"), "two lines at the end": head + "\n", "a comment": "/**/" + head, "a second value": head + "{}", "nulls": head + "\x00",
		"an escape": strings.Replace(head, "small", `sm\u0061ll`, 1), "ESC in a tool": strings.Replace(head, "Verilator", `\u001b[2J`, 1), "RTL in a tool": strings.Replace(head, "Verilator", "\u202e", 1),
		"no UTF-8": strings.Replace(head, "Verilator", "\xff", 1), "a folder in a source": strings.Replace(head, "mul.v", "a/mul.v", 1), "a million values": "[" + strings.Repeat("1,", 400_000) + "1]",
		"a source without a name": strings.Replace(head, "mul.v", "", 1), "an upper-case digest": strings.ToUpper(head), "entry bits": strings.Replace(head, `"entry_bits":8`, `"entry_bits":16`, 1),
		"a rounding":           strings.Replace(head, `"sources"`, `"rounding":"nearest-even","sources"`, 1),
		"a witness of nothing": strings.Replace(head, `"sha256":"`+digest, `"witnesses":[{"tool":"x","products":0}],"sha256":"`+digest, 1),
		"a witness twice":      strings.Replace(head, `"sha256":"`+digest, `"witnesses":[{"tool":"x","products":16},{"tool":"x","products":16}],"sha256":"`+digest, 1),
		"witnesses of -1":      strings.Replace(head, `"sha256":"`+digest, `"witnesses":[{"tool":"x","products":-1}],"sha256":"`+digest, 1),
	} {
		require.NotEqual(t, head, h, name)
		c.Add("header: "+name, file(h, right))
	}
	// Rows with right checksums of their own.
	for name, p := range map[string][]byte{"three rows, the last twice": append(right[:18:18], right[12:18]...), "five rows": append(append([]byte(nil), right...), right[:6]...),
		"rows exchanged": append(append([]byte(nil), right[6:12]...), append(append([]byte(nil), right[:6]...), right[12:]...)...),
		"all zeros":      rowsOf(4, make([]byte, 16)), "all ones": rowsOf(4, bytes.Repeat([]byte{0xff}, 16)), "longer rows": rowsOf(8, payload), "wide entries": rowsOf(8, make([]byte, 32)),
	} {
		c.Add("rows: "+name, file(head, p))
	}
	hostile.Reader{Name: "x.lut", Least: 200, Memory: 16 << 20,
		Read: func(path string) (any, error) { return ReadFile(path) },
		Right: func(read any) error {
			if got := read.(*Table); got.Digest() != digest || got.Format != u.Format && got.Format != SintFormat(2, 2) {
				return fmt.Errorf("other products")
			}
			return nil
		}}.Run(t, c)
}

// foreign reads a file as an encoding.
func foreign(e Encoding, f Format) func(path string) (any, error) {
	return func(path string) (any, error) {
		in, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		u, err := e.Read(in, f, "x")
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		return u, nil
	}
}

// Every foreign form, of a table of integers and one of mantissas.
func TestHostileForeign(t *testing.T) {
	numbers := []string{"", "-1", "16", "256", "65536", "4294967296", "18446744073709551616", "-9223372036854775808", "0x1", "1e1", "1.0", "NaN", "Inf", "+1", "１", "0_1", "x", "\x1b[2J", "\x00",
		"\u202e1", "\xff", `"`, strings.Repeat("9", 1000), strings.Repeat("0", 70_000) + "1"}
	for _, e := range Encodings {
		for _, f := range []Format{UintFormat(2, 2), SintFormat(2, 2), FloatFormat(2, 2)} {
			u := exactTable(t, "small", f)
			if f.Kind != Mantissa && e.Name == "raw" {
				continue
			}
			var buf bytes.Buffer
			require.NoError(t, e.Write(&buf, u))
			good := buf.Bytes()
			var c hostile.Cases
			pieces := min(len(good), 120)
			for n := range pieces { // text may lack its last line's end
				if cut := good[:len(good)*n/pieces]; e.Name == "c" || e.Name == "hex" || e.Name == "csv" && len(cut) == len(good)-1 {
					c.May(fmt.Sprintf("cut after %d", len(cut)), cut)
				} else {
					c.Add(fmt.Sprintf("cut after %d", len(cut)), cut)
				}
			}
			for name, s := range map[string]string{"twice": string(good) + string(good), "a byte more": string(good) + "1", "nulls": string(good) + strings.Repeat("\x00", 1000),
				"a megabyte of digits": string(good) + strings.Repeat("1", 1<<20), "megabytes of lines": string(good) + strings.Repeat("\n", 4<<20), "blanks": string(good) + strings.Repeat(" ", 4<<20)} {
				c.May(name, []byte(s))
			}
			for name, s := range map[string]string{"a mark": "\ufeff" + string(good), "UTF-16": "\xff\xfe" + string(good), "nothing but nulls": strings.Repeat("\x00", 1<<16), "a quote": `"` + string(good),
				"HTML": "<html>" + string(good), "ESC": "\x1b[2J" + string(good)} {
				c.May(name, []byte(s))
			}
			switch e.Name {
			case "raw":
				for i, at := range []int{0, 5, 15} {
					for v := range 256 {
						if v&0x7c != 0 && v>>3%3 == i { // bits that must be zero
							p := bytes.Clone(good)
							p[at] = byte(v)
							c.Add(fmt.Sprintf("byte %d is %#x", at, v), p)
						}
					}
				}
			case "npy":
				for name, pair := range map[string][2]string{"type": {"|u1", "|u8"}, "float": {"u1", "f4"}, "objects": {"|u1", "|O"}, "width 3": {"u1", "u3"}, "order": {"False", "Maybe"},
					"shape": {"(4, 4)", "(4, 5)"}, "a large shape": {"(4, 4)", "(99999999999999999999, 4)"}, "one dimension": {"(4, 4)", "(16,)"}, "three": {"(4, 4)", "(4, 2, 2)"},
					"negative": {"(4, 4)", "(-4, -4)"}, "code": {"(4, 4)", "__import__('os')"}, "no key": {"'descr'", "'descx'"}, "ESC": {"'descr'", "'\x1b[2J'"}, "quotes": {"'", `"`}} {
					if p := strings.ReplaceAll(string(good), pair[0], pair[1]); p != string(good) {
						c.May(name, []byte(p))
					}
				}
				for at := range 10 {
					for _, v := range []byte{0, 1, 2, 3, 0x7f, 0x80, 0xff, 0x93} {
						if p := bytes.Clone(good); p[at] != v {
							p[at] = v
							c.May(fmt.Sprintf("byte %d is %#x", at, v), p)
						}
					}
				}
			case "csv":
				lines := strings.Split(string(good), "\n")
				for _, row := range []int{0, 1, len(lines) / 2, len(lines) - 2} {
					for col := range strings.Count(lines[0], ",") + 1 {
						for i, v := range numbers {
							fields := strings.Split(lines[row], ",")
							if fields[col] == v {
								continue
							}
							fields[col] = v
							changed := append([]string(nil), lines...)
							changed[row] = strings.Join(fields, ",")
							name := fmt.Sprintf("line %d, column %d is evil %d", row, col, i)
							if strings.TrimLeft(v, "+0") == strings.TrimLeft(strings.Split(lines[row], ",")[col], "0") || v == "+1" || v == "-1" || v == "16" {
								c.May(name, []byte(strings.Join(changed, "\n")))
							} else {
								c.Add(name, []byte(strings.Join(changed, "\n")))
							}
						}
					}
				}
				for name, s := range map[string]string{"a line twice": lines[1] + "\n", "a line of blanks": "   \n", "a comment": "# x\n", "an open quote": "\"" + strings.Repeat("x\n", 1000),
					"semicolons": "1;1;1\n", "tabs": "1\t1\t1\n", "too many columns": "0,0,0,0,0,0\n", "one column": "0\n"} {
					c.Add(name, []byte(string(good)+s))
				}
			default: // hex, c
				for i, v := range numbers {
					c.May(fmt.Sprintf("evil number %d in front", i), []byte(v+" "+string(good)))
					c.May(fmt.Sprintf("evil number %d behind", i), []byte(string(good)+" "+v))
					at := bytes.LastIndexAny(bytes.TrimRight(good, "\n"), "\n")
					c.May(fmt.Sprintf("evil number %d in the last line", i), []byte(string(good[:at])+" "+v+" "+string(good[at:])))
				}
				for name, s := range map[string]string{"@ beyond": "@ffffffff 0\n", "@ far": "@100000000 0\n", "@ negative": "@-1 0\n", "@ alone": "@\n", "@0 again": "@0 0\n", "an open comment": "/*", "comments": strings.Repeat("/**/", 10000),
					"a comment in one": "/* /* */ 1 */", "a line of 17 MB": strings.Repeat("a", 17<<20), "slashes": strings.Repeat("/", 70_000), "an array": "static const uint8_t a[16] = {1};", "braces": "}}}}{{{{", "underscores": "____"} {
					c.May(name, []byte(string(good)+s))
					c.May(name+" in front", []byte(s+string(good)))
				}
			}
			digest := u.Digest()
			hostile.Reader{Name: "x" + e.Ext, Least: 200, Memory: 96 << 20, Read: foreign(e, f), Right: func(read any) error {
				got := read.(*Table)
				if got.Digest() == digest {
					return nil
				}
				// Another table is right where the file says so: written again it is the same.
				var again bytes.Buffer
				if err := e.Write(&again, got); err != nil {
					return err
				}
				back, err := e.Read(&again, f, "x")
				if err == nil && back.Digest() != got.Digest() {
					err = fmt.Errorf("it does not read back")
				}
				return err
			}}.Run(t, c)
		}
	}
}

// Reading the largest table takes at most what Read says.
func TestMemoryOfLargestLong(t *testing.T) {
	u := exactTable(t, "large", SintFormat(12, 12))
	path := filepath.Join(t.TempDir(), "large.lut")
	require.NoError(t, u.WriteFile(path))
	st, err := os.Stat(path)
	require.NoError(t, err)
	used := allocated(func() {
		got, err := ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, u.Digest(), got.Digest())
	})
	t.Logf("%d bytes of file, %d allocated", st.Size(), used)
	require.Less(t, used, 8*uint64(st.Size()))
}

// allocated returns the bytes that a function allocates, whether they are free again or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
