package mac

import (
	"fmt"
	"slices"

	"github.com/approxtrain/approxtrain/lut"
)

// Moment is a clock edge after which a sum was wrong.
type Moment struct {
	Simulator string `json:"simulator"`
	Sequence  int    `json:"sequence"` // number of the sequence of cycles
	Cycle     int    `json:"cycle"`    // since the reset
	A         uint64 `json:"a"`        // what the ports have at the edge: bits of the operands
	B         uint64 `json:"b"`
	Clear     bool   `json:"clear"`
	Pause     bool   `json:"pause"`
	Before    int64  `json:"before"` // the sum before the edge, by the rule
	Want      uint64 `json:"want"`   // bits of the port
	Got       uint64 `json:"got"`
}

// String describes the moment.
func (m *Moment) String() string {
	s := fmt.Sprintf("sequence %d, cycle %d, a = %#x, b = %#x", m.Sequence, m.Cycle, m.A, m.B)
	if m.Clear {
		s += ", clear"
	}
	if m.Pause {
		s += ", pause"
	}
	return s + fmt.Sprintf(": the sum was %d and should become %#x; %s has %#x", m.Before, m.Want, m.Simulator, m.Got)
}

// WrongProduct is a pair whose product, alone in the sum, is not that of the table.
type WrongProduct struct {
	A    uint64 `json:"a"` // bits
	B    uint64 `json:"b"`
	Want int64  `json:"want"` // numbers
	Got  int64  `json:"got"`
}

// Result of Check.
type Result struct {
	Design     string         `json:"design"`
	Golden     string         `json:"golden"` // empty: the table is the design's own
	Simulators []string       `json:"simulators"`
	Alone      string         `json:"only_one_tool_reads_the_source,omitempty"` // why
	Timing     Timing         `json:"timing"`
	Passed     bool           `json:"passed"`               // Equal
	Products   int            `json:"products"`             // that were compared, each alone in the sum
	Wrong      int            `json:"wrong_products"`       // of them
	FirstWrong []WrongProduct `json:"first_wrong_products"` // a few
	Port       int            `json:"port_bits"`
	// Rules are those that every sum follows: one if it is known what happens at the limits.
	Rules     []Rule     `json:"rules"`
	Sums      uint64     `json:"sums"`      // that were compared
	Pairs     uint64     `json:"pairs"`     // that were added up in them
	Sequences uint64     `json:"sequences"` // between clears
	Clears    uint64     `json:"clears"`    // in the middle of sequences of cycles
	Pauses    uint64     `json:"pauses"`
	Least     int64      `json:"least"` // of the sums, if there were no limits
	Most      int64      `json:"most"`
	Mismatch  *Moment    `json:"mismatch,omitempty"`
	Disagree  *Moment    `json:"disagreement,omitempty"` // of the simulators: Want is what the first has
	Table     *lut.Table `json:"-"`

	Wave *Wave `json:"wave,omitempty"` // what WriteWave wrote

	failure    *failure // the first wrong sum, nil if there is none
	determined bool     // sums went over all limits to which products lead, and one rule is left
}

// Equal says whether products and sums are those of the table, at a port of the accumulator's width.
func (r *Result) Equal() bool {
	return r.Products > 0 && r.Sums > 0 && r.Pairs > 0 && r.Wrong == 0 && r.Mismatch == nil && r.Disagree == nil && len(r.own()) > 0
}

// own returns the rules for an accumulator of the port's width.
func (r *Result) own() []Rule {
	return slices.DeleteFunc(slices.Clone(r.Rules), func(k Rule) bool { return k.Bits != r.Port })
}

// Narrower returns the rule of an accumulator that has fewer bits than its port, which explains all sums where none of
// the port's width does.
func (r *Result) Narrower() (Rule, bool) {
	if len(r.own()) > 0 || len(r.Rules) == 0 {
		return Rule{}, false
	}
	return r.Rules[0], true
}

// Overflow says in words what happens at the limits, and whether it is known.
func (r *Result) Overflow() (text string, known bool) {
	if r.determined {
		return r.Rules[0].Overflow.String(), true
	}
	return "undetermined", false
}
