package fpga

import (
	"fmt"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Result is the outcome of a check.
type Result struct {
	Mode  Mode               `json:"mode"`
	Build string             `json:"build"`
	Total uint64             `json:"total"` // products of the multiplier
	Pairs *lutgen.Comparison `json:"pairs"`
	// BySum is the number of rows of which only the digest was compared.
	BySum int `json:"rows_by_sum"`
	// Key is the key of these digests. A wrong table passes with a probability of
	// at most 1 in Odds if the key was drawn for this check (0: it never passes).
	Key      string `json:"key,omitempty"`
	KeyGiven bool   `json:"key_given,omitempty"`
	Odds     uint64 `json:"false_pass_one_in,omitempty"`
	// Irregular is the number of products that cannot be entries, among those
	// that were looked at; MoreIrregular of stretches that hold others.
	Irregular     int `json:"irregular,omitempty"`
	MoreIrregular int `json:"more_irregular,omitempty"`
	// Unrepeated is the number of responses that differed and, asked again, did
	// not: damaged, with a right CRC.
	Unrepeated int           `json:"unrepeated,omitempty"`
	Link       link.Stats    `json:"link"`
	Lost       link.Counters `json:"lost_by_board"` // since the connection began
	Seconds    float64       `json:"seconds"`

	Wrong []lutgen.Mismatch `json:"-"` // every one, row-major
	Time  time.Duration     `json:"-"`
	table *lut.Table
}

// Equal says whether every product there is was compared and was right.
func (r *Result) Equal() bool {
	return r.Total > 0 && r.Pairs.Equal() && r.Pairs.Compared == r.Total && r.Irregular == 0 && r.MoreIrregular == 0
}

// Table is the table that the board was compared with, in the board's format.
func (r *Result) Table() *lut.Table { return r.table }

// BytesPerProduct is the traffic of the check, both ways together, per product.
func (r *Result) BytesPerProduct() float64 {
	return float64(r.Link.Sent+r.Link.Received) / float64(max(1, r.Total))
}

// Basis describes the evidence behind the result.
func (r *Result) Basis() string {
	columns := r.table.Format.Cols()
	one := r.Pairs.Compared - uint64(r.BySum*columns)
	var parts []string
	if r.BySum > 0 {
		parts = append(parts, fmt.Sprintf("%s products by the keyed CRC-32 of their rows (%s rows of %s, key %s)",
			comma(int64(r.BySum*columns)), comma(r.BySum), comma(columns), r.Key))
	}
	if one > 0 {
		parts = append(parts, fmt.Sprintf("%s products one by one", comma(int64(one))))
	}
	text := strings.Join(parts, ", ")
	if r.Unrepeated > 0 {
		text += fmt.Sprintf("; %s responses differed once and were right when asked again: damaged on the line", comma(r.Unrepeated))
	}
	return text
}

// Assurance says how sure it is that no wrong product is among those that were
// compared by digests. It is empty if there are none.
func (r *Result) Assurance() string {
	odds := "never"
	if r.Odds > 0 {
		odds = fmt.Sprintf("with probability at most 1 in %s", comma(int64(r.Odds)))
	}
	switch {
	case r.BySum == 0:
		return ""
	case r.KeyGiven:
		return fmt.Sprintf("%v repeats a check; with a new key a wrong table passes %s, whatever its errors",
			option.CheckKey, odds)
	}
	return fmt.Sprintf("a wrong table passes %s, whatever its errors (the key is new; %v repeats it)",
		odds, option.CheckKey)
}
