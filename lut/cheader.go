package lut

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// WriteCHeader writes a C header (C99) with the entries, row-major, in an array
// named after the table:
//
//	#define MITCHELL_FORMAT "e8m7"
//	#define MITCHELL_A_BITS 7    operand a, the row
//	#define MITCHELL_B_BITS 7
//	#define MITCHELL_P_BITS 7    product; for a mantissa table its fraction
//	static const uint8_t mitchell[16384] = { … };
//
// Signed entries are bit patterns.
func WriteCHeader(w io.Writer, t *Table) error {
	f := t.Format
	id := cIdentifier(t.Name)
	macro := strings.ToUpper(id)
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "/* Table %s, format %v: index = a << %d | b. */\n", t.Name, f, f.B)
	fmt.Fprintf(out, "#ifndef %s_H\n#define %s_H\n\n#include <stdint.h>\n\n", macro, macro)
	fmt.Fprintf(out, "#define %s_FORMAT \"%v\"\n", macro, f)
	fmt.Fprintf(out, "#define %s_A_BITS %d\n#define %s_B_BITS %d\n#define %s_P_BITS %d\n\n", macro, f.A, macro, f.B, macro, f.P)
	fmt.Fprintf(out, "static const uint%d_t %s[%d] = {\n", f.EntryBits(), id, f.Pairs())
	for a := range uint32(f.Rows()) {
		for b, v := range t.Row(a, nil) {
			sep := " "
			if b%16 == 15 || b == f.Cols()-1 {
				sep = "\n"
			}
			fmt.Fprintf(out, "%d,%s", v, sep)
		}
	}
	fmt.Fprintf(out, "};\n\n#endif\n")
	return out.Flush()
}

var notIdentifier = regexp.MustCompile(`[^A-Za-z0-9_]`)

func cIdentifier(name string) string {
	id := notIdentifier.ReplaceAllString(name, "_")
	if id == "" || id[0] >= '0' && id[0] <= '9' {
		id = "lut_" + id
	}
	return id
}

var (
	cFormat = regexp.MustCompile(`^#define \w+_FORMAT "([\w-]+)"`)
	cArray  = regexp.MustCompile(`^static const uint(\d+)_t \w+\[(\d+)\] = \{`)
)

// ReadCHeader reads a header that WriteCHeader wrote, checking its format,
// entry width and array length; what stands outside the array is skipped.
func ReadCHeader(r io.Reader, f Format, name string) (*Table, error) {
	im, err := newImporter(f, name)
	if err != nil {
		return nil, err
	}
	lines, i, inside, closed := newCodeLines(r, f), 0, false, false
	for text, ok := lines.next(); ok; text, ok = lines.next() {
		fail := func(format string, args ...any) (*Table, error) {
			return nil, fmt.Errorf("line %d: "+format, append([]any{lines.line}, args...)...)
		}
		if g := cFormat.FindStringSubmatch(text); g != nil && g[1] != f.String() {
			return fail("the table has format %s, expected %v", g[1], f)
		}
		if g := cArray.FindStringSubmatch(text); g != nil {
			if inside || closed {
				return fail("a second array, expected one")
			}
			if g[1] != strconv.Itoa(f.EntryBits()) || g[2] != strconv.Itoa(f.Pairs()) {
				return fail("the array is uint%s_t [%s], expected uint%d_t [%d] for format %v", g[1], g[2], f.EntryBits(), f.Pairs(), f)
			}
			inside, text = true, text[len(g[0]):]
		}
		if !inside {
			continue
		}
		text, _, end := strings.Cut(text, "}")
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
			v, err := strconv.ParseUint(word, 0, 32)
			if err != nil {
				return fail("%s is no number of 32 bits", limits.Quote(word))
			}
			if err := im.put(i, v); err != nil {
				return fail("%w", err)
			}
			i++
		}
		if end {
			inside, closed = false, true
		}
	}
	if err := lines.end(); err != nil {
		return nil, err
	}
	if !closed {
		return nil, fmt.Errorf("line %d: the input ends before the array does", lines.line)
	}
	return im.table()
}
