package lut

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// WriteHex writes a memory image for Verilog's $readmemh: one word per entry,
// row-major, so that the address is a<<B | b. Entries of Signed tables are bit
// patterns. A comment names table and format, and another begins each row.
func WriteHex(w io.Writer, t *Table) error {
	f := t.Format
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "// table %s, format %v: %d rows of %d entries of %d bits\n", t.Name, f, f.Rows(), f.Cols(), f.ValueBits())
	digits := (f.ValueBits() + 3) / 4
	for a := range uint32(f.Rows()) {
		fmt.Fprintf(out, "// a = %d\n", a)
		for b, v := range t.Row(a, nil) {
			sep := " "
			if b%16 == 15 || b == f.Cols()-1 {
				sep = "\n"
			}
			fmt.Fprintf(out, "%0*x%s", digits, v, sep)
		}
	}
	return out.Flush()
}

// ReadHex reads a memory image as $readmemh does: words of hex digits, with
// underscores between them if need be, @addresses, and both kinds of comments.
func ReadHex(r io.Reader, f Format, name string) (*Table, error) {
	im, err := newImporter(f, name)
	if err != nil {
		return nil, err
	}
	lines, addr := newCodeLines(r, f), 0
	for text, ok := lines.next(); ok; text, ok = lines.next() {
		for _, word := range strings.Fields(text) {
			digits, isAddress := strings.CutPrefix(word, "@")
			v, err := strconv.ParseUint(strings.ReplaceAll(digits, "_", ""), 16, 32)
			if err != nil {
				return nil, fmt.Errorf("line %d: %s is no hex number of 32 bits", lines.line, limits.Quote(word))
			}
			if isAddress {
				addr = int(v)
				continue
			}
			if err := im.put(addr, v); err != nil {
				return nil, fmt.Errorf("line %d: %w", lines.line, err)
			}
			addr++
		}
	}
	if err := lines.end(); err != nil {
		return nil, err
	}
	return im.table()
}
