package lut

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sigurn/crc16"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// Errors of Read, besides CorruptError and those of the reader itself.
var (
	ErrNotLUT  = errors.New("not a .lut file")
	ErrVersion = errors.New("unknown version of the .lut format")
)

// CorruptError describes the damage of a .lut file. Its table is unusable as a whole, even if few
// rows are damaged: make it again, or copy it again.
type CorruptError struct {
	What  string // the damage, in words
	Rows  []int  // values of operand A whose row is damaged, ascending; may be empty
	Total int    // rows the table should have, 0 if that is unknown
}

func (e *CorruptError) Error() string {
	if len(e.Rows) == 0 {
		return "damaged .lut file: " + e.What
	}
	const most = 8
	var list strings.Builder
	for i, a := range e.Rows[:min(most, len(e.Rows))] {
		if i > 0 {
			list.WriteString(", ")
		}
		fmt.Fprint(&list, a)
	}
	if len(e.Rows) > most {
		list.WriteString(", …")
	}
	return fmt.Sprintf("damaged .lut file: %d of %d rows are damaged, those of operand A = %s; %s",
		len(e.Rows), e.Total, list.String(), e.What)
}

func corrupt(format string, args ...any) error {
	return &CorruptError{What: fmt.Sprintf(format, args...)}
}

// ReadFile reads a .lut file; see Read.
func ReadFile(path string) (*Table, error) {
	f, err := limits.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading table: %w", err)
	}
	defer f.Close()
	t, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("reading table %s: %w", path, err)
	}
	return t, nil
}

// Read reads a .lut file up to the end of r and checks all of it. What is wrong
// with the contents is an ErrNotLUT, an ErrVersion or a *CorruptError; any
// other error is r's. Memory grows with what was read, not with what a damaged
// header promises: at most three times the file and 16 MiB.
func Read(r io.Reader) (*Table, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	t, digest, err := readHeader(br)
	if err != nil {
		return nil, err
	}
	if err := t.readRows(br, digest); err != nil {
		return nil, err
	}
	return t, nil
}

// readHeader returns the table without its entries, and the payload's SHA-256.
func readHeader(r io.Reader) (*Table, string, error) {
	p, err := readUpTo(nil, r, prefixBytes)
	if err != nil {
		return nil, "", err
	}
	if err := checkMagic(p); err != nil {
		return nil, "", err
	}
	if len(p) < prefixBytes {
		return nil, "", corrupt("it ends after %d bytes, before its header", len(p))
	}
	version := binary.LittleEndian.Uint16(p[8:])
	if version < 1 || version > fileVersion {
		return nil, "", fmt.Errorf("%w: %d, expected 1 to %d", ErrVersion, version, fileVersion)
	}
	n := binary.LittleEndian.Uint32(p[10:])
	if n > maxHeader {
		return nil, "", corrupt("its header is said to have %d bytes, at most %d are possible", n, maxHeader)
	}
	if p, err = readUpTo(p, r, int(n)+2); err != nil {
		return nil, "", err
	}
	if want := prefixBytes + int(n) + 2; len(p) < want {
		return nil, "", corrupt("it ends within its header, after %d bytes of %d", len(p), want)
	}
	p, sum := p[:len(p)-2], binary.LittleEndian.Uint16(p[len(p)-2:])
	if got := crc16.Checksum(p, crcTable); got != sum {
		return nil, "", corrupt("its header has CRC-16 %04x, expected %04x", got, sum)
	}
	return decodeHeader(p[prefixBytes:], version)
}

