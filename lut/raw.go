package lut

import (
	"fmt"
	"io"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// ApproxTrain's raw table: one byte per entry in row-major order and nothing
// else, for mantissa tables of m ≤ 7 bits with p = m. Bit 7 is the carry, also
// where m < 7 leaves unused bits below it; the low m bits are the fraction.

func rawFormat(f Format) error {
	if err := f.Validate(); err != nil {
		return err
	}
	if !f.AMSim() || f.A > 7 || f.P != f.A {
		return fault.Usagef("format %v has no ApproxTrain raw table, expected e8m1 to e8m7", f)
	}
	return nil
}

// WriteRaw writes ApproxTrain's raw table of 2^(2m) bytes.
func WriteRaw(w io.Writer, t *Table) error {
	if err := rawFormat(t.Format); err != nil {
		return err
	}
	m := t.Format.A
	raw := make([]byte, t.Format.Pairs())
	for i, v := range t.w8 {
		raw[i] = v>>m<<7 | v&(1<<m-1)
	}
	_, err := w.Write(raw)
	return err
}

// ReadRaw reads ApproxTrain's raw table, which must be all of r.
func ReadRaw(r io.Reader, f Format, name string) (*Table, error) {
	if err := rawFormat(f); err != nil {
		return nil, err
	}
	t, err := New(name, f)
	if err != nil {
		return nil, err
	}
	raw, err := readUpTo(nil, r, f.Pairs()+1)
	if err != nil {
		return nil, err
	}
	if len(raw) != f.Pairs() {
		return nil, fmt.Errorf("raw table of format %v has %s bytes, expected %d", f, countUpTo(len(raw), f.Pairs()), f.Pairs())
	}
	m := f.A
	for i, v := range raw {
		if unused := byte(0x7f) >> m << m; v&unused != 0 {
			return nil, fmt.Errorf("raw table of format %v: byte %d is %#02x, of which bits %#02x must be zero", f, i, v, unused)
		}
		t.w8[i] = v>>7<<m | v&(1<<m-1)
	}
	return t, nil
}

// countUpTo names a count of which only "more than most" is known beyond most.
func countUpTo(n, most int) string {
	if n > most {
		return fmt.Sprintf("more than %d", most)
	}
	return fmt.Sprint(n)
}
