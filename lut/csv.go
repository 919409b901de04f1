package lut

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

func csvHeader(f Format) []string {
	if f.Kind == Mantissa {
		return []string{"a", "b", "carry", "frac"}
	}
	return []string{"a", "b", "product"}
}

// WriteCSV writes a header line and one line per operand pair, row-major, in
// decimal: a, b, product (in units of 2^LSB), with negative numbers where they are signed; or for
// Mantissa a, b, carry, frac.
func WriteCSV(w io.Writer, t *Table) error {
	f := t.Format
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, strings.Join(csvHeader(f), ","))
	var line []byte
	for a := range uint32(f.Rows()) {
		for b, v := range t.Row(a, nil) {
			x, y := int64(a), int64(b)
			if f.Kind != Mantissa {
				x, y = f.operands(a, uint32(b))
			}
			line = append(strconv.AppendInt(line[:0], x, 10), ',')
			line = append(strconv.AppendInt(line, y, 10), ',')
			if f.Kind == Mantissa {
				line = append(strconv.AppendUint(line, uint64(v>>f.P), 10), ',')
				line = strconv.AppendUint(line, uint64(v&(1<<f.P-1)), 10)
			} else {
				line = strconv.AppendInt(line, f.NumberP(v), 10)
			}
			if _, err := out.Write(append(line, '\n')); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// ReadCSV reads what WriteCSV writes, the pairs in any order.
func ReadCSV(r io.Reader, f Format, name string) (*Table, error) {
	im, err := newImporter(f, name)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(newBounded(r, f, longestRecord))
	in.ReuseRecord, in.TrimLeadingSpace = true, true
	want := csvHeader(f)
	head, err := in.Read()
	if err != nil && err != io.EOF {
		return nil, err
	}
	if got := strings.Join(head, ","); got != strings.Join(want, ",") {
		return nil, fmt.Errorf("line 1: found %s, expected the column names %q", limits.Quote(got), strings.Join(want, ","))
	}
	for {
		fields, err := in.Read()
		if err == io.EOF {
			return im.table()
		}
		if err != nil {
			return nil, err // names its line
		}
		if err := im.csvLine(want, fields); err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// csvLine stores the product of one line.
func (im *importer) csvLine(columns, fields []string) error {
	f := im.t.Format
	var v [4]int64
	for i, text := range fields {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%s is %s, expected an integer", columns[i], limits.Quote(text))
		}
		v[i] = n
	}
	// An operand is in range if a product of as many bits is.
	operand := func(i, bits int, signed bool) (uint32, error) {
		g := Format{Kind: Unsigned, P: bits}
		if signed {
			g.Kind = Signed
		}
		x, ok := g.entry(v[i])
		if !ok {
			return 0, fmt.Errorf("%s = %d is out of the range of %d bits of format %v", columns[i], v[i], bits, f)
		}
		return x, nil
	}
	a, err := operand(0, f.A, f.Kind.SignedA())
	if err != nil {
		return err
	}
	b, err := operand(1, f.B, f.Kind.SignedB())
	if err != nil {
		return err
	}
	product := v[2]
	if f.Kind == Mantissa {
		if v[2] < 0 || v[2] > 1 || v[3] < 0 || v[3]>>f.P != 0 {
			return fmt.Errorf("carry %d, frac %d are out of the range of 1 bit and %d bits", v[2], v[3], f.P)
		}
		product = v[2]<<f.P | v[3]
	}
	e, ok := f.entry(product)
	if !ok {
		return fmt.Errorf("product %d is out of the range of %d bits of format %v", product, f.P, f)
	}
	return im.put(int(a)<<f.B|int(b), uint64(e))
}
