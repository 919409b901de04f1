package multiplier

import (
	"fmt"
	"strings"
)

// Kind is a sort of multiplier. Commands differ in the kinds that they take.
type Kind int

const (
	// Unknown is the kind of a file that is neither a table nor named as something else.
	Unknown Kind = iota
	// Native is binary32's own multiplication, fp32.
	Native
	// Builtin is a built-in multiplier in a number format, such as mitchell_e8m7. Some have no
	// table: floats of 12 to 23 mantissa bits, and integers of 13 to 16 bits.
	Builtin
	// Design is a built-in design without a number format, such as drum6.
	Design
	// Table is a table in a file.
	Table
	// CFunc is a function in C or C++.
	CFunc
	// RTL is Verilog or SystemVerilog.
	RTL
	// Board is the serial port of a board.
	Board
)

// kinds says of each Kind what it is, and how users write one.
var kinds = map[Kind]struct{ is, spelling string }{
	Unknown: {"a file of no known kind", ""},
	Native:  {"binary32's own multiplication", FP32},
	Builtin: {"a built-in multiplier", "a built-in name (mitchell_e8m7)"},
	Design:  {"a built-in design", "a built-in design (drum6)"},
	Table:   {"a table", "FILE.lut"},
	CFunc:   {"C", "FILE.c[:function]"},
	RTL:     {"Verilog", "FILE.v[:module]"},
	Board:   {"the port of a board", "the port of a board"},
}

// String returns what the kind is, in words.
func (k Kind) String() string { return kinds[k].is }

// Trained lists the kinds that a network can be trained with.
var Trained = []Kind{Native, Builtin, Table, CFunc}

// Tabled lists the kinds that a table can be read from.
var Tabled = []Kind{Builtin, Table}

// Golden lists the kinds that a design can be compared with.
var Golden = []Kind{Builtin, Design, Table, CFunc, RTL}

// Spellings lists how users write multipliers of some kinds: "fp32, FILE.lut or FILE.v[:module]".
func Spellings(takes []Kind) string {
	var all []string
	for _, k := range takes {
		all = append(all, kinds[k].spelling)
	}
	if n := len(all) - 1; n > 0 {
		return strings.Join(all[:n], ", ") + " or " + all[n]
	}
	return strings.Join(all, "")
}

// KindError is the error for a multiplier of a kind that its place does not take.
type KindError struct {
	Ref   Ref
	Takes []Kind // what the place takes
}

// Error says what the multiplier is, and which kinds are taken.
func (e *KindError) Error() string {
	return fmt.Sprintf("%s is %v; expected %s", e.Ref.shown(), e.Ref.Kind, Spellings(e.Takes))
}
