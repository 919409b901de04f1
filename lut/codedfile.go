package lut

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// decodeTables are the codings of a coded table in its header: the names of those of operand A, operand B and the
// product, and each coding once, in this order.
type decodeTables struct {
	A       string        `json:"a"`
	B       string        `json:"b"`
	P       string        `json:"p"`
	Codings []decodeTable `json:"codings"`
}

// decodeTable is a coding: the numbers of codes 0, 1, 2, … as binary32, 8 hex digits each, the lowest byte first.
type decodeTable struct {
	Name   string `json:"name"`
	Values string `json:"values"`
}

// decodeTables returns the codings for the header; nil unless the format is Coded.
func (f Format) decodeTables() *decodeTables {
	if f.Kind != Coded {
		return nil
	}
	c := f.Codes
	d := &decodeTables{A: c.A.name, B: c.B.name, P: c.P.name}
	seen := map[string]bool{}
	for _, x := range []Coding{c.A, c.B, c.P} {
		if !seen[x.name] {
			d.Codings = append(d.Codings, decodeTable{x.name, hex.EncodeToString([]byte(x.values))})
			seen[x.name] = true
		}
	}
	return d
}

// format returns the format of codings that a header has.
func (d *decodeTables) format() (Format, error) {
	known := map[string]Coding{}
	for _, t := range d.Codings {
		p, err := hex.DecodeString(t.Values)
		if err != nil || len(p)%4 != 0 || len(p) > 4<<MaxProductCode {
			return Format{}, fmt.Errorf("coding %s: its numbers are not 8 hex digits each, of %d codes at most", limits.Quote(t.Name), 1<<MaxProductCode)
		}
		values := make([]float32, len(p)/4)
		for i := range values {
			values[i] = Coding{values: string(p[4*i : 4*i+4])}.Value(0)
		}
		if !bytes.Equal(packed(values), p) {
			return Format{}, fmt.Errorf("coding %s: a NaN is not 7fc00000", limits.Quote(t.Name))
		}
		c, err := NewCoding(t.Name, values)
		if err != nil {
			return Format{}, err
		}
		if _, twice := known[t.Name]; twice {
			return Format{}, fmt.Errorf("coding %s is there twice", t.Name)
		}
		known[t.Name] = c
	}
	f := CodedFormat(Codings{known[d.A], known[d.B], known[d.P]})
	if err := f.Validate(); err != nil {
		return f, err
	}
	return f, nil
}
