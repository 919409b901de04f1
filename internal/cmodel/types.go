package cmodel

import (
	"regexp"
	"strconv"
)

// Integer is the type of an integer parameter that says how wide the operand is: uint8_t, int8_t, uint16_t or int16_t.
type Integer struct {
	Bits   int
	Signed bool
}

var exactWidth = regexp.MustCompile(`^\s*(?:const\s+)?(u?)int(8|16)_t\s+(?:const\s+)?\w+\s*$`)

// Operands returns the types of the two parameters of a function, if both are integers of exact width of up to 16 bits.
// It reads the heads of definitions only: macros may make others.
func Operands(text []byte, function string) (a, b Integer, ok bool) {
	for _, g := range head.FindAllSubmatch(text, -1) {
		if string(g[2]) != function {
			continue
		}
		x, y := exactWidth.FindSubmatch(g[3]), exactWidth.FindSubmatch(g[4])
		if x == nil || y == nil {
			return a, b, false
		}
		a.Bits, _ = strconv.Atoi(string(x[2]))
		b.Bits, _ = strconv.Atoi(string(y[2]))
		a.Signed, b.Signed = len(x[1]) == 0, len(y[1]) == 0
		return a, b, true
	}
	return a, b, false
}
