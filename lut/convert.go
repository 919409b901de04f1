package lut

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// Encoding is a foreign form of a table: its entries, without the attributes
// that a .lut file keeps.
type Encoding struct {
	Name  string // as the command line takes it
	Ext   string // usual file name extension, with its dot
	About string // one line
	Write func(w io.Writer, t *Table) error
	// Read makes a table of the given format and name. Its errors say in which
	// line, or at which entry, the input is wrong; entries that are missing,
	// given twice or out of range are errors.
	Read func(r io.Reader, f Format, name string) (*Table, error)
}

// Encodings lists the foreign forms of a table.
var Encodings = []Encoding{
	{"raw", ".bin", "ApproxTrain's table of bytes (mantissa tables, m ≤ 7)", WriteRaw, ReadRaw},
	{"npy", ".npy", "NumPy array, rows × columns", WriteNPY, ReadNPY},
	{"hex", ".hex", "Verilog memory image for $readmemh", WriteHex, ReadHex},
	{"csv", ".csv", "one line per operand pair", WriteCSV, ReadCSV},
	{"c", ".h", "C header with a constant array", WriteCHeader, ReadCHeader},
}

// entry returns the entry that holds a number, and whether one does.
func (f Format) entry(v int64) (uint32, bool) {
	n := f.ValueBits()
	if f.Kind.SignedProduct() {
		v += 1 << (n - 1)
		return uint32(v^1<<(n-1)) & (1<<n - 1), 0 <= v && v < 1<<n
	}
	return uint32(v), 0 <= v && v < 1<<n
}

// importer fills a table in any order, each entry once.
type importer struct {
	t    *Table
	seen []bool
	left int // entries still to come
}

func newImporter(f Format, name string) (*importer, error) {
	t, err := New(name, f)
	if err != nil {
		return nil, err
	}
	return &importer{t, make([]bool, f.Pairs()), f.Pairs()}, nil
}

// put stores entry i in row-major order, a bit pattern.
func (im *importer) put(i int, v uint64) error {
	f := im.t.Format
	switch {
	case i < 0 || i >= len(im.seen):
		return fmt.Errorf("entry %d is beyond the %d of format %v", i, len(im.seen), f)
	case im.seen[i]:
		return fmt.Errorf("entry %d, of operands %d, %d, is given twice", i, i>>f.B, i&(1<<f.B-1))
	case v>>f.ValueBits() != 0:
		return fmt.Errorf("entry %#x exceeds the %d bits of format %v", v, f.ValueBits(), f)
	}
	im.seen[i] = true
	im.left--
	im.t.put(i, uint32(v))
	return nil
}

// table returns the table once every entry is there.
func (im *importer) table() (*Table, error) {
	if im.left == 0 {
		return im.t, nil
	}
	f := im.t.Format
	for i, seen := range im.seen {
		if !seen {
			return nil, fmt.Errorf("%d of %d entries of format %v are missing; the first is that of operands %d, %d",
				im.left, f.Pairs(), f, i>>f.B, i&(1<<f.B-1))
		}
	}
	panic("lut: importer lost count")
}

// Limits of a table in text: of an entry, of all that is no entry, and of a line of CSV.
const (
	mostEntryText = 128
	mostOtherText = limits.MiB
	longestRecord = 64 * limits.KiB
)

// bounded reads text of a table and fails where it is longer than that of any table of the
// format can be, or has a line that is.
type bounded struct {
	r          io.Reader
	f          Format
	left, line int64
	longest    int64 // line, 0: any
}

func newBounded(r io.Reader, f Format, longest int64) *bounded {
	return &bounded{r: r, f: f, left: int64(f.Pairs())*mostEntryText + mostOtherText, longest: longest}
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("it is longer than a table of format %v can be in text: more than %d bytes an entry", b.f, mostEntryText)
	}
	for _, c := range p[:n] {
		if b.line++; c == '\n' {
			b.line = 0
		}
		if b.longest > 0 && b.line > b.longest {
			return 0, fmt.Errorf("a line is longer than %s", limits.Size(b.longest))
		}
	}
	return n, err
}

// codeLines reads lines of Verilog or C with the comments blanked.
type codeLines struct {
	*bufio.Scanner
	line    int // of the text last returned, from 1
	comment bool
}

func newCodeLines(r io.Reader, f Format) *codeLines {
	s := bufio.NewScanner(newBounded(r, f, 0))
	s.Buffer(nil, 1<<24)
	return &codeLines{Scanner: s}
}

// next returns the next line, and false at the end or on an error.
func (c *codeLines) next() (string, bool) {
	if !c.Scan() {
		return "", false
	}
	c.line++
	var code strings.Builder
	for text := c.Text(); text != ""; {
		if c.comment {
			_, rest, closed := strings.Cut(text, "*/")
			c.comment, text = !closed, rest
			continue
		}
		i := strings.IndexByte(text, '/')
		switch {
		case i < 0:
			code.WriteString(text)
			text = ""
		case strings.HasPrefix(text[i:], "//"):
			code.WriteString(text[:i])
			text = ""
		case strings.HasPrefix(text[i:], "/*"):
			code.WriteString(text[:i] + " ")
			c.comment, text = true, text[i+2:]
		default:
			code.WriteString(text[:i+1])
			text = text[i+1:]
		}
	}
	return code.String(), true
}

// end returns what stopped next, if it was not the end of complete input.
func (c *codeLines) end() error {
	if err := c.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", c.line, err)
	}
	if c.comment {
		return fmt.Errorf("line %d: the input ends within a comment", c.line)
	}
	return nil
}

// FindEncoding returns the foreign form of a name, or if the name is empty that of a file's extension; nil if there is
// none.
func FindEncoding(name, path string) *Encoding {
	for i, e := range Encodings {
		if e.Name == name || name == "" && strings.EqualFold(e.Ext, filepath.Ext(path)) {
			return &Encodings[i]
		}
	}
	return nil
}