// decodeHeader accepts exactly the bytes that encodeHeader would print.
func decodeHeader(text []byte, version uint16) (*Table, string, error) {
	var h header
	if err := limits.Unmarshal(text, mostHeaderValues, &h); err != nil {
		return nil, "", corrupt("its header is not the expected JSON: %v", err)
	}
	var format Format
	var err error
	if version == fileVersion && h.Decode != nil {
		format, err = h.Decode.format()
	} else if format, err = ParseFormat(h.Format); err == nil && format.Kind == Coded {
		err = fmt.Errorf("format %v has no decode tables", format)
	}
	if err != nil {
		return nil, "", corrupt("its header: %v", err)
	}
	t := &Table{Name: h.Name, Format: format, Sources: h.Sources, Options: h.Options, Tools: h.Tools,
		Witnesses: h.Witnesses, Function: h.Function}
	if format.Kind == Mantissa {
		if t.Rounding, err = ParseRounding(h.Rounding); err != nil {
			return nil, "", corrupt("its header: %v", err)
		}
	}
	if err := t.checkAttributes(); err != nil {
		return nil, "", corrupt("its header: %v", err)
	}
	if want, err := t.encodeHeader(h.SHA256); err != nil || !bytes.Equal(text, want) || !goodDigest.MatchString(h.SHA256) ||
		version == 1 && (h.Witnesses != nil || h.Function != "") || (version > 2) != (format.fileVersion() > 2) {
		return nil, "", corrupt("its header is %s, which no writer of version %d prints", limits.Show(string(text)), version)
	}
	return t, h.SHA256, nil
}

// readRows reads the payload, to its end even if a row is damaged, so that the
// error can name every damaged row.
func (t *Table) readRows(r io.Reader, digest string) error {
	var (
		width  = t.Format.EntryBits() / 8
		size   = t.Format.Cols() * width
		sum    = sha256.New()
		buf    []byte
		err    error
		damage = CorruptError{Total: t.Format.Rows()}
	)
	for a := range damage.Total {
		if buf, err = readUpTo(buf[:0], r, size+2); err != nil {
			return err
		}
		if len(buf) < size+2 {
			damage.What = fmt.Sprintf("it ends after %d of %d rows", a, damage.Total)
			return &damage
		}
		row := buf[:size]
		sum.Write(row)
		good := crc16.Checksum(row, crcTable) == binary.LittleEndian.Uint16(buf[size:])
		if !t.addEntries(row, width) || !good {
			damage.Rows = append(damage.Rows, a)
		}
	}
	if len(damage.Rows) > 0 {
		damage.What = fmt.Sprintf("their CRC-16 is wrong or an entry exceeds %d bits", t.Format.ValueBits())
		return &damage
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != digest {
		damage.What = fmt.Sprintf("its rows have SHA-256 %s, expected %s", got, digest)
		return &damage
	}
	if buf, err = readUpTo(buf[:0], r, 1); err != nil {
		return err
	}
	if len(buf) > 0 {
		damage.What = fmt.Sprintf("it goes on after row %d, its last", damage.Total-1)
		return &damage
	}
	return nil
}

// addEntries appends one row of payload to the entries and says whether they
// all fit the format.
func (t *Table) addEntries(row []byte, width int) bool {
	var all uint32
	for i := 0; i < len(row); i += width {
		switch width {
		case 1:
			t.w8 = append(t.w8, row[i])
			all |= uint32(row[i])
		case 2:
			v := binary.LittleEndian.Uint16(row[i:])
			t.w16 = append(t.w16, v)
			all |= uint32(v)
		default:
			v := binary.LittleEndian.Uint32(row[i:])
			t.w32 = append(t.w32, v)
			all |= v
		}
	}
	return all>>t.Format.ValueBits() == 0
}

// readUpTo appends n bytes of r to p, or as many as there are.
func readUpTo(p []byte, r io.Reader, n int) ([]byte, error) {
	buf := bytes.NewBuffer(p)
	_, err := io.CopyN(buf, r, int64(n))
	if err == io.EOF {
		err = nil
	}
	return buf.Bytes(), err
}

// checkMagic looks at the first bytes of a file, fewer if it is short.
func checkMagic(p []byte) error {
	p = p[:min(len(p), len(magic))]
	switch {
	case string(p) == magic:
		return nil
	case len(p) == 0:
		return fmt.Errorf("%w: it is empty", ErrNotLUT)
	case len(p) < len(magic) && strings.HasPrefix(magic, string(p)):
		return corrupt("it ends within its first %d bytes", len(magic))
	case bytes.Contains(p, []byte("LUT")):
		return fmt.Errorf("%w any more: it begins with % x instead of % x; the file was damaged by text-mode transfer: copy it again in binary mode",
			ErrNotLUT, p, magic)
	default:
		return fmt.Errorf("%w: it begins with % x, expected % x", ErrNotLUT, p, magic)
	}
}
