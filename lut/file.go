package lut

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/limits"

	"github.com/sigurn/crc16"
)

// A .lut file, all numbers little endian, n the length of the header:
//
//	offset    bytes                what
//	0         8                    magic: 89 'L' 'U' 'T' 0d 0a 1a 0a
//	8         2                    version: 2; 3 for codes, and for integer formats of mixed signs and parts of
//	                               products (or 1: without witnesses and function)
//	10        4                    n, at most 1 MiB
//	14        n                    header: JSON as encodeHeader prints it
//	14 + n    2                    CRC-16 of all bytes before
//	          Cols·EntryBits/8     row 0: the entries of operand a = 0   ┐ Rows
//	          2                    CRC-16 of row 0                       ┘ times
//
// and nothing after the last row. The CRC-16 is CCITT-FALSE (polynomial 1021,
// initial value ffff), which the FPGA computes over the same rows. The header
// holds the SHA-256 of the payload, the rows without their CRCs. There is no
// time stamp: equal tables give equal bytes.
const (
	// Magic is what every .lut file begins with.
	Magic = magic

	magic       = "\x89LUT\r\n\x1a\n"
	fileVersion = 3 // the newest; from 1 up are read
	maxHeader   = 1 << 20

	mostHeaderValues = 100_000 // in the JSON of a header
	prefixBytes      = len(magic) + 2 + 4
)

var crcTable = crc16.MakeTable(crc16.CRC16_CCITT_FALSE)

// RowCRC returns the CRC-16 (CCITT-FALSE) of row a's payload bytes: the one in
// a .lut file, and the one a board returns for a row it swept.
func (t *Table) RowCRC(a uint32) uint16 {
	return crc16.Checksum(t.appendRow(nil, a), crcTable)
}

type header struct {
	Name      string        `json:"name"`
	Format    string        `json:"format"`
	EntryBits int           `json:"entry_bits"`
	Rounding  string        `json:"rounding,omitempty"` // of Mantissa tables
	Decode    *decodeTables `json:"decode,omitempty"`   // of Coded tables
	Sources   []Source      `json:"sources,omitempty"`
	Options   []string      `json:"options,omitempty"`
	Tools     []string      `json:"tools,omitempty"`
	Witnesses []Witness     `json:"witnesses,omitempty"`
	Function  string        `json:"function,omitempty"`
	SHA256    string        `json:"sha256"`
}

// fileVersion returns the oldest version that has the format: older programs refuse a newer one.
func (f Format) fileVersion() uint16 {
	if f.Kind == Coded || f.Kind.Mixed() || f.Part != (Part{}) {
		return 3
	}
	return 2
}

func (t *Table) encodeHeader(digest string) ([]byte, error) {
	h := header{t.Name, t.Format.String(), t.Format.EntryBits(), "", t.Format.decodeTables(), t.Sources, t.Options, t.Tools, t.Witnesses, t.Function, digest}
	if t.Format.Kind == Mantissa {
		h.Rounding = t.Rounding.String()
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(h); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

var (
	goodName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$`)
	goodDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// CheckName says whether a table can have a name: 1 to 100 letters, digits and
// ._+-, a letter or digit first. The empty name passes, as the one that is still
// to be given.
func CheckName(name string) error {
	if name != "" && !goodName.MatchString(name) {
		return fmt.Errorf("table name %s: expected 1 to 100 letters, digits and ._+-", limits.Quote(name))
	}
	return nil
}

// checkAttributes says whether all but the entries can be stored and read back.
func (t *Table) checkAttributes() error {
	if err := CheckName(t.Name); err != nil {
		return err
	} else if t.Name == "" {
		return fmt.Errorf("a table without a name cannot be stored")
	}
	if t.Rounding > NearestEven || t.Rounding != Truncate && t.Format.Kind != Mantissa {
		return fmt.Errorf("table %s of format %v cannot have %v", t.Name, t.Format, t.Rounding)
	}
	for _, s := range t.Sources {
		if s.Path != filepath.Base(s.Path) || !limits.Printable(s.Path) {
			return fmt.Errorf("table %s: source %s is not the base name of a file", t.Name, limits.Quote(s.Path))
		}
		if !goodDigest.MatchString(s.SHA256) {
			return fmt.Errorf("table %s: source %s has SHA-256 %s, expected 64 lower-case hex digits", t.Name, limits.Show(s.Path), limits.Quote(s.SHA256))
		}
	}
	for _, text := range slices.Concat(t.Options, t.Tools) {
		if text == "" || !limits.Printable(text) {
			return fmt.Errorf("table %s: tool or option %s is not printable text", t.Name, limits.Quote(text))
		}
	}
	for i, w := range t.Witnesses {
		switch {
		case w.Tool == "" || !limits.Printable(w.Tool):
			return fmt.Errorf("table %s: witness %s is not printable text", t.Name, limits.Quote(w.Tool))
		case w.Sample && w.Products == 0, !w.Sample && w.Products < uint64(t.Format.Pairs()):
			return fmt.Errorf("table %s: %s computed %d products, expected %d", t.Name, limits.Show(w.Tool), w.Products, t.Format.Pairs())
		case slices.ContainsFunc(t.Witnesses[:i], func(o Witness) bool { return o.Tool == w.Tool }):
			return fmt.Errorf("table %s: witness %s is there twice", t.Name, limits.Show(w.Tool))
		}
	}
	if !limits.Printable(t.Function) {
		return fmt.Errorf("table %s: %s, how its products are known to be a function, is not printable text", t.Name, limits.Quote(t.Function))
	}
	return nil
}

// WriteTo writes the table as a .lut file. It fails, before writing anything,
// if the name or an attribute cannot be stored.
func (t *Table) WriteTo(w io.Writer) (int64, error) {
	if err := t.checkAttributes(); err != nil {
		return 0, err
	}
	head, err := t.encodeHeader(t.Digest())
	if err != nil {
		return 0, err
	}
	if len(head) > maxHeader {
		return 0, fmt.Errorf("header of table %s has %d bytes, at most %d fit: name fewer sources", t.Name, len(head), maxHeader)
	}
	p := append([]byte(nil), magic...)
	p = binary.LittleEndian.AppendUint16(p, t.Format.fileVersion())
	p = binary.LittleEndian.AppendUint32(p, uint32(len(head)))
	p = append(p, head...)

	var written int64
	for a := -1; a < t.Format.Rows(); a++ {
		if a >= 0 {
			p = t.appendRow(p[:0], uint32(a))
		}
		p = binary.LittleEndian.AppendUint16(p, crc16.Checksum(p, crcTable))
		n, err := w.Write(p)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// WriteFile writes a .lut file. The file appears under its name when it is
// complete; on an error nothing is left behind and a previous one stays.
func (t *Table) WriteFile(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := t.WriteTo(w)
		return err
	})
}
